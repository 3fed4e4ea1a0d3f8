"""What is done to people, login links and tokens; every door calls these."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from django.contrib.auth.models import Group, User
from django.db import transaction
from django.utils import timezone

from accounts.models import ApiToken, LoginLink, sha_of
from accounts.roles import ROLES, may, roles_of
from sigma_core.errors import BadInput, MissingData, Problem, UnknownName

FIRST_ADMIN = "admin"


def first_admin() -> str:
    """The secret of a login link for the admin; makes the first one if need be.

    With no people yet, `admin` is made, without a password. Else the link is for the
    earliest admin who is not switched off; raises MissingData if there is none.
    """
    with transaction.atomic():
        if not User.objects.exists():
            _make_admin(FIRST_ADMIN)
        admins = User.objects.filter(is_active=True).order_by("pk")
        for person in admins.prefetch_related("groups"):
            if may(person, "admin"):
                return LoginLink.issue(user=person)[1]
    raise MissingData(
        Problem(
            "account.no_admin",
            "users",
            "no active person has the role admin.",
            "Make one with manage.py createsuperuser.",
        )
    )


def _make_admin(username: str) -> User:
    user = User(username=username, is_staff=True)
    user.set_unusable_password()
    user.save()
    user.groups.add(Group.objects.get_or_create(name="admin")[0])
    return user


def find_user(username: str) -> User:
    """The active person of that name; raises UnknownName."""
    try:
        return User.objects.get(username=username, is_active=True)
    except User.DoesNotExist:
        known = User.objects.filter(is_active=True).values_list("username", flat=True)
        raise UnknownName("user", username, known) from None


def make_login_link(*, username: str) -> str:
    """The secret of a new one-time login link; earlier links of the person end."""
    return LoginLink.issue(user=find_user(username))[1]


def find_login_link(secret: str) -> LoginLink | None:
    """The link of that secret while it can be used; looking at it uses nothing up."""
    links = LoginLink.objects.valid(timezone.now()).select_related("user")
    return links.filter(
        sha=sha_of(secret), last_used_at=None, user__is_active=True
    ).first()


def use_login_link(secret: str) -> User | None:
    """The person whom a link lets in, once; None if it is used, old or unknown."""
    link = find_login_link(secret)
    if link is None:
        return None
    now = timezone.now()
    # the condition decides between two clicks at the same moment
    mine = LoginLink.objects.filter(pk=link.pk, last_used_at=None, revoked_at=None)
    return link.user if mine.update(last_used_at=now, revoked_at=now) else None


def create_token(
    *,
    user: User,
    name: str,
    scopes: Iterable[str],
    lasts: timedelta | None = None,
    by: ApiToken | None = None,
) -> tuple[ApiToken, str]:
    """A token for some of a person's roles, and its secret.

    Made with another token (`by`), it can't outlive that one. Raises BadInput for a
    role that is unknown, or that the person (as logged in) does not have.
    """
    wanted = list(dict.fromkeys(scopes))
    problems = [problem for scope in wanted for problem in _refusal(scope, user)]
    if not wanted:
        problems = [_scope_problem("token.no_scope", "a token needs a scope.", user)]
    if problems:
        raise BadInput(problems)
    expires_at = timezone.now() + lasts if lasts else None
    if by and by.expires_at:
        expires_at = min(expires_at or by.expires_at, by.expires_at)
    return ApiToken.issue(user=user, name=name, scopes=wanted, expires_at=expires_at)


def _refusal(scope: str, user: User) -> list[Problem]:
    if scope not in ROLES:
        raise UnknownName("scope", scope, ROLES, where="scopes")
    if may(user, scope):
        return []
    message = f"{user.username} does not have the role {scope}."
    return [_scope_problem("token.scope_above_role", message, user)]


def _scope_problem(code: str, message: str, user: User) -> Problem:
    roles = ", ".join(role for role in ROLES if role in roles_of(user)) or "none"
    return Problem(code, "scopes", message, f"Roles to choose from: {roles}.")


def revoke_token(*, token: ApiToken) -> None:
    """End a token now; ending it twice keeps the first time."""
    ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(
        revoked_at=timezone.now()
    )
    token.refresh_from_db(fields=["revoked_at"])
