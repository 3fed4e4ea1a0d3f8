"""The pages of last resort; below `/api/` and for scripts they are documents."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import Resolver404
from django.views import defaults

from sigma_api.problems import answer, is_api

NOTHING = (
    "There is nothing at this address. It may have been mistyped, or it is a thing of "
    "another pack."
)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400: Django could not make sense of the request."""
    if is_api(request):
        return answer(400, "http.unreadable", "The request can't be read.")
    return defaults.bad_request(request, exception)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403: logged in, but not for this."""
    if is_api(request):
        return answer(403, "http.permission_denied", str(exception) or "Not allowed.")
    return defaults.permission_denied(request, exception)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404: nothing at this address."""
    if is_api(request):
        return answer(404, "http.not_found", "There is nothing at this address.")
    if isinstance(exception, Resolver404):
        exception = Http404(NOTHING)  # it would show the addresses that there are
    user = getattr(request, "user", None)
    known = user is not None and user.is_authenticated
    return defaults.page_not_found(
        request, exception, "404.html" if known else "404_plain.html"
    )


def server_error(request: HttpRequest) -> HttpResponse:
    """500: our fault; the log has the traceback, the answer has nothing of it."""
    if is_api(request):
        return answer(500, "http.server_error", "Something broke here; it is logged.")
    return defaults.server_error(request)
