"""The first-run checklist: what a person has done, and how long it took.

The timer runs from the first page the person saw, or the first run asked for in
their name if that was earlier (for the first account: the first run of the machine's
set-up), to the first signal they opened.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser
from django.db.models import Min, Q, QuerySet
from django.utils import timezone

from accounts.models import ApiToken
from signals.models import Milestone, Run

DEMO = "demo"


@dataclass(frozen=True)
class Item:
    """One line of the checklist."""

    done: bool
    words: str
    url_name: str


@dataclass(frozen=True)
class Checklist:
    """The items, and the time to the first signal."""

    items: list[Item]
    started_at: datetime
    opened_at: datetime | None
    dismissed: bool

    @property
    def done(self) -> int:
        """How many items are done."""
        return sum(item.done for item in self.items)

    @property
    def shown(self) -> bool:
        """Whether it still has something to say."""
        return not self.dismissed and self.done < len(self.items)

    @property
    def so_far(self) -> timedelta:
        """From arriving to now."""
        return timezone.now() - self.started_at

    @property
    def to_first_signal(self) -> timedelta | None:
        """From arriving to the first signal opened; None before that."""
        return None if self.opened_at is None else self.opened_at - self.started_at


def reach(user: AbstractBaseUser, name: str) -> None:
    """Note that a person did a thing, the first time only."""
    Milestone.objects.get_or_create(
        user=user, name=name, defaults={"reached_at": timezone.now()}
    )


def checklist(user: AbstractBaseUser) -> Checklist:
    """What this person has done so far; six queries."""
    reached = dict(
        Milestone.objects.filter(user=user).values_list("name", "reached_at")
    )
    first_run = _runs_of(user).aggregate(first=Min("created_at"))
    done = Run.objects.filter(status=Run.Status.SUCCEEDED).exclude(dataset=DEMO)
    ingested = done.filter(kind=Run.Kind.INGEST, params__dry_run=False).exists()
    scanned = done.filter(kind=Run.Kind.SCAN).exists()
    names = Milestone.Name
    arrived = reached.get(names.ARRIVED, timezone.now())
    return Checklist(
        items=[
            Item(names.OPENED_SIGNAL in reached, "Open a signal", "signals"),
            Item(ingested, "Bring your bars", "data"),
            Item(scanned, "Run a scan on your bars", "models"),
            Item(
                ApiToken.objects.filter(user=user).exists(),
                "Make an API token",
                "tokens",
            ),
        ],
        started_at=min(arrived, first_run["first"] or arrived),
        opened_at=reached.get(names.OPENED_SIGNAL),
        dismissed=names.DISMISSED in reached,
    )


def _runs_of(user: AbstractBaseUser) -> QuerySet[Run]:
    """A person's runs; for the first account, those of the machine's set-up too."""
    accounts = get_user_model().objects.order_by("pk").values_list("pk", flat=True)
    mine = Q(user=user.pk)
    if accounts.first() == user.pk:
        mine |= Q(user=None)
    return Run.objects.filter(mine)
