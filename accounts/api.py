"""Tokens over the API: one's own; an admin sees and ends everybody's.

A token that leaks must not grow: without the scope admin it sees and ends itself alone,
and makes no others.
"""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import services
from accounts.models import ApiToken
from accounts.roles import may
from accounts.serializers import MadeToken, NewToken, TokenSerializer, shown
from sigma_api.schema import page_of
from sigma_api.serializers import Paged
from sigma_api.views import ApiView


def tokens_in_reach(request: Request) -> QuerySet[ApiToken]:
    """The tokens that the caller may see and end."""
    tokens = ApiToken.objects.select_related("user")
    if may(request.user, "admin"):
        return tokens
    if isinstance(request.auth, ApiToken):
        return tokens.filter(pk=request.auth.pk)
    return tokens.filter(user=request.user)


class Tokens(ApiView):
    """`/api/tokens`."""

    roles: ClassVar = {"GET": "viewer", "POST": "viewer"}
    queries: ClassVar = {"GET": Paged}

    @extend_schema(responses=page_of(TokenSerializer, "TokenPage"))
    def get(self, request: Request) -> Response:
        """Tokens, newest first; without their secrets."""
        return self.page(tokens_in_reach(request), order=("-id",), show=shown)

    @extend_schema(request=NewToken, responses={201: MadeToken})
    def post(self, request: Request) -> Response:
        """A new token of one's own. Its secret is in this answer alone."""
        if request.auth and not may(request.user, "admin"):
            raise PermissionDenied("A token makes others only with the scope admin.")
        wanted = self.checked(NewToken)
        user: User = request.user  # type: ignore[assignment] # HasRole lets no other in
        days = wanted.get("days")
        token, secret = services.create_token(
            user=user,
            name=wanted["name"],
            scopes=wanted["scopes"],
            lasts=timedelta(days=days) if days else None,
            by=request.auth if isinstance(request.auth, ApiToken) else None,
        )
        return Response(shown(token) | {"secret": secret}, status=201)


class Token(ApiView):
    """`/api/tokens/<id>`."""

    roles: ClassVar = {"GET": "viewer", "DELETE": "viewer"}

    def token(self, request: Request, pk: int) -> ApiToken:
        """The token, if the caller may see it; else it might as well not be there."""
        found = tokens_in_reach(request).filter(pk=pk).first()
        if not isinstance(found, ApiToken):
            raise Http404
        return found

    @extend_schema(responses=TokenSerializer)
    def get(self, request: Request, pk: int) -> Response:
        """One token, without its secret."""
        return Response(shown(self.token(request, pk)))

    @extend_schema(responses={200: TokenSerializer})
    def delete(self, request: Request, pk: int) -> Response:
        """Revoke it: from now on it opens nothing. The row stays, for the record."""
        token = self.token(request, pk)
        services.revoke_token(token=token)
        return Response(shown(token))
