"""For every missing cell of a column its one cause, the first that holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from sigma_core.coverage.history import History
from sigma_core.frames import FIELDS, MARKET, Bools, Floats, Ints
from sigma_core.indicators.registry import Call, Output
from sigma_core.matrix import Plan

#: The causes; a cell's code is a place in it, 0 for a cell that has a value.
CAUSES = (
    "",
    "holiday",
    "not_listed",
    "quarantined",
    "gap",
    "provider",
    "join",
    "warmup",
    "short_history",
    "math",
)
#: Causes that nobody can mend and nobody has to.
EXCUSED = frozenset({"holiday", "not_listed", "warmup"})
Codes = npt.NDArray[np.int8]
#: rows and columns of some cells, as numpy takes and gives them
Cells = tuple[Ints, ...]


@dataclass(frozen=True)
class Need:
    """What a column needs: own `bars`, the cell's counted, before it has a value;
    `stable`: bars after which it may be used; `reads`: the columns it is made of;
    `market`: it is measured against the benchmark; `opening`: it is made of the bars
    that begin in so many minutes of each session, and known after them; `back`: bars
    before the cell's that it looks at.

    Counted in bars of `cadence` where that is not the set's own; an expression counts
    only the columns of the set's own cadence, the others speak for themselves.
    """

    bars: int
    stable: int
    reads: tuple[str, ...] = ()
    cadence: str = ""
    market: bool = False
    opening: int = 0
    back: int = 0


def needs(plan: Plan) -> dict[str, Need]:
    """What each column of a set needs, by name."""
    found = {name: Need(1, 1) for name in FIELDS}
    for call in plan.calls:
        for output, column in zip(call.card.outputs, call.columns, strict=True):
            found[column.name] = _of_call(call, output)
    for cadence, calls in plan.joined.items():
        for call in calls:
            for output, column in zip(call.card.outputs, call.columns, strict=True):
                found[column.name] = replace(_of_call(call, output), cadence=cadence)
    for one in plan.derived:
        back, names = one.expression.lookback, sorted(one.expression.needs)
        every = [found[name] for name in names]
        reads = [part.reads or (name,) for part, name in zip(every, names, strict=True)]
        parts = [part for part in every if not part.cadence]
        found[one.column.name] = Need(
            bars=back + max((part.bars for part in parts), default=1),
            stable=back + max((part.stable for part in parts), default=1),
            reads=tuple(dict.fromkeys(name for group in reads for name in group)),
            market=any(part.market for part in parts),
            opening=max((part.opening for part in parts), default=0),
            back=back + max((part.back for part in parts), default=0),
        )
    return {column.name: found[column.name] for column in plan.columns}


def _of_call(call: Call, output: Output) -> Need:
    warmup = output.warmup or call.card.warmup
    bars = int(warmup(call.params))
    stable = call.card.stable(call.params) if call.card.stable else bars
    return Need(
        bars,
        max(int(stable), bars),
        market=MARKET in call.card.inputs,
        opening=call.card.opening(call.params),
    )


def causes(
    name: str,
    values: Floats,
    members: Bools,
    known: History,
    need: Need,
    read: Sequence[Codes] = (),
) -> Codes:
    """Code of the cause of every cell of a column, `[ticker, session]`.

    0 where there is a value, or no universe member. `read` are the codes of the joined
    columns it is made of: a cell that lacks one of those is missing for its cause.
    See docs/definitions/coverage.md.
    """
    # few cells, and nothing else is looked at; flat, which numpy does faster
    missing = np.flatnonzero(members & np.isnan(values))
    cells = np.divmod(missing, values.shape[1])
    found = np.full(len(cells[0]), CAUSES.index("math"), np.int8)
    waiting = np.ones(len(found), np.bool_)
    for cause, holds in _tests(name, known.seen_from(need.cadence), need, cells):
        hit = waiting & holds
        found[hit] = CAUSES.index(cause)
        waiting &= ~hit
    for other in read:
        theirs = other[cells]
        found = np.where(waiting & (theirs > 0), theirs, found)
    codes = np.zeros(values.shape, np.int8)
    codes[cells] = found
    return codes


def _tests(
    name: str, known: History, need: Need, cells: Cells
) -> list[tuple[str, Bools]]:
    """(cause, in which of the cells it holds), in the order in which they are asked."""
    rows, at = cells
    listed, gone = known.listed[rows], known.gone[rows]
    columns = (name, *need.reads)
    has_bar, own = known.has_bar[cells], known.own[cells]
    short = own < need.bars
    age = at - listed + 1 if known.age is None else known.age[cells]
    return [
        ("holiday", ~known.open[at]),
        ("not_listed", (at < listed) | (at >= gone)),
        ("quarantined", known.set_aside[cells]),
        ("gap", ~has_bar),
        ("provider", _absent(columns, known.provided, cells)),
        ("provider", _unmatched(need, known, cells)),
        ("join", _absent(columns, known.joined, cells)),
        ("quarantined", short & (known.stored[cells] >= need.bars)),
        ("gap", short & (known.ever[cells] >= need.bars)),
        ("warmup", _before_known(need, known, at)),
        ("warmup", short & (age < need.stable)),
        ("short_history", short),
        ("quarantined", _unopened(need, known.begun, cells)
         & ~_unopened(need, known.begun_stored, cells)),
        ("gap", _unopened(need, known.begun, cells)),
    ]  # fmt: skip


def _unmatched(need: Need, known: History, cells: Cells) -> Bools:
    """Where the benchmark has no bar on one of the own bars that are read."""
    if not need.market or known.matched is None:
        return np.zeros(len(cells[0]), np.bool_)
    matched, own = known.matched[cells], known.own[cells]
    unmatched: Bools = matched < np.minimum(need.bars, own)
    return unmatched


def _before_known(need: Need, known: History, at: Ints) -> Bools:
    """Where the session's first minutes, of which the value is made, are not over; or
    were not on a bar that it looks back to."""
    early = np.zeros(len(at), np.bool_)
    if not need.opening or known.minute is None:
        return early
    column = at + len(known.minute) - len(known.open)
    for back in range(need.back + 1):
        early |= known.minute[np.maximum(column - back, 0)] < need.opening
    return early


def _unopened(need: Need, begun: Floats | None, cells: Cells) -> Bools:
    """Where a ticker's first bar of the session came after the first minutes."""
    if not need.opening or begun is None:
        return np.zeros(len(cells[0]), np.bool_)
    late: Bools = begun[cells] >= need.opening
    return late


def _absent(columns: Sequence[str], rows: Mapping[str, Bools], cells: Cells) -> Bools:
    """Where a row that one of the columns is made of was not there."""
    absent = np.zeros(len(cells[0]), np.bool_)
    for name in columns:
        if name in rows:
            absent |= ~rows[name][cells]
    return absent
