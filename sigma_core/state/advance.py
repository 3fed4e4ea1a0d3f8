"""A state: made from stored bars, or taken some bars further.

    fresh(calls, …)             before the first bar
    made_from(bars, calls, …)   as of a time of stored bars: every bar is walked once
    advance(state, …)           → values on the new bars, and the state after them

Calls whose indicator has no step (`carry.advances`) are not in a state: their columns
are computed whole. What calls read besides their own bars is named by `Around`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import NamedTuple

import numpy as np

from sigma_core.bars import seals
from sigma_core.frames import FIELDS, MARKET, Axis, BarArrays, Floats, Ints
from sigma_core.indicators import kernels, stepping
from sigma_core.indicators.registry import Call
from sigma_core.indicators.steps.carry import advances
from sigma_core.specs.fingerprint import sha_of

_CHUNK = 256  # times walked at once: what is gathered of the bars stays small
_FORMAT = 2


class Around(NamedTuple):
    """What calls read besides their own bars: the exchange whose calendar it is, and
    the ticker that is the benchmark ("" where there is none, or nothing reads it)."""

    calendar: str = "XNYS"
    benchmark: str = ""


PLAIN = Around()


@dataclass(frozen=True)
class State:
    """What calls remember of each ticker's bars up to and with a time.

    `seal` names those bars (`bars.seals`), `time` is the last one's (None before the
    first), `key` names calls, code, the rule of gaps and what stands `around` them: a
    state with another key is another thing. `values` is `[ticker, cell]`, laid out as
    `layout` says.
    """

    layout: stepping.Layout
    key: str
    max_gap: int
    tickers: tuple[str, ...]
    time: np.datetime64 | None
    seal: bytes
    values: Floats
    around: Around = PLAIN

    def stands_on(self, bars: BarArrays) -> bool:
        """Whether these bars, up to the state's time, are those it was made from.

        A revised bar, one more in the past, a new quarantine or an earlier split says
        no; later bars, listings and splits change nothing.
        """
        if bars.seals is None or self.time is None or self.time not in bars.axis.times:
            return False
        return bars.sha_until(bars.axis.column(self.time)) == self.seal.hex()


class Advanced(NamedTuple):
    """Values `[column, ticker, time]` in the order of the calls, and the new state."""

    values: Floats
    state: State


def advanced(calls: Sequence[Call]) -> tuple[Call, ...]:
    """The calls that a state can carry, in order."""
    return tuple(call for call in calls if advances(call))


def around_of(bars: BarArrays, calls: Sequence[Call]) -> Around:
    """What these calls read around some bars. ValueError for a benchmark that is no
    ticker of theirs: an index's closes are in no seal of bars."""
    compared = bars.benchmark
    if compared is None or not any(MARKET in call.card.inputs for call in calls):
        return Around(bars.calendar)
    if compared.source != "bars":
        raise ValueError(f"{compared.name} is no ticker of these bars")
    return Around(bars.calendar, compared.name)


def file_name(calls: Sequence[Call], max_gap: int, around: Around = PLAIN) -> str:
    """The name of the file of a state of these calls; other code takes its place."""
    return f"{sha_of([*_named(calls), max_gap, *around])[:32]}.state"


def _named(calls: Sequence[Call]) -> list[object]:
    return [[call.card.name, call.card.version, call.params] for call in calls]


def key_of(calls: Sequence[Call], max_gap: int, around: Around = PLAIN) -> str:
    """The name of a kind of state: equal names, equal meaning of every cell.

    The code is all of `sigma_core.indicators` and the compiler that turns it into
    machine code; a card's version counts.
    """
    named = {"calls": _named(calls), "gap": max_gap, "around": list(around)}
    return sha_of({"format": _FORMAT, **named, "code": _code()})


@cache
def _code() -> str:
    """The code this process runs: what its files said when it was first asked."""
    return kernels.sources_sha()


def fresh(
    calls: Sequence[Call],
    tickers: tuple[str, ...],
    *,
    max_gap: int,
    around: Around = PLAIN,
) -> State:
    """The state before the first bar. ValueError for a call without a step.

    `max_gap`: a ticker that missed more times than this in a row begins anew.
    """
    layout = stepping.layout(calls)
    return State(
        layout=layout,
        key=key_of(calls, max_gap, around),
        max_gap=max_gap,
        tickers=tickers,
        time=None,
        seal=seals.START,
        values=np.zeros((len(tickers), layout.size)),
        around=around,
    )


def made_from(
    bars: BarArrays,
    calls: Sequence[Call],
    *,
    last: int,
    threads: int = 2,
) -> Advanced:
    """The state as of column `last` of stored bars, and the values on that column.

    Every bar of every ticker is walked once, from the first. ValueError for bars
    without seals, and as in `around_of`.
    """
    if bars.seals is None:
        raise ValueError("these bars carry no seals")
    max_gap, around = bars.axis.max_gap, around_of(bars, calls)
    state = fresh(calls, bars.axis.tickers, max_gap=max_gap, around=around)
    values = np.empty((state.layout.columns, len(state.tickers), 1))
    rows = np.arange(len(state.tickers))
    cells = state.values
    for begin in range(0, last + 1, _CHUNK):
        end = min(begin + _CHUNK, last + 1)
        values, cells = stepping.advance(
            state.layout,
            cells,
            rows,
            {name: bars.field(name)[:, begin:end] for name in FIELDS},
            max_gap=max_gap,
            shared=kernels.around_bars(bars, calls, slice(begin, end)),
            shown=end - begin - 1,
            threads=threads,
        )
    seal = bytes(bars.seals[last])
    return Advanced(
        values, replace(state, time=bars.axis.times[last], seal=seal, values=cells)
    )


def advance(
    state: State, axis: Axis, fields: Mapping[str, Floats], *, threads: int = 2
) -> Advanced:
    """Values on the new bars `[ticker, time]` of an axis, and the state after them.

    The axis holds every time at which a bar may stand since the state's own, with NaN
    in all fields where there is none, and every ticker of the state; new ones begin.
    Prices are forward adjusted, as in `BarArrays`. ValueError if a time is not after
    the state's or a ticker is gone.
    """
    if state.time is not None and len(axis.times) and axis.times[0] <= state.time:
        raise ValueError(f"{axis.times[0]} is not after {state.time}")
    values, cells = stepping.advance(
        state.layout,
        state.values,
        _rows(state.tickers, axis.tickers),
        fields,
        max_gap=state.max_gap,
        shared=_shared(state, axis, fields),
        threads=threads,
    )
    after = replace(
        state,
        tickers=axis.tickers,
        time=axis.times[-1] if len(axis.times) else state.time,
        seal=_seal(state.seal, axis, fields),
        values=cells,
    )
    return Advanced(values, after)


def _shared(state: State, axis: Axis, fields: Mapping[str, Floats]) -> Floats:
    """What all tickers share on the new times; the benchmark is one of them."""
    calendar, ticker = state.around
    market = fields["close"][axis.row(ticker)] if ticker else None
    calls = state.layout.calls
    return kernels.around(calls, axis.times, market=market, calendar=calendar)


def _rows(before: tuple[str, ...], now: tuple[str, ...]) -> Ints:
    """Which row each ticker had, −1 for a new one."""
    if before == now:
        return np.arange(len(now))
    had = {ticker: row for row, ticker in enumerate(before)}
    rows = np.array([had.get(ticker, -1) for ticker in now], np.int64)
    if (rows >= 0).sum() != len(before):
        raise ValueError(f"tickers of the state are gone: {set(before) - set(now)}")
    return rows


def _seal(seal: bytes, axis: Axis, fields: Mapping[str, Floats]) -> bytes:
    """The seal after the new times; the one that stored bars will have there."""
    held = ~np.isnan(fields["close"])
    for time in range(len(axis.times)):
        rows = np.flatnonzero(held[:, time])
        every = len(rows) == len(axis.tickers)
        names = axis.tickers if every else [axis.tickers[row] for row in rows]
        values = [fields[name][rows, time] for name in FIELDS]
        seal = seals.after(seal, "\0".join(names).encode(), values)
    return seal
