"""How many wrong passwords are taken before the door stays shut for a while.

Tries are rows of the database, so that all web processes count together. A try is
recorded before its password is looked at: of many guesses sent at once, no more than
the limit are ever checked. Three counts run side by side: one person from one address,
one address whoever it tries, and one person wherever the tries come from. A person
who is shut out can still use a one-time login link.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from accounts.models import LoginAttempt

WINDOW = timedelta(minutes=15)
PAIR_LIMIT, ADDRESS_LIMIT, PERSON_LIMIT = 5, 50, 50


@dataclass(frozen=True)
class Try:
    """One recorded try: the rows it left, and whether one too many."""

    rows: tuple[int, ...]
    pair: str
    refused: bool


def address_of(request: HttpRequest) -> str:
    """Where a request comes from.

    Behind TLS a proxy of ours stands in front and adds the last address of
    X-Forwarded-For; what a client writes before it is not believed.
    """
    if settings.HTTPS:
        forwarded = request.headers.get("X-Forwarded-For", "")
        nearest = forwarded.rpartition(",")[2].strip()
        if nearest:
            return nearest
    return str(request.META.get("REMOTE_ADDR", ""))


def begin(*, username: str, address: str, now: datetime) -> Try:
    """Record a try; `refused` says that its password must not be looked at."""
    LoginAttempt.objects.filter(at__lt=now - WINDOW).delete()
    person = username.casefold()
    limits = {
        _key("pair", person, address): PAIR_LIMIT,
        _key("address", address): ADDRESS_LIMIT,
        _key("person", person): PERSON_LIMIT,
    }
    rows = LoginAttempt.objects.bulk_create(
        LoginAttempt(key=key, at=now) for key in limits
    )
    refused = any(
        LoginAttempt.objects.filter(key=key).count() > limit
        for key, limit in limits.items()
    )
    return Try(tuple(row.pk for row in rows), next(iter(limits)), refused)


def forget(attempt: Try) -> None:
    """The password was right: this try, and those of the pair, no longer count."""
    LoginAttempt.objects.filter(pk__in=attempt.rows).delete()
    LoginAttempt.objects.filter(key=attempt.pair).delete()


def _key(*parts: str) -> str:
    return salted_hmac("accounts.lockout", "\0".join(parts)).hexdigest()
