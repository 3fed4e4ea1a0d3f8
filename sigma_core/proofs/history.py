"""Proofs 3 and 4: from where a value is computed makes no difference.

Start-up: after `stable` bars the value of a short history is that of the whole one, and
a bad tick that has left the window has left no trace. Append: a session alone, and the
last few, have the bits of the full build, and so has every session that is reached bar
by bar from a state.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from sigma_core.frames import Floats
from sigma_core.proofs.bench import Bench, Stage
from sigma_core.proofs.compare import Difference, close, differences, same_bits
from sigma_core.proofs.subjects import Stepped, Subject
from sigma_core.proofs.worlds import times_each, window

TOLERANCE = 1e-6
#: how long before the end the short histories are as old as `stable` says
SHOWN = 40
TICK_AT, TICK = 30, 1e9


@dataclass(frozen=True)
class Shown:
    """A difference with what was tried; `first` is the session of its first cell.

    `trouble` says what of: `early`, `short`, `tick`, `window` or `step`.
    """

    proof: str
    trouble: str
    words: str
    difference: Difference
    stage: Stage
    first: int


def start_up(subject: Subject, bench: Bench) -> tuple[list[Shown], int]:
    """Whole histories against short ones, and against one with a bad tick."""
    histories = [column.stable for column in subject.columns]
    needed = max([stable for stable in histories if stable is not None], default=0)
    if not needed:
        return [], 0
    stage = bench.history(needed + TICK_AT, subject.cadence)
    last = stage.sample.sessions - 1
    whole = subject.values(stage.world, first=0, last=last)
    early = _early(subject, stage, whole)
    found, cells = _short(subject, stage, whole)
    ticked, more = _ticked(subject, stage, whole)
    return early + found + ticked, cells + more


def _early(subject: Subject, stage: Stage, whole: Floats) -> list[Shown]:
    """Values on bars before an indicator's warm-up is over."""
    if subject.kind != "indicator":
        return []
    warmups = np.array([column.warmup for column in subject.columns])
    during = np.arange(whole.shape[-1]) < warmups[:, None] - 1
    among = np.broadcast_to(during[:, None, :], whole.shape)
    nothing = np.full(whole.shape, np.nan)
    wrong = differences(nothing, whole, np.isnan(whole), among)
    words = "a new series of bars"
    return [Shown("start-up", "early", words, one, stage, 0) for one in wrong]


def _short(subject: Subject, stage: Stage, whole: Floats) -> tuple[list[Shown], int]:
    """Histories that begin `stable` bars before the last sessions."""
    shown: list[Shown] = []
    cells = 0
    last = stage.sample.sessions
    for stable in sorted({c.stable for c in subject.columns if c.stable is not None}):
        start = last - SHOWN - stable + 1
        bars = window(stage.world.bars, start, last)
        short = subject.values(
            replace(stage.world, bars=bars), first=0, last=last - start - 1
        )
        mine = np.array([column.stable == stable for column in subject.columns])
        expected, found = whole[..., -SHOWN:], short[..., -SHOWN:]
        among = np.broadcast_to(mine[:, None, None], expected.shape)
        agree = close(found, expected, TOLERANCE)
        wrong = differences(expected, found, agree, among)
        words = f"a history of {stable} bars"
        shown += [
            Shown("start-up", "short", words, one, stage, last - SHOWN) for one in wrong
        ]
        cells += int((among & ~np.isnan(expected)).sum())
    return shown, cells


def _ticked(subject: Subject, stage: Stage, whole: Floats) -> tuple[list[Shown], int]:
    """A bar a thousand million times too high, long gone; only for columns whose window
    forgets."""
    columns = subject.columns
    if not any(column.finite for column in columns):
        return [], 0
    factors = np.ones(stage.world.bars.axis.shape)
    factors[:, TICK_AT] = TICK
    found = subject.values(
        times_each(stage.world, factors), first=0, last=whole.shape[-1] - 1
    )
    gone = np.array([TICK_AT + (c.stable or 0) if c.finite else 10**9 for c in columns])
    after = np.arange(whole.shape[-1]) >= gone[:, None]
    among = np.broadcast_to(after[:, None, :], whole.shape)
    wrong = differences(whole, found, same_bits(whole, found), among)
    words = f"a tick {TICK:,.0f} times too high, gone from every window"
    cells = int((among & ~np.isnan(whole)).sum())
    return [Shown("start-up", "tick", words, one, stage, 0) for one in wrong], cells


def append(subject: Subject, stage: Stage, base: Floats) -> tuple[list[Shown], int]:
    """The last session alone and the last few, against the full build."""
    shown: list[Shown] = []
    cells = 0
    for cut in stage.sample.cuts:
        world = stage.world.until(cut)
        for first in (cut - 1, cut - 5):
            found = subject.values(world, first=first, last=cut - 1)
            expected = base[..., first:cut]
            wrong = differences(expected, found, same_bits(expected, found))
            sessions = cut - first
            words = f"the last {sessions} of {cut} sessions alone"
            shown += [
                Shown("append", "window", words, one, stage, first) for one in wrong
            ]
            cells += int((~np.isnan(expected)).sum())
    wrong_steps, more = _stepped(subject, stage, base)
    return shown + wrong_steps, cells + more


def _stepped(subject: Subject, stage: Stage, base: Floats) -> tuple[list[Shown], int]:
    """Sessions that are each reached from the state that the one before left."""
    steps = subject.stepped(stage.world) if isinstance(subject, Stepped) else None
    if steps is None:
        return [], 0
    found = base.copy()
    found[..., steps.sessions] = steps.values
    wrong = differences(base, found, same_bits(base, found))
    words = "bar by bar, from a state"
    shown = [Shown("append", "step", words, one, stage, 0) for one in wrong]
    return shown, int((~np.isnan(base[..., steps.sessions])).sum())
