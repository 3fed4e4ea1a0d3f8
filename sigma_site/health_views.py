"""The checks as a page for people and as `/healthz` for machines."""

from __future__ import annotations

from dataclasses import asdict

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from rest_framework.exceptions import APIException
from rest_framework.request import Request
from rest_framework.settings import api_settings

from accounts.roles import may, requires
from sigma_site.health import checks, is_healthy


@require_safe
@never_cache
def live(request: HttpRequest) -> HttpResponse:
    """200 while the process answers; looks at nothing else."""
    return JsonResponse({"status": "live"})


@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """200 or 503 for anyone; the checks for those with a login or a token."""
    found = checks()
    healthy = is_healthy(found)
    body: dict[str, object] = {"status": "ok" if healthy else "fail"}
    if _may_see_details(request):
        body["checks"] = [asdict(check) for check in found]
    return JsonResponse(body, status=200 if healthy else 503)


def _may_see_details(request: HttpRequest) -> bool:
    """Whether a session or a token of a viewer came with the request."""
    classes = api_settings.DEFAULT_AUTHENTICATION_CLASSES
    try:
        asked = Request(request, authenticators=[kind() for kind in classes])
        return may(asked.user, "viewer")
    except APIException:  # a bad token hears what a stranger hears
        return False


@requires("viewer")
@require_safe
def health(request: HttpRequest) -> HttpResponse:
    """The checks, the worst first."""
    order = {"fail": 0, "warn": 1, "ok": 2}
    found = sorted(checks(), key=lambda check: order[check.status])
    context = {"checks": found, "healthy": is_healthy(found)}
    part = "#chips" if getattr(request, "htmx", False) else ""
    return render(request, f"sigma_site/health.html{part}", context)
