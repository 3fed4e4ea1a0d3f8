"""What the gates did on one session: the ranking, the funnel, the near misses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from sigma_core.frames import Ints
from sigma_core.signal_models.base import GateResult, Scores


@dataclass(frozen=True)
class FunnelStep:
    """One step of the funnel.

    `survivors` passed it and all before it; `alone` of the universe pass it whatever
    the others say; of `unknown` a value is missing.
    """

    name: str
    words: str
    survivors: int
    alone: int
    unknown: int


@dataclass(frozen=True)
class NearMiss:
    """A ticker that fails exactly one top-level gate.

    `shortfall` is the distance to the limit as a share of it, NaN where the gate has
    no limit; of a group, `value` and `limit` are those of its nearest condition.
    `score_total` is what the ticker would have scored.
    """

    ticker: str
    gate: str
    value: float
    limit: float
    shortfall: float
    score_total: float


def ranked(scores: Scores, time: int = -1) -> Ints:
    """Rows of the eligible tickers: higher score first, ties from A to Z."""
    rows = np.flatnonzero(scores.eligible[:, time])
    order = np.argsort(-scores.score_total[rows, time], kind="stable")
    found: Ints = rows[order]
    return found


#: the session that a list is of
LAST = slice(-1, None)


def funnel(scores: Scores, times: slice = LAST) -> list[FunnelStep]:
    """Survivors from the universe through each top-level gate to a whole score; of
    several times, their sums."""
    members = scores.members[:, times]
    left = members
    size = int(members.sum())
    steps = [FunnelStep("universe", "in the universe", size, size, 0)]
    for gate in scores.top:
        passed = gate.passed[:, times]
        left = left & (passed == 1)
        alone = int((members & (passed == 1)).sum())
        unknown = int((members & (passed < 0)).sum())
        steps.append(FunnelStep(gate.name, gate.words, int(left.sum()), alone, unknown))
    whole = ~np.isnan(scores.score_total[:, times])
    known, lacking = int((members & whole).sum()), int((members & ~whole).sum())
    survivors = int((left & whole).sum())
    words = "every part of the score known"
    return [*steps, FunnelStep("score", words, survivors, known, lacking)]


def together(parts: Sequence[Sequence[FunnelStep]]) -> list[FunnelStep]:
    """The funnels of one model's stretches of time as one."""
    return [
        replace(
            steps[0],
            survivors=sum(step.survivors for step in steps),
            alone=sum(step.alone for step in steps),
            unknown=sum(step.unknown for step in steps),
        )
        for steps in zip(*parts, strict=True)
    ]


@dataclass(frozen=True)
class GateCount:
    """What one top-level gate does: members that pass it `alone`, `together` with all
    others, and that would pass `if_removed`; of `unknown` a value is missing."""

    name: str
    words: str
    alone: int
    together: int
    if_removed: int
    unknown: int


def gate_counts(scores: Scores, time: int = -1) -> list[GateCount]:
    """Each top-level gate beside the others; a whole score is asked for throughout."""
    members = scores.members[:, time]
    whole = members & ~np.isnan(scores.score_total[:, time])
    passed = [gate.passed[:, time] for gate in scores.top]
    failed = np.sum([state != 1 for state in passed], axis=0)
    together = int((whole & (failed == 0)).sum())
    return [
        GateCount(
            name=gate.name,
            words=gate.words,
            alone=int((members & (state == 1)).sum()),
            together=together,
            # all others pass where none failed, or this one alone
            if_removed=int((whole & (failed - (state != 1) == 0)).sum()),
            unknown=int((members & (state < 0)).sum()),
        )
        for gate, state in zip(scores.top, passed, strict=True)
    ]


def near_misses(scores: Scores, time: int = -1, *, most: int = 50) -> list[NearMiss]:
    """Members that fail exactly one gate and have a whole score; the nearest first.

    At most `most` of them. A gate whose outcome is unknown is not nearly passed. Ties
    come from A to Z, those without a distance last.
    """
    if not scores.top:
        return []
    passed = np.array([gate.passed[:, time] for gate in scores.top])
    short = np.array([gate.shortfall[:, time] for gate in scores.top])
    whole = scores.members[:, time] & ~np.isnan(scores.score_total[:, time])
    one = ((passed == 0).sum(axis=0) == 1) & (passed >= 0).all(axis=0)
    rows = np.flatnonzero(one & whole)
    failed = np.argmin(passed[:, rows], axis=0)
    nearest = np.argsort(short[failed, rows], kind="stable")[:most]
    return [_miss(scores, int(rows[at]), int(failed[at]), time) for at in nearest]


def _miss(scores: Scores, row: int, gate: int, time: int) -> NearMiss:
    failed = scores.top[gate]
    shown = _nearest_condition(scores, failed, row, time)
    return NearMiss(
        ticker=scores.axis.tickers[row],
        gate=failed.name,
        value=float(shown.value[row, time]),
        limit=float(shown.limit[row, time]),
        shortfall=float(failed.shortfall[row, time]),
        score_total=float(scores.score_total[row, time]),
    )


def _nearest_condition(
    scores: Scores, failed: GateResult, row: int, time: int
) -> GateResult:
    """The failed condition of a gate that is nearest to its limit."""
    inside = [
        gate
        for gate in scores.gates
        if gate.group == failed.name and gate.passed[row, time] == 0
    ]
    short = [np.nan_to_num(gate.shortfall[row, time], nan=np.inf) for gate in inside]
    return inside[int(np.argmin(short))] if inside else failed
