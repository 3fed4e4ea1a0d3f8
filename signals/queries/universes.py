"""What the Universe pages show: the newest lists, a month to pick from, one day."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np
from django.core.paginator import Paginator
from django.db.models import OuterRef, Subquery

from packs_app import datasets, days
from packs_app.models import UniverseDay
from packs_app.universes import UniverseView
from signals.queries import bars

#: tickers on a page
TICKERS = 240
#: entrants or leavers shown; the API has all
MOVED = 50


@dataclass(frozen=True)
class PickDay:
    """One cell of a month: a session that can be asked for, or a greyed day."""

    day: date
    session: bool
    here: bool
    words: str


@dataclass(frozen=True)
class PickMonth:
    """A month to pick a session from; weeks start on Monday."""

    first: date
    weeks: list[list[PickDay | None]]
    before: str | None
    after: str | None
    names: tuple[str, ...] = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")


@dataclass(frozen=True)
class Looked:
    """One day of a universe as the page shows it."""

    day: UniverseDay
    against: UniverseDay | None
    changes: days.Changes | None
    revisions: int
    #: of the tickers the search leaves, one page
    members: Paginator[str]
    #: a ticker that was looked for and is out, the rule it fails, and by what
    out: tuple[str, str, str] | None
    #: what computing the newest revision again would give, where that is another list
    today: days.Anew | None = None

    @property
    def funnel(self) -> dict[str, object]:
        """Survivors, as the part that draws them wants them."""
        return {"funnel": self.day.steps}


def newest_days() -> dict[str, UniverseDay]:
    """The list of the last session of each universe; one query."""
    rows = UniverseDay.objects.filter(benchmark="")
    last = (
        rows.filter(universe=OuterRef("universe"))
        .order_by("-session", "-revision", "-id")
        .values("pk")[:1]
    )
    found = rows.filter(pk=Subquery(last)).defer("members", "out")
    return {day.universe: day for day in found}


def dataset_of(view: UniverseView, wanted: str) -> str:
    """The dataset a universe is judged on; MissingData, UnknownName."""
    said = view.tree.spec.dataset if view.tree else "auto"
    return datasets.resolve_dataset(wanted or said)


def last_session(build: bars.Build | None) -> date | None:
    """The last day with a bar that counts; None for "ask the store"."""
    if build is None:
        return None
    close = build.field("close")
    for column in range(close.shape[1] - 1, -1, -1):
        if not np.isnan(close[:, column]).all():
            day: date = build.times[column].astype("datetime64[D]").item()
            return day
    return None


def look(
    view: UniverseView,
    *,
    on: date | None,
    against: date | None,
    dataset: str,
    revision: int | None,
    q: str,
    now: datetime,
) -> Looked:
    """A day, and what changed since another (the session before, if none is named)."""
    ask = {"name": view.name, "dataset": dataset, "now": now}
    day = days.ask(on=on, revision=revision if on else None, **ask)  # type: ignore[arg-type]
    other = _other(day, against, ask)
    wanted = q.strip().upper()
    found = [ticker for ticker in day.members if wanted in ticker]
    return Looked(
        day=day,
        against=other,
        changes=days.changes_between(other, day) if other else None,
        revisions=_revisions(day),
        members=Paginator(found, TICKERS),
        out=_why_out(day, wanted) if wanted and wanted not in day.members else None,
        today=None if revision and on else days.anew(day, now),
    )


def month(build: bars.Build | None, here: date, shown: str) -> PickMonth:
    """The month that is shown (YYYY-MM; the session's own if empty) to pick from."""
    held = set() if build is None else set(build.times.astype("datetime64[D]").tolist())
    year, number = (int(part) for part in (shown or f"{here:%Y-%m}").split("-"))
    first = date(year, min(max(number, 1), 12), 1) if 1 <= year <= 9998 else here
    weeks = [
        [_cell(day, first, held, here) for day in week]
        for week in calendar.Calendar().monthdatescalendar(first.year, first.month)
    ]
    before, after = first - timedelta(days=1), first + timedelta(days=31)
    earliest, latest = min(held, default=here), max(held, default=here)
    return PickMonth(
        first=first,
        weeks=weeks,
        before=f"{before:%Y-%m}" if earliest < first else None,
        after=f"{after:%Y-%m}" if latest >= after.replace(day=1) else None,
    )


def _cell(day: date, first: date, held: set[date], here: date) -> PickDay | None:
    if day.month != first.month:
        return None
    session = day in held
    words = "" if session else "no session, or no bars held"
    return PickDay(day, session, day == here, words)


def _other(
    day: UniverseDay, against: date | None, ask: dict[str, object]
) -> UniverseDay | None:
    """The list to compare with; none before the first bars."""
    from sigma_core.errors import MissingData

    try:
        return days.ask(on=against or day.judged_on, **ask)  # type: ignore[arg-type]
    except MissingData:
        if against:
            raise
        return None


def _revisions(day: UniverseDay) -> int:
    return UniverseDay.objects.filter(
        dataset=day.dataset, universe=day.universe, session=day.session, benchmark=""
    ).count()


def _why_out(day: UniverseDay, ticker: str) -> tuple[str, str, str] | None:
    """Why a ticker is no member, in words; None where nothing is known of it."""
    labels = {step["name"]: step["label"] for step in day.steps}
    for step, tickers in day.out.items():
        if ticker in tickers:
            value = tickers[ticker]
            said = "" if value is None else value
            if isinstance(value, float | int):
                said = f"it has {value:,.10g}"
            return ticker, labels[step], said
    return None
