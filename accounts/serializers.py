"""The shapes of tokens in the API."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from accounts.models import ApiToken
from accounts.roles import ROLES
from sigma_api.serializers import Strict, Text


class NewToken(Strict):
    """What a token shall be able to do, and for how long."""

    name = Text(max_length=100, help_text="What it is for.")
    scopes = serializers.ListField(
        child=serializers.ChoiceField(choices=ROLES),
        allow_empty=False,
        max_length=len(ROLES),
        help_text="Roles it may use; you must have them yourself.",
    )
    days = serializers.IntegerField(
        required=False,
        min_value=1,
        max_value=3650,
        help_text="Ends after so many days; without it, never.",
    )


class TokenSerializer(serializers.ModelSerializer[ApiToken]):
    """A token without its secret."""

    user = serializers.CharField(source="user.username", help_text="Whose it is.")
    scopes = serializers.ListField(child=serializers.CharField())

    class Meta:
        model = ApiToken
        fields = (
            "id",
            "name",
            "user",
            "scopes",
            "created_at",
            "expires_at",
            "revoked_at",
            "last_used_at",
        )
        read_only_fields = fields


class MadeToken(TokenSerializer):
    """A new token; the secret is shown in this answer alone."""

    secret = serializers.CharField()

    class Meta(TokenSerializer.Meta):
        fields = (*TokenSerializer.Meta.fields, "secret")
        read_only_fields = fields


def shown(token: ApiToken) -> dict[str, Any]:
    """A token as the API shows it."""
    return dict(TokenSerializer(token).data)
