"""Steps as machine code, and the loop that takes all tickers some bars further.

`_advance` is to steps what `compiled._drive` is to cores: for each ticker of a block it
copies the state, puts each new bar behind the last ones, and calls every step by its
address. A core of an indicator without a step of its own (`steps.tails`) is called on
the last bars, from a bar where its blocks begin, and only its last value is kept.

A row of a state: bars in the span · times since the last bar · the last bars of each
field, and of what all tickers share on the ticker's own bars · each call's own memory.
A row of zeros is a ticker before its first bar.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from llvmlite import ir
from numba import carray, cfunc, njit, types
from numba.extending import intrinsic

from sigma_core.frames import Floats, Ints
from sigma_core.indicators import compiled
from sigma_core.indicators.compiled import (
    _BARS,
    _COMPILED,
    _INTS,
    _LOCK,
    _OPTIONS,
    _POINTER,
    _ROWS,
    _cached_in,
    _called,
    _copy,
    _jitted,
    _source_sha,
)
from sigma_core.indicators.registry import InMarket, OneTicker, card
from sigma_core.indicators.steps.carry import StepCore, step_of

#: state, its cells, open … volume, bars, number of the new bar, what all tickers share,
#: the length of its rows, parameters, how many, outputs, how many
_ENTRY = types.void(
    *[_POINTER, types.intp], *[_POINTER] * 5, *[types.intp] * 2,
    *[_POINTER, types.intp] * 3,
)  # fmt: skip
_PLAN = types.Array(types.int64, 2, "C", readonly=True)
_ADVANCE = types.void(
    _BARS, _INTS, *[_BARS] * 6, *[types.int64] * 4, _PLAN, _PLAN, _BARS,
    types.Array(types.float64, 3, "C"), types.Array(types.float64, 2, "C"),
)  # fmt: skip
_CELL = 8  # bytes of a float64
_FIELDS = 5
#: Columns of the plan of calls; the last five say which field stands for which.
ENTRY, IS_CORE, DEPTH, ALIGN, CELL, SIZE, OUTPUTS, IN_MARKET, FIELD = range(9)


def address(name: str, run: StepCore, folder: Path | None) -> int:
    """Where the machine code of a card's step begins; compiled or loaded once."""
    key = f"step {name}"  # no card has a blank in its name
    with _LOCK, _cached_in(folder):
        if key not in _COMPILED:
            entry = _copy(
                _entry_in_market if card(name).shared else _entry,
                {"_step": _jitted(run)},
                f"step_{name}_{_source_sha(run)[:16]}",
            )
            make = cfunc(_ENTRY, cache=folder is not None, nopython=True, **_OPTIONS)
            _COMPILED[key] = make(entry)
        return int(_COMPILED[key].address)


def ready(name: str, folder: Path | None) -> None:
    """Compile or load a card's step, if it has one of its own."""
    found = step_of(name)
    if found is not None and found.run is not None:
        address(name, found.run, folder)


def driver(folder: Path | None) -> Callable[..., None]:
    """`_advance` as machine code that runs without the GIL."""
    with _LOCK, _cached_in(folder):
        if "steps" not in _COMPILED:
            loop = _copy(_advance, _called(_advance), _advance.__name__)
            make = njit(_ADVANCE, cache=folder is not None, nogil=True, **_OPTIONS)
            _COMPILED["steps"] = make(loop)
        found: Callable[..., None] = _COMPILED["steps"]
        return found


def _entry(
    state: Any, cells: int, opens: Any, highs: Any, lows: Any, closes: Any,
    volumes: Any, bars: int, bar: int, shared: Any, stride: int, params: Any,
    n_params: int, out: Any, outputs: int,
) -> None:  # fmt: skip
    """A step behind plain pointers, compiled under each card's own name."""
    _step(
        carray(state, cells),
        OneTicker(
            carray(opens, bars),
            carray(highs, bars),
            carray(lows, bars),
            carray(closes, bars),
            carray(volumes, bars),
        ),
        bar,
        carray(params, n_params),
        carray(out, outputs),
    )


def _entry_in_market(
    state: Any, cells: int, opens: Any, highs: Any, lows: Any, closes: Any,
    volumes: Any, bars: int, bar: int, shared: Any, stride: int, params: Any,
    n_params: int, out: Any, outputs: int,
) -> None:  # fmt: skip
    """The same for a step that reads what all tickers share."""
    rows = carray(shared, (_ROWS, stride))
    _step(
        carray(state, cells),
        InMarket(
            carray(opens, bars),
            carray(highs, bars),
            carray(lows, bars),
            carray(closes, bars),
            carray(volumes, bars),
            rows[0, :bars],
            rows[1, :bars],
            rows[2, :bars],
            rows[3, :bars],
            rows[4, :bars],
            rows[5, :bars],
            rows[6, :bars],
            rows[7, :bars],
            rows[8, :bars],
        ),
        bar,
        carray(params, n_params),
        carray(out, outputs),
    )


def _step(s: Floats, bars: Any, bar: int, p: Floats, out: Floats) -> None:
    """Holds the place of the real step, which each copy of `_entry` calls instead."""
    raise NotImplementedError


def _advance(
    old: Floats, rows: Ints,
    opens: Floats, highs: Floats, lows: Floats, closes: Floats, volumes: Floats,
    shared: Floats, first_row: int, stop_row: int, shown: int, max_gap: int,
    fields: Ints, calls: Ints, params: Floats, out: Floats, new: Floats,
) -> None:  # fmt: skip
    """Fill `new[ticker]`, and `out[column, ticker]` on the times from `shown` on.

    `rows` says which row of `old` a ticker had, −1 for one that is new.
    """
    deepest = max(calls[:, DEPTH].max(), 1)
    values = np.empty(deepest * calls[:, OUTPUTS].max())
    around = np.empty((len(shared), deepest))
    ends = np.empty(len(fields), np.int64)
    for row in range(first_row, stop_row):
        state, had = new[row], rows[row]
        for cell in range(len(state)):
            state[cell] = old[had, cell] if had >= 0 else 0.0
        for t in range(closes.shape[1]):
            if closes[row, t] != closes[row, t]:  # no bar
                state[1] += 1.0
                for column in range(len(out) if t >= shown else 0):
                    out[column, row, t - shown] = np.nan
                continue
            if state[1] > max_gap:
                state[:] = 0.0
            bar = int(state[0])
            state[0], state[1] = bar + 1.0, 0.0
            ends[0] = _keep(state, fields, 0, bar, opens[row, t])
            ends[1] = _keep(state, fields, 1, bar, highs[row, t])
            ends[2] = _keep(state, fields, 2, bar, lows[row, t])
            ends[3] = _keep(state, fields, 3, bar, closes[row, t])
            ends[4] = _keep(state, fields, 4, bar, volumes[row, t])
            for k in range(len(shared)):
                ends[_FIELDS + k] = _keep(state, fields, _FIELDS + k, bar, shared[k, t])
            _steps(
                state, bar, fields, ends, calls, params, values, around, out, row,
                t - shown,
            )  # fmt: skip


def _keep(state: Floats, fields: Ints, f: int, bar: int, value: float) -> int:
    """Put a field's value behind those of the bars before; gives the place after it."""
    begin, depth, spare = fields[f, 0], fields[f, 1], fields[f, 2]
    if depth == 0:  # no call reads it
        return 0
    whole, at = depth + spare, bar
    if bar >= whole:
        at = depth + (bar - whole) % spare
        if at == depth:  # full: the last ones move to the front
            for s in range(begin, begin + depth):
                state[s] = state[s + spare]
    state[begin + at] = value
    return begin + at + 1  # type: ignore[no-any-return]


def _steps(
    state: Floats, bar: int, fields: Ints, ends: Ints, calls: Ints, params: Floats,
    values: Floats, around: Floats, out: Floats, row: int, time: int,
) -> None:  # fmt: skip
    """Every call on the new bar; before the first time shown only what remembers.

    `ends[field]`: the cell after the new bar's. Cells are handed on as places in
    memory: making an array of each would take longer than most steps do.
    """
    column, n = 0, params.shape[1]
    base, given, into = state.ctypes.data, params.ctypes.data, values.ctypes.data
    beside, stride = around.ctypes.data, around.shape[1]
    for k in range(len(calls)):
        outputs = calls[k, OUTPUTS]
        if time >= 0 or calls[k, SIZE] > 0:
            size = _reach(calls[k, DEPTH], calls[k, ALIGN], bar)
            first = base - _CELL * size
            o = first + _CELL * ends[calls[k, FIELD]]
            h = first + _CELL * ends[calls[k, FIELD + 1]]
            l = first + _CELL * ends[calls[k, FIELD + 2]]  # noqa: E741
            c = first + _CELL * ends[calls[k, FIELD + 3]]
            v = first + _CELL * ends[calls[k, FIELD + 4]]
            p = given + _CELL * k * n
            if calls[k, IN_MARKET]:
                _look_around(state, fields, ends, size, around)
            if calls[k, IS_CORE]:
                _call_core(
                    calls[k, ENTRY], o, h, l, c, v, size, beside, stride, p, n,
                    into, outputs,
                )  # fmt: skip
            else:
                own, cells = base + _CELL * calls[k, CELL], calls[k, SIZE]
                _call_step(
                    calls[k, ENTRY], own, cells, o, h, l, c, v, size, bar, beside,
                    stride, p, n, into, outputs,
                )  # fmt: skip
                size = 1
            for j in range(outputs if time >= 0 else 0):
                out[column + j, row, time] = values[j * size + size - 1]
        column += outputs


def _look_around(
    state: Floats, fields: Ints, ends: Ints, size: int, around: Floats
) -> None:
    """What all tickers share on the last `size` own bars, each in a row of `around`; a
    row that reaches less far is one that the call does not read."""
    for k in range(len(around)):
        if fields[_FIELDS + k, 1] >= size:
            first = ends[_FIELDS + k] - size
            for s in range(size):
                around[k, s] = state[first + s]


def _reach(depth: int, align: int, bar: int) -> int:
    """How many of the last bars a call is given: all, or from where a block begins."""
    needed = depth - align + 1
    if bar < needed:
        return bar + 1
    over = bar + 1 - needed
    return bar + 1 - (over if align == 1 else over // align * align)


def _by_address(entry: Any) -> Any:
    """How to call the code at an address: where it takes a pointer it is given the
    number of a place in memory."""

    def build(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        want = [context.get_value_type(kind) for kind in entry.args]
        plain = [
            builder.inttoptr(value, kind) if isinstance(kind, ir.PointerType) else value
            for kind, value in zip(want, values[1:], strict=True)
        ]
        kind = ir.FunctionType(ir.VoidType(), [value.type for value in plain])
        builder.call(builder.inttoptr(values[0], kind.as_pointer()), plain)
        return context.get_dummy_value()

    return types.void(types.int64, *[types.int64] * len(entry.args)), build


@intrinsic  # type: ignore[untyped-decorator]
def _call_core(
    typing: Any, core: Any, opens: Any, highs: Any, lows: Any, closes: Any,
    volumes: Any, bars: Any, shared: Any, stride: Any, params: Any, n_params: Any,
    out: Any, outputs: Any,
) -> Any:  # fmt: skip
    """Call a card's core on bars that stand somewhere in memory."""
    return _by_address(compiled._ENTRY)


@intrinsic  # type: ignore[untyped-decorator]
def _call_step(
    typing: Any, step: Any, state: Any, cells: Any, opens: Any, highs: Any, lows: Any,
    closes: Any, volumes: Any, bars: Any, bar: Any, shared: Any, stride: Any,
    params: Any, n_params: Any, out: Any, outputs: Any,
) -> Any:  # fmt: skip
    """Call a card's step on a state and bars that stand somewhere in memory."""
    return _by_address(_ENTRY)
