"""The palette (Ctrl-K), and the switch between light and dark."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from accounts.roles import requires
from signals.queries import finding

THEMES = ("light", "dark", "auto")
YEAR = 365 * 24 * 3600


@require_GET
@requires("viewer")
def palette(request: HttpRequest) -> HttpResponse:
    """Pages, models, tickers and runs for a text; a page of its own without htmx."""
    q = request.GET.get("q", "")[:64]
    part = "#answers" if request.headers.get("HX-Request") else ""
    context = {"q": q, "answers": finding.find(q)}
    return render(request, f"signals/palette.html{part}", context)


@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Keep the wish for light or dark in a cookie, for a page without script."""
    back = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(back, {request.get_host()}):
        back = "/"
    response = redirect(back)
    wish = request.POST.get("theme")
    if wish in THEMES:
        response.set_cookie("sigma_theme", wish, max_age=YEAR, samesite="Lax")
    return response
