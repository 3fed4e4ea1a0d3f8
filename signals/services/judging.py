"""A family of trials judged: p, q, the share of luck, deflated Sharpe, SPA.

It happens after a run has ended, outside of its transaction, and is written only if
no trial has come meanwhile; else it is done again. A family whose judge died is due
until it, or `manage.py judge`, is there again. Every trial counts; memory is that of a
portion of them.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import structlog
from django.db import connection, transaction
from django.db.models import F, OuterRef, Subquery
from django.utils import timezone

from sigma_core.evidence.contest import Contest
from sigma_core.evidence.sharpe import (
    Moments,
    deflated_sharpe,
    expected_maximum_sharpe,
)
from sigma_core.evidence.significance import MIN_SESSIONS, p_values, q_values
from sigma_core.frames import Floats, Ints
from signals.models import Backtest, Family, Trial

log = structlog.get_logger(__name__)
#: trials held at once
PORTION = 512
_Q, _SHARE, _DEFLATED = range(3)


@dataclass
class Judgement:
    """What was found of each trial, in the order of `ids`; NaN where nothing can be."""

    ids: list[int]
    p: Floats
    share: Floats
    deflated: Floats
    spa_p: float | None = None
    #: those whose p was not known before
    new: list[int] = field(default_factory=list)


def judge_due() -> int:
    """Judge every family that has changed since it was judged; how many there were."""
    due = Family.objects.exclude(judged=F("changes")).values_list("pk", flat=True)
    families = list(due)
    for family in families:
        judge(family)
    return len(families)


def judge(family_id: int) -> None:
    """Judge one family; nothing to do where that was done since its last change."""
    while True:
        family = (
            Family.objects.filter(pk=family_id).exclude(judged=F("changes")).first()
        )
        if family is None:
            return
        found = _weigh(family)
        if _write(family, found):
            log.info("family judged", family=str(family), trials=len(found.ids))
            return


def _weigh(family: Family) -> Judgement:
    """Everything that is found of the family as it stands."""
    rows = list(
        family.trials.order_by("pk").values_list(
            "pk", "p_value", "sharpe", "skew", "kurtosis", "first", "last"
        )
    )
    ids = [row[0] for row in rows]
    found = Judgement(
        ids,
        p=np.array([math.nan if row[1] is None else row[1] for row in rows]),
        share=np.full(len(rows), np.nan),
        deflated=np.full(len(rows), np.nan),
    )
    axis = _sessions_of(family)
    contest = Contest(len(axis)) if len(axis) >= MIN_SESSIONS else None
    entered: list[int] = []
    lengths = np.zeros(len(rows), np.int64)
    for start, portion in _portions(family, ids):
        sizes = [len(days) for days, _ in portion]
        lengths[start : start + len(portion)] = sizes
        _add_p_values(found, start, portion)
        long = [at for at, size in enumerate(sizes) if size >= MIN_SESSIONS]
        if contest is not None and long:
            contest.add(_on(axis, [portion[at] for at in long]))
            entered += [start + at for at in long]
    if contest is not None and entered:
        found.share[entered], found.spa_p = contest.shares, contest.p
    moments = [Moments(*row[2:5]) for row in rows]
    found.deflated[:] = _deflated(moments, lengths)
    return found


Series = tuple[Ints, Floats]


def _portions(family: Family, ids: list[int]) -> Iterator[tuple[int, list[Series]]]:
    """(place of the first, sessions and excess of each) of some trials at a time.

    Of those known by `ids`: trials that come meanwhile have higher ones.
    """
    known = family.trials.filter(pk__lte=ids[-1]) if ids else family.trials.none()
    rows = known.order_by("pk").values_list("sessions", "excess")
    portion: list[Series] = []
    start = 0
    for days, excess in rows.iterator(chunk_size=PORTION):
        portion.append((np.frombuffer(days, "<i4"), np.frombuffer(excess, "<f8")))
        if len(portion) == PORTION:
            yield start, portion
            start, portion = start + PORTION, []
    if portion:
        yield start, portion


def _sessions_of(family: Family) -> Ints:
    """All sessions of any of its trials, in order."""
    known = set(family.trials.order_by().values_list("sessions", flat=True).distinct())
    days = [np.frombuffer(one, "<i4") for one in known]
    return np.unique(np.concatenate(days)) if days else np.array([], np.int64)


def _on(axis: Ints, portion: list[Series]) -> Floats:
    """Excess returns on common sessions, `[session, trial]`; 0 outside of a trial's."""
    found = np.zeros((len(axis), len(portion)))
    for at, (days, excess) in enumerate(portion):
        found[np.searchsorted(axis, days), at] = excess
    return found


def _add_p_values(found: Judgement, start: int, portion: list[Series]) -> None:
    """p of those that have none yet, many of one length at once."""
    by_length: dict[int, list[int]] = defaultdict(list)
    for at, (days, _) in enumerate(portion):
        if np.isnan(found.p[start + at]) and len(days) >= MIN_SESSIONS:
            by_length[len(days)].append(at)
    for some in by_length.values():
        excess = np.stack([portion[at][1] for at in some], axis=1)
        places = [start + at for at in some]
        found.p[places] = p_values(excess)
        found.new += places


def _deflated(moments: list[Moments], lengths: Ints) -> list[float]:
    """Each deflated Sharpe: luck is that of the best of all of them."""
    sharpes = np.array([one.sharpe for one in moments if one.sharpe is not None])
    variance = float(sharpes.var(ddof=1)) if len(sharpes) > 1 else 0.0
    luck = expected_maximum_sharpe(variance, len(moments))
    pairs = zip(moments, lengths.tolist(), strict=True)
    left = [deflated_sharpe(one, sessions=size, luck=luck) for one, size in pairs]
    return [math.nan if one is None else one for one in left]


def _write(family: Family, found: Judgement) -> bool:
    """Write it, unless a trial has come or changed since it was read."""
    q = q_values(found.p)
    with transaction.atomic():
        same = Family.objects.filter(pk=family.pk, changes=family.changes)
        written = same.update(
            judged=family.changes,
            judged_at=timezone.now(),
            spa_p=found.spa_p,
            spa_trials=len(found.ids),
        )
        if written:
            columns = (found.p, q, found.share, found.deflated)
            _write_trials(found.ids, columns)
            own = Trial.objects.filter(pk=OuterRef("trial")).values("q_value")
            of_family = Backtest.objects.filter(trial__family=family)
            of_family.update(q_value=Subquery(own))
    return bool(written)


def _write_trials(ids: list[int], columns: tuple[Floats, ...]) -> None:
    """One statement for each trial: thousands of them take less than one that names
    them all."""
    names = ("p_value", "q_value", "share", "deflated_sharpe")
    table = connection.ops.quote_name(Trial._meta.db_table)
    changes = ", ".join(f"{connection.ops.quote_name(name)} = %s" for name in names)
    values = np.stack(columns, axis=1).tolist()
    rows = [
        (*(None if math.isnan(one) else one for one in row), pk)
        for pk, row in zip(ids, values, strict=True)
    ]
    with connection.cursor() as cursor:
        # names of our own columns, no value of anybody's
        cursor.executemany(f"UPDATE {table} SET {changes} WHERE id = %s", rows)  # noqa: S608
