"""The shapes of login and of a new token."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts import lockout
from accounts.roles import ROLES, roles_of

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


class TokenForm(forms.Form):
    """A new token: what it is for, the roles it may use, how long it lasts."""

    FOREVER = "0"

    name = forms.CharField(max_length=100, label="Name", help_text="What it is for.")
    scopes = forms.MultipleChoiceField(
        label="Roles", widget=forms.CheckboxSelectMultiple
    )
    days = forms.ChoiceField(
        label="Ends after",
        choices=[
            ("30", "30 days"),
            ("90", "90 days"),
            ("365", "a year"),
            (FOREVER, "never"),
        ],
        initial="90",
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        held = [role for role in ROLES if role in roles_of(user)]
        self.fields["scopes"].choices = [(role, role) for role in held]
        self.fields["scopes"].initial = held[:1]

    @property
    def lasts(self) -> timedelta | None:
        """How long the token lasts; None for ever."""
        return timedelta(days=int(self.cleaned_data["days"])) or None
