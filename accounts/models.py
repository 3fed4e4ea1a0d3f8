"""API tokens, one-time login links and failed logins; people are Django's own.

Only the sha256 of a secret is stored: the secret itself is shown once.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.utils import timezone


def sha_of(secret: str) -> str:
    """What is stored of a secret. The secrets are random, so no salt is needed."""
    return hashlib.sha256(secret.encode()).hexdigest()


class SecretQuerySet(models.QuerySet["Secret"]):
    """Questions about many secrets."""

    def valid(self, now: datetime) -> SecretQuerySet:
        """Those neither revoked nor expired."""
        return self.filter(revoked_at=None).exclude(expires_at__lte=now)


class Secret(models.Model):
    """What tokens and login links share: a person, a hash and an expiry."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    sha = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = SecretQuerySet.as_manager()

    class Meta:
        abstract = True


class ApiToken(Secret):
    """Lets a script in over the API, with some of its owner's roles."""

    PREFIX = "sigma_"

    name = models.CharField(max_length=100)
    #: roles this token may use, of those its owner has: viewer, builder, …
    scopes = models.JSONField(default=list)

    def __str__(self) -> str:
        return f"{self.name} ({self.user})"

    @classmethod
    def issue(
        cls,
        *,
        user: models.Model,
        name: str,
        scopes: list[str],
        expires_at: datetime | None = None,
    ) -> tuple[ApiToken, str]:
        """A new token and its secret, which is not stored and can't be shown again."""
        secret = cls.PREFIX + secrets.token_urlsafe(32)
        token = cls.objects.create(
            user=user,
            name=name,
            scopes=scopes,
            sha=sha_of(secret),
            expires_at=expires_at,
        )
        return token, secret


class LoginLink(Secret):
    """Lets one person in once, to choose a password."""

    LASTS = timedelta(hours=24)

    def __str__(self) -> str:
        return f"login link of {self.user}"

    @classmethod
    def issue(cls, *, user: models.Model) -> tuple[LoginLink, str]:
        """A new link and its secret; earlier links of the person end."""
        now = timezone.now()
        cls.objects.filter(user=user, revoked_at=None).update(revoked_at=now)
        secret = secrets.token_urlsafe(32)
        link = cls.objects.create(
            user=user, sha=sha_of(secret), expires_at=now + cls.LASTS
        )
        return link, secret


class LoginAttempt(models.Model):
    """One try at a password, until it succeeds or is old; see `lockout.py`.

    `key` is a keyed hash: a password typed into the wrong field is not kept.
    """

    key = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        indexes = (models.Index(fields=("key", "at")), models.Index(fields=("at",)))

    def __str__(self) -> str:
        return f"try at {self.at:%Y-%m-%d %H:%M:%S}"
