"""The shape of a new token; that of the login: `login_form.py`."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib.auth.models import User

from accounts.roles import ROLES, roles_of


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
