"""Each day's list of a universe: found once, kept, and answered from then on.

`ask` is what page, API and command call; a scan calls `record` with the list it used,
in the transaction that ends it. Everything that reads bars is imported where it is
used: the stores bring pandas, pyarrow and deltalake, which the web process shall not
load before someone asks.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from packs_app.datasets import resolve_dataset
from packs_app.models import UniverseDay
from packs_app.services import load_universe
from sigma_core.errors import BadInput, Problem

if TYPE_CHECKING:
    from sigma_core.market import Market
    from sigma_core.specs.universes import UniverseTree
    from sigma_core.universe import Changes, Day, Universe

#: two that record one day at once meet at its next revision; the second looks again
_TRIES = 5


@dataclass(frozen=True)
class Found:
    """A universe on one session, judged just now."""

    dataset: str
    universe: str
    benchmark: str
    session: date
    judged_on: date
    universe_sha: str
    data_sha: str
    known_by: datetime
    day: Day
    marks: list[str]


def found_in(
    market: Market,
    universe: Universe,
    *,
    name: str,
    sha: str,
    benchmark: str | None,
    marks: Sequence[str],
) -> Found:
    """What was found of the universe `name` on the session of a market of days."""
    from sigma_core.universe import FUNDS, day_of

    before = market.column - 1
    return Found(
        dataset=market.dataset.name,
        universe=name,
        # the known funds are out whoever asks: such a benchmark makes no other list
        benchmark="" if benchmark is None or benchmark in FUNDS else benchmark,
        session=market.session,
        judged_on=market.dataset.sessions.previous(market.session),
        universe_sha=sha,
        data_sha=market.bars.sha_until(before) if before >= 0 else "",
        known_by=market.known_by,
        day=day_of(universe, market.bars.axis.tickers),
        marks=list(marks),
    )


def record(found: Found) -> UniverseDay:
    """The row of this list: the one there is, or a new revision with its reason."""
    for _ in range(_TRIES):
        # one query: two would see the days before and after somebody else's row
        kept = list(_rows_of(found))
        last = next((d for d in kept if d.universe_sha == found.universe_sha), None)
        if last is not None and last.list_sha == found.day.sha:
            return last
        reason = _reason(last, found) if kept else UniverseDay.Reason.FIRST
        try:
            with transaction.atomic():
                revision = kept[0].revision + 1 if kept else 1
                return _create(found, revision, reason)
        except IntegrityError:  # somebody else has just taken this revision
            continue
    raise RuntimeError(f"the list of {found.universe} on {found.session} keeps moving")


def ask(
    *,
    name: str,
    on: date | None,
    dataset: str | None,
    now: datetime,
    revision: int | None = None,
) -> UniverseDay:
    """The universe `name` on a session (None: the last one held) of a dataset.

    Once a list was found for the definition as it is now, that one answers (`anew` says
    what today would); `revision` asks for an older one. Raises UnknownName, SpecError,
    NotASession, MissingData where no bar of the day is held, BadInput for a revision
    there is not.
    """
    from sigma_core.sessions import exchange

    tree = load_universe(name)
    wanted = resolve_dataset(dataset or tree.spec.dataset)
    if on is None:
        return record(_judge(tree, wanted, None, now))
    exchange().require(on)
    kept = UniverseDay.objects.filter(
        dataset=wanted, universe=name, benchmark="", session=on
    )
    if revision is not None:
        return _revision(kept, revision)
    known = kept.filter(universe_sha=tree.sha).first()
    return known or record(_judge(tree, wanted, on, now))


@dataclass(frozen=True)
class Anew:
    """What the same question would find today, where that is another list."""

    day: Day
    known_by: datetime
    why: str
    #: from the kept list to this one
    changes: Changes


def anew(day: UniverseDay, now: datetime) -> Anew | None:
    """The list of a kept day computed again from all that is known by `now`; None where
    it is the same. Nothing is kept of it: a scan that uses it records it.

    Judges only where the dataset was written to since the list was found.
    """
    if not _written_since(day):
        return None
    tree = load_universe(day.universe)
    benchmark = day.benchmark or None
    found = _judge(tree, day.dataset, day.session, now, benchmark)
    if found.day.sha == day.list_sha:
        return None
    from sigma_core.universe import changes

    why = UniverseDay.Reason.DEFINITION
    if found.universe_sha == day.universe_sha:
        why = _reason(day, found)
    return Anew(found.day, now, str(why.label), changes(kept_day(day), found.day))


def _written_since(day: UniverseDay) -> bool:
    """Whether bars, tables, answers or arrays of its dataset are newer than a list."""
    root = settings.SIGMA_HOME / "datasets" / day.dataset
    kept = min(day.known_by, day.created_at).timestamp()
    made = day.created_at.timestamp()
    for folder, _, _ in os.walk(root):
        built = "arrays" in Path(folder).relative_to(root).parts
        if os.stat(folder).st_mtime > (made if built else kept):
            return True
    return False


def reproduce(day: UniverseDay) -> Found:
    """The list of a day found anew, from the bars known when it was found first.

    By the definition as it is now: equal lists are promised where `universe_sha` is.
    """
    tree = load_universe(day.universe)
    return _judge(tree, day.dataset, day.session, day.known_by, day.benchmark or None)


def kept_day(day: UniverseDay) -> Day:
    """The row as the engine's plain values."""
    from sigma_core.universe import Day
    from sigma_core.universe.days import DayStep

    steps = tuple(DayStep(**step) for step in day.steps)
    return Day(steps, tuple(day.members), day.out)


def changes_between(before: UniverseDay, after: UniverseDay) -> Changes:
    """Who entered and who left from one list to the other, each with its step."""
    from sigma_core.universe import changes

    return changes(kept_day(before), kept_day(after))


def _judge(
    tree: UniverseTree,
    dataset: str,
    on: date | None,
    known_by: datetime,
    benchmark: str | None = None,
) -> Found:
    from sigma_core.market import open_market
    from sigma_core.standing import standing
    from sigma_core.universe import evaluate

    held = settings.SIGMA_HOME / "datasets"
    market = open_market(held, dataset, None, on, known_by)
    universe = evaluate(
        tree.spec,
        tree.parts,
        market.bars,
        slice(market.column, market.column + 1),
        reference=market.reference,
        membership=market.dataset.membership,
        benchmark=benchmark,
    )
    marks = standing(market, universe=tree.spec).marks
    name, sha = tree.spec.name, tree.sha
    return found_in(
        market, universe, name=name, sha=sha, benchmark=benchmark, marks=marks
    )


def _rows_of(found: Found) -> QuerySet[UniverseDay]:
    """All revisions of the day, the newest first, without their long columns."""
    return UniverseDay.objects.filter(
        dataset=found.dataset,
        universe=found.universe,
        benchmark=found.benchmark,
        session=found.session,
    ).defer("members", "out", "steps")


def _reason(last: UniverseDay | None, found: Found) -> UniverseDay.Reason:
    """Why the list is not the one that was kept."""
    if last is None:
        return UniverseDay.Reason.DEFINITION
    # a block leaves out bars too, so it comes before them
    if set(last.out.get("data", ())) != set(found.day.out.get("data", ())):
        return UniverseDay.Reason.PROBLEMS
    if last.data_sha != found.data_sha:
        return UniverseDay.Reason.BARS
    return UniverseDay.Reason.TABLES


def _create(found: Found, revision: int, reason: UniverseDay.Reason) -> UniverseDay:
    return UniverseDay.objects.create(
        dataset=found.dataset,
        universe=found.universe,
        benchmark=found.benchmark,
        session=found.session,
        judged_on=found.judged_on,
        revision=revision,
        reason=reason,
        universe_sha=found.universe_sha,
        data_sha=found.data_sha,
        list_sha=found.day.sha,
        known_by=found.known_by,
        steps=[asdict(step) for step in found.day.steps],
        members=list(found.day.members),
        marks=found.marks,
        out={step: dict(tickers) for step, tickers in found.day.out.items()},
    )


def _revision(kept: QuerySet[UniverseDay], revision: int) -> UniverseDay:
    day = kept.filter(revision=revision).first()
    if day is None:
        known = ", ".join(
            str(n) for n in sorted(kept.values_list("revision", flat=True))
        )
        raise BadInput(
            Problem(
                "universe.revision",
                "revision",
                f"there is no revision {revision} of this day's list.",
                f"Known: {known}." if known else "None is kept yet.",
            )
        )
    return day
