"""Who calls the API: by token or session, and with which roles."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Q
from django.utils import timezone
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from accounts.models import ApiToken, sha_of
from accounts.roles import limit_roles, may

#: `last_used_at` is for people: a busy script must not write a row with each call
USED_EVERY = timedelta(minutes=1)


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer sigma_…`, for its owner's roles as far as its scopes."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        """The owner and the token; None where the header is absent."""
        kind, _, secret = request.headers.get("Authorization", "").partition(" ")
        if not kind:
            return None
        if kind.lower() != "bearer":
            raise AuthenticationFailed("Authorization must read: Bearer sigma_…")
        tokens = ApiToken.objects.valid(timezone.now()).select_related("user")
        token = tokens.filter(sha=sha_of(secret.strip()), user__is_active=True).first()
        if token is None:
            raise AuthenticationFailed("This token is unknown, revoked or expired.")
        _note_use(token)
        limit_roles(token.user, token.scopes)
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        """What a 401 says is wanted."""
        return 'Bearer realm="sigma"'


def _note_use(token: ApiToken) -> None:
    now = timezone.now()
    stale = Q(last_used_at=None) | Q(last_used_at__lt=now - USED_EVERY)
    if token.last_used_at is None or token.last_used_at < now - USED_EVERY:
        ApiToken.objects.filter(stale, pk=token.pk).update(last_used_at=now)


class HasRole(BasePermission):
    """Lets in who has the role that the view names for the method."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """Whether the person, as this token lets them, has the role."""
        method = request.method or "GET"
        role = view.role_for(method) if hasattr(view, "role_for") else "viewer"
        self.message = f"This needs the role {role}."
        return may(request.user, role)


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the OpenAPI document describes a token."""

    target_class = "accounts.api_access.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """A bearer token, made on the page of tokens or with `create_token`."""
        return {"type": "http", "scheme": "bearer", "bearerFormat": "sigma_…"}
