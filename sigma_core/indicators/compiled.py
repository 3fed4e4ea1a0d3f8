"""Cores as machine code: the only file that imports numba; import it where it is used.

`_drive` is the one loop over tickers. For each ticker of a block it walks the spans of
bars, hands a span without gaps on as it lies in memory, gathers one with gaps, calls
*every* core of the set on it (so the bars are read once and stay in the cache), and
writes the last sessions. Cores are called by address, so that one compiled `_drive`
serves every set and each core is compiled, and cached, by itself.

Serial and without the GIL: threads run blocks side by side, nothing is split inside a
sum, and no OpenMP pool is there to kill a forked child.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from threading import Lock
from types import FunctionType
from typing import Any

import numpy as np
from llvmlite import ir
from numba import carray, cfunc, njit, types
from numba.core import config
from numba.extending import intrinsic

from sigma_core.frames import Bools, Floats, Ints
from sigma_core.indicators.called import functions_read, reached
from sigma_core.indicators.placing import (
    clear,
    gather,
    gather_shared,
    paste,
    scatter,
)
from sigma_core.indicators.registry import SHARED, Card, InMarket, OneTicker

#: x/0 is inf or NaN, as in numpy, and no exception
_OPTIONS: dict[str, Any] = {"error_model": "numpy"}
#: what is called becomes part of the caller; no references are counted
_ONE_PIECE = {"forceinline": True, "_nrt": False}
_POINTER = types.CPointer(types.float64)
#: open … volume, number of bars, what all tickers share, the length of its rows,
#: parameters, how many, outputs, how many
_ENTRY = types.void(*[_POINTER] * 5, types.intp, *[_POINTER, types.intp] * 3)
#: rows of what all tickers share
_ROWS = len(SHARED)
# `readonly` also takes a writable array; without it a memory-mapped one is refused.
_BARS = types.Array(types.float64, 2, "C", readonly=True)
_INTS = types.Array(types.int64, 1, "C", readonly=True)
_DRIVE = (
    *[_BARS] * 5,
    _BARS,
    *[_INTS] * 3,
    types.Array(types.boolean, 1, "C", readonly=True),
    *[types.int64] * 4,
    *[_INTS] * 3,
    _BARS,
)  # and the values, as one of:
_OUT = {"float64": types.float64, "float32": types.float32}
_LOCK = Lock()
_COMPILED: dict[str, Any] = {}  # numba's objects, kept so that the code stays alive
_JITTED: dict[Any, Any] = {}  # a helper of many cores is compiled once


def address(card: Card, folder: Path | None) -> int:
    """Where the machine code of a card's core begins; compiled or loaded once.

    With a `folder` the code is kept there for other processes.
    """
    with _LOCK, _cached_in(folder):
        if card.name not in _COMPILED:
            # numba's cache goes by this name; it looks at no file but this one.
            name = f"entry_{card.name}_{_source_sha(card.core)[:16]}"
            plain = _entry_in_market if card.shared else _entry
            entry = _copy(plain, {"_core": _jitted(card.core)}, name)
            compiled = cfunc(
                _ENTRY, cache=folder is not None, nopython=True, **_OPTIONS
            )(entry)
            _COMPILED[card.name] = compiled
        return int(_COMPILED[card.name].address)


def driver(folder: Path | None, dtype: str = "float64") -> Callable[..., None]:
    """`_drive` as machine code that runs without the GIL, for values of one type."""
    name = f"_drive {dtype}"  # no card has a space in its name
    with _LOCK, _cached_in(folder):
        if name not in _COMPILED:
            loop = _copy(_drive, _called(_drive), name.replace(" ", "_"))
            entry = types.void(*_DRIVE, types.Array(_OUT[dtype], 3, "C"))
            make = njit(entry, cache=folder is not None, nogil=True, **_OPTIONS)
            _COMPILED[name] = make(loop)
        found: Callable[..., None] = _COMPILED[name]
        return found


def machine_code(
    function: Callable[..., Any], signature: Any, folder: Path | None
) -> Callable[..., Any]:
    """A plain function, and the plain ones it calls, as machine code without the GIL.

    Compiled, or loaded from `folder`, at the first call; `signature` is numba's.
    """
    return _machine_code(function, signature, folder, "", {})


def in_one_piece(
    function: Callable[..., Any], signature: Any, folder: Path | None
) -> Callable[..., Any]:
    """The same for functions that neither make arrays nor hand them back.

    No references are counted, and what a function calls is laid into it: handing on a
    tuple of arrays to a function apart costs more than most of them do.
    """
    return _machine_code(function, signature, folder, "_in_one_piece", _ONE_PIECE)


def _machine_code(
    function: Callable[..., Any], signature: Any, folder: Path | None,
    kind: str, options: Mapping[str, bool],
) -> Callable[..., Any]:  # fmt: skip
    with _LOCK, _cached_in(folder):
        # numba's cache goes by this name; it looks at no file but the function's.
        name = f"{function.__name__}{kind}_{_source_sha(function)[:16]}"
        if name not in _COMPILED:
            options = {**_OPTIONS, **options}
            make = njit(signature, cache=folder is not None, nogil=True, **options)
            _COMPILED[name] = make(_copy(function, _called(function, options), name))
        found: Callable[..., Any] = _COMPILED[name]
        return found


def hits() -> int:
    """How many of the compiled things came from the cache."""
    loaded = 0
    for found in _COMPILED.values():
        counts = found.stats.cache_hits if hasattr(found, "stats") else found.cache_hits
        loaded += counts if isinstance(counts, int) else sum(counts.values())
    return loaded


def _entry(
    opens: Any, highs: Any, lows: Any, closes: Any, volumes: Any, bars: int,
    shared: Any, stride: int, params: Any, n_params: int, out: Any, outputs: int,
) -> None:  # fmt: skip
    """A core behind plain pointers. Each card's copy is compiled under its own name."""
    _core(
        OneTicker(
            carray(opens, bars),
            carray(highs, bars),
            carray(lows, bars),
            carray(closes, bars),
            carray(volumes, bars),
        ),
        carray(params, n_params),
        carray(out, (outputs, bars)),
    )


def _entry_in_market(
    opens: Any, highs: Any, lows: Any, closes: Any, volumes: Any, bars: int,
    shared: Any, stride: int, params: Any, n_params: int, out: Any, outputs: int,
) -> None:  # fmt: skip
    """The same for a core that reads what all tickers share."""
    rows = carray(shared, (_ROWS, stride))
    _core(
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
        carray(params, n_params),
        carray(out, (outputs, bars)),
    )


def _core(bars: Any, p: Floats, out: Floats) -> None:
    """Holds the place of the real core, which each copy of `_entry` calls instead."""
    raise NotImplementedError


def _drive(
    opens: Floats, highs: Floats, lows: Floats, closes: Floats, volumes: Floats,
    shared: Floats, rows: Ints, starts: Ints, stops: Ints, gaps: Bools,
    first_row: int, stop_row: int, first: int, stop: int,
    cores: Ints, outputs: Ints, columns: Ints, params: Floats, out: Floats,
) -> None:  # fmt: skip
    """Fill `out[column, ticker, first .. stop-1]` for the tickers of one block; every
    value is computed in float64 and rounded where `out` is of fewer digits.

    A span is computed from its first bar whatever `first` is: the last column of a
    long build and a build of that column alone agree to the last bit.
    """
    values = np.empty(outputs.max() * stop)
    own = np.empty((5, stop))
    own_shared = np.empty((len(shared), stop))
    places = np.empty(stop, np.int64)
    s = np.searchsorted(rows, first_row)
    for row in range(first_row, stop_row):
        done = first
        while s < len(rows) and rows[s] == row:
            start, end = starts[s], min(stops[s], stop)
            begin = max(start, first)
            if begin < end:
                clear(out, row, done - first, begin - first)
                done = end
                o, h, l = opens[row, start:], highs[row, start:], lows[row, start:]  # noqa: E741
                c, v, bars = closes[row, start:], volumes[row, start:], end - start
                if gaps[s]:
                    clear(out, row, begin - first, end - first)
                    bars = gather(o, h, l, c, v, bars, own, places)
                    gather_shared(shared[:, start:], places, bars, own_shared)
                    _run(
                        own[0], own[1], own[2], own[3], own[4], bars, own_shared,
                        cores, outputs, columns, params, values,
                        places, start - first, begin - start, out, row,
                    )  # fmt: skip
                else:
                    _run(
                        o, h, l, c, v, bars, shared[:, start:],
                        cores, outputs, columns, params, values,
                        places[:0], start - first, begin - start, out, row,
                    )  # fmt: skip
            s += 1
        clear(out, row, done - first, stop - first)


def _run(
    o: Floats, h: Floats, l: Floats, c: Floats, v: Floats, bars: int,  # noqa: E741
    shared: Floats, cores: Ints, outputs: Ints, columns: Ints, params: Floats,
    values: Floats, places: Ints, shift: int, skip: int, out: Floats, row: int,
) -> None:  # fmt: skip
    """All cores on one span that starts at `shift`, `skip` bars before the window.

    `places` says where gathered bars were; it is empty for a span without gaps.
    """
    done = 0
    # A view of some columns keeps the rows of the whole: so far apart they begin.
    stride = shared.strides[0] // shared.itemsize
    for k in range(len(cores)):
        _call(
            cores[k], o, h, l, c, v, bars, shared, stride,
            params[k], params.shape[1], values, outputs[k],
        )  # fmt: skip
        for output in range(outputs[k]):
            given, to = values[output * bars :], columns[done + output]
            if len(places):
                scatter(given, bars, places, shift, out[to : to + 1], row)
            else:
                paste(given, bars, skip, out[to : to + 1], row, shift + skip)
        done += outputs[k]


@intrinsic  # type: ignore[untyped-decorator]
def _call(
    typing: Any, core: Any, opens: Any, highs: Any, lows: Any, closes: Any,
    volumes: Any, bars: Any, shared: Any, stride: Any, params: Any, n_params: Any,
    out: Any, outputs: Any,
) -> Any:  # fmt: skip
    """Call the entry at an address: an array goes as the pointer to its first cell."""
    bars_given = (opens, highs, lows, closes, volumes, bars, shared, stride)
    given = (*bars_given, params, n_params, out, outputs)

    def build(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        plain = [
            context.make_array(kind)(context, builder, value).data
            if isinstance(kind, types.Array)
            else value
            for kind, value in zip(signature.args[1:], values[1:], strict=True)
        ]
        entry = ir.FunctionType(ir.VoidType(), [value.type for value in plain])
        builder.call(builder.inttoptr(values[0], entry.as_pointer()), plain)
        return context.get_dummy_value()

    return types.void(core, *given), build


def _jitted(function: Any, options: Mapping[str, Any] = _OPTIONS) -> Any:
    """A plain function, and the plain ones it calls, ready for machine code.

    A copy is compiled; the function itself stays plain Python.
    """
    key = (function, *sorted(options))
    if key not in _JITTED:
        called = _called(function, options)
        copy = _copy(function, called, function.__qualname__)
        _JITTED[key] = njit(nogil=True, **options)(copy)
    return _JITTED[key]


@cache
def _source_sha(function: Any) -> str:
    """Hash of the files that hold a function and the plain ones it calls.

    Told once: reading what a function calls takes longer than a decision, which asks
    for its code each time.
    """
    sha = hashlib.sha256()
    for path in sorted(_files(function)):
        sha.update(Path(path).read_bytes())
    return sha.hexdigest()


def _files(function: Any) -> set[str]:
    return {one.__code__.co_filename for one in reached(function)}


def _called(function: Any, options: Mapping[str, Any] = _OPTIONS) -> dict[str, Any]:
    read = functions_read(function)
    return {name: _jitted(one, options) for name, one in read.items()}


def _copy(function: Any, replaced: dict[str, Any], name: str) -> FunctionType:
    """The function under another name, with some of its globals replaced."""
    own = {**function.__globals__, **replaced}
    copy = FunctionType(function.__code__, own, name)
    copy.__module__, copy.__qualname__ = function.__module__, name
    return copy


@contextmanager
def _cached_in(folder: Path | None) -> Iterator[None]:
    """numba reads its cache folder from one global: ours only while we compile."""
    before = config.CACHE_DIR
    if folder is not None:
        config.CACHE_DIR = str(folder)
    try:
        yield
    finally:
        config.CACHE_DIR = before
