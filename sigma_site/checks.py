"""What a site must not start with; each error says what to set instead."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register, run_checks
from django.core.exceptions import ImproperlyConfigured

#: the tag of checks that a web process makes before it answers anyone
START = "start"
LOCAL = ("localhost", "127.0.0.1", "[::1]", "testserver")
FEWEST_CHARACTERS = 16


@register(START)
def check_debug(**_: Any) -> list[CheckMessage]:  # Any: Django passes what it likes
    """DEBUG shows the site's inside to whoever causes an error."""
    public = [host for host in settings.ALLOWED_HOSTS if not _is_local(host)]
    if not settings.DEBUG or not public:
        return []
    return [
        Error(
            f"DEBUG is on, and the site answers as {', '.join(public)}.",
            hint="Unset DEBUG, or keep ALLOWED_HOSTS to localhost while developing.",
            id="sigma_site.E001",
        )
    ]


@register(START)
def check_secret_key(**_: Any) -> list[CheckMessage]:
    """Who can guess the key can make a session of anyone's."""
    key = settings.SECRET_KEY
    if "insecure" not in key.lower() and len(set(key)) >= FEWEST_CHARACTERS:
        return []
    return [
        Error(
            "SECRET_KEY is one that others know or can guess.",
            hint="Unset it: one is made on first run and kept in SIGMA_HOME.",
            id="sigma_site.E002",
        )
    ]


def _is_local(host: str) -> bool:
    return host in LOCAL or host.endswith(".localhost")


def require_safe_start() -> None:
    """Raise ImproperlyConfigured, with all reasons, if the site must not start."""
    errors = [error for error in run_checks(tags=[START]) if error.is_serious()]
    if errors:
        raise ImproperlyConfigured("\n".join(f"{e.msg} {e.hint}" for e in errors))
