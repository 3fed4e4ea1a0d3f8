"""The shape of the login."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts import lockout

LOCKED = "locked"


class LoginForm(AuthenticationForm):
    """Name and password, with a limit on wrong tries; see `lockout.py`."""

    error_messages = AuthenticationForm.error_messages | {
        "invalid_login": (
            "Name or password is wrong. Both are case-sensitive. "
            "A forgotten password: ask an admin for a login link."
        ),
        LOCKED: (
            "Too many tries. Wait %(minutes)d minutes, or use a one-time login link."
        ),
    }

    def clean(self) -> dict[str, Any]:
        """Let the person in, unless there were too many tries."""
        attempt = lockout.begin(
            username=self.cleaned_data.get("username", ""),
            address=lockout.address_of(self.request) if self.request else "",
            now=timezone.now(),
        )
        if attempt.refused:
            minutes = lockout.WINDOW.total_seconds() / 60
            raise ValidationError(
                self.error_messages[LOCKED], code=LOCKED, params={"minutes": minutes}
            )
        cleaned = super().clean()
        lockout.forget(attempt)
        return cleaned

    @property
    def is_locked(self) -> bool:
        """Whether the tries have run out."""
        return self.has_error("__all__", LOCKED)
