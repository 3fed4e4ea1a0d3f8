"""Which scripts a page may run: the site's own; the admin's look needs one thing more.

django-unfold's Alpine.js evaluates expressions written in attributes, so `/admin/` runs
with 'unsafe-eval', for people who may enter it and nobody else.
"""

from __future__ import annotations

from csp.constants import UNSAFE_EVAL
from csp.middleware import CSPMiddleware
from django.http import HttpRequest, HttpResponseBase


class PolicyMiddleware(CSPMiddleware):
    """The policy of the settings, eased for staff in the admin."""

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        """Add the header."""
        user = getattr(request, "user", None)
        if request.path.startswith("/admin/") and user is not None and user.is_staff:
            response._csp_update = {"script-src": [UNSAFE_EVAL]}  # type: ignore[attr-defined] # django-csp's own way
        return super().process_response(request, response)
