"""The four roles and the one question asked of them.

viewer reads; builder edits packs, previews and starts runs; operator feeds data and
deploys; admin looks after people and tokens. Each role may do what those before it may.
A role is a Django group of that name; a superuser has all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

from accounts import carried

ROLES = ("viewer", "builder", "operator", "admin")
P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


def roles_of(user: AbstractBaseUser | AnonymousUser) -> frozenset[str]:
    """All roles a person has, lower ones included; one query a request."""
    known = getattr(user, "_sigma_roles", None)
    if known is None:
        known = _read_roles(user)
        user._sigma_roles = known  # type: ignore[union-attr] # lives as long as the request
    return known


def _read_roles(user: AbstractBaseUser | AnonymousUser) -> frozenset[str]:
    if not user.is_authenticated or not user.is_active:
        return frozenset()
    if getattr(user, "is_superuser", False):
        return frozenset(ROLES)
    # .all(): a list of people that prefetched its groups asks nothing more
    groups = [group.name for group in user.groups.all()]  # type: ignore[union-attr] # PermissionsMixin
    return with_lower(groups)


def with_lower(names: Iterable[str]) -> frozenset[str]:
    """The roles among the names, and all below the highest of them."""
    highest = max((ROLES.index(name) for name in names if name in ROLES), default=-1)
    return frozenset(ROLES[: highest + 1])


def limit_roles(user: AbstractBaseUser, scopes: Iterable[str]) -> None:
    """Let a person do, in this request, only what the scopes of a token cover."""
    user._sigma_roles = roles_of(user) & with_lower(scopes)  # type: ignore[attr-defined] # read by roles_of


def may(user: AbstractBaseUser | AnonymousUser, role: str) -> bool:
    """Whether a person has a role."""
    return role in roles_of(user)


def requires(role: str) -> Callable[[View[P]], View[P]]:
    """A page for people with a role; others get the login page or 403.

    Who has typed something and sends it logged out loses none of it: see `carried`.
    """

    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        def guarded(
            request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs
        ) -> HttpResponse:
            if carried.may_carry(request):
                return carried.ask(request)
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            if not may(request.user, role):
                raise PermissionDenied(f"This needs the role {role}.")
            return view(request, *args, **kwargs)

        return guarded

    return decorate
