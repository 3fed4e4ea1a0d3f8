"""Run indicators over all tickers: compile or load the cores, cut blocks, use threads.

1. `use_cache(folder)`  where compiled code is kept; call it once, before anything else
2. `warm(progress)`     compile all there is, so that no user waits for a compiler
3. `compute(...)`       values of some calls on the last sessions of an axis

numba comes in with the first `warm` or `compute`, not with this module.
"""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Callable, Collection, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from itertools import chain
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
import numpy.typing as npt

from sigma_core.clock import clock
from sigma_core.frames import CLOCK, FIELDS, MARKET, BarArrays, Floats, Ints, Times
from sigma_core.indicators.registry import SHARED, Call, cards

BLOCK = 100  # tickers handed to a thread at once
_SMALL = 200_000  # cells × calls below which a second thread costs more than it brings
_LOCK = Lock()
# Compiled code belongs to the process, not to a call: the one setting kept here.
_FOLDERS: list[Path] = []


def use_cache(folder: Path) -> Path:
    """Keep compiled code below `folder`; returns the subfolder in use.

    Its name is a hash of the sources of this package and the versions of Python, numba
    and llvmlite, and each file's name one of its indicator's sources: code compiled
    from anything else is never found. The folder, as it holds code, is made for its
    owner alone.
    """
    chosen = folder / sources_sha()[:16]
    chosen.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _LOCK:
        _FOLDERS[:] = [chosen]
    return chosen


def cache() -> Path | None:
    """The folder that was given to `use_cache`; None before that."""
    return _FOLDERS[0].parent if _FOLDERS else None


def warm(
    progress: Callable[[float, str], None] | None = None,
    *,
    names: Collection[str] | None = None,
) -> int:
    """Compile, or load from the cache, every indicator with its step, or only the
    cores of these names: what a scan needs. Returns how many indicators there are."""
    # numba: only where it is used
    from sigma_core.indicators import compiled, compiled_steps

    everything = [c for c in cards().values() if names is None or c.name in names]
    rest = everything if names is None else []
    count = len(everything) + len(rest)
    for done, card in enumerate([*everything, *rest]):
        step = done >= len(everything)
        if progress:
            progress(done / count, f"{'step of' if step else 'indicator'} {card.name}")
        if step:
            compiled_steps.ready(card.name, _folder())
        else:
            compiled.address(card, _folder())
    compiled.driver(_folder())
    if names is None:  # what builds and states need besides
        compiled.driver(_folder(), "float32")
        compiled_steps.driver(_folder())
    if progress:
        progress(1.0, f"{len(everything)} indicators ready")
    return len(everything)


def compute(
    bars: BarArrays,
    calls: Sequence[Call],
    *,
    first: int,
    last: int,
    threads: int = 2,
    rows: range | None = None,
    out: npt.NDArray[Any] | None = None,
) -> Floats:
    """Values `[column, ticker, session]` on the sessions `first` to `last`, inclusive.

    Columns stand in the order of the calls and of their outputs. Each ticker is
    computed from the first bar of its span, over its own bars; NaN where it has no
    bar or is still warming up. The same bits come out whatever `first` and `threads`.
    `rows` (None: all) says which tickers to do; `out` is filled where it is given, and
    may be float32: then it holds the float64 values, rounded.
    A card with `across` gives each ticker's part: `cross_section.over_members` puts
    them together. Where an input `market` has no benchmark, there is no value.
    """
    from sigma_core.indicators import compiled  # numba: only where it is used

    tickers, sessions = bars.axis.shape
    if not 0 <= first <= last < sessions:
        raise ValueError(f"sessions {first}..{last} of {sessions} are not there")
    if out is None:
        out = empty(bars, calls, first=first, last=last)
    if not calls:
        return out
    groups, columns = _together(calls)
    outputs = [sum(len(one.columns) for one in group) for group in groups]
    cores = [compiled.address(group[0].card, _folder()) for group in groups]
    drive = compiled.driver(_folder(), str(out.dtype))
    spans = bars.spans
    before: list[Any] = [_contiguous(bars.field(name)) for name in FIELDS]
    before += [around_bars(bars, calls, slice(last + 1))]
    before += [np.asarray(a) for a in (spans.row, spans.start, spans.stop, spans.gaps)]
    after: list[Any] = [
        first,
        last + 1,
        np.array(cores, np.int64),
        np.array(outputs, np.int64),
        columns,
        _params(groups),
        out,
    ]

    wanted = range(tickers) if rows is None else rows

    def block(row: int) -> None:
        drive(*before, row, min(row + BLOCK, wanted.stop), *after)

    small = len(wanted) * (last + 1) * len(calls) < _SMALL
    starts = range(wanted.start, wanted.stop, BLOCK)
    _each(block, starts, 1 if small else threads)
    return out


def empty(
    bars: BarArrays,
    calls: Sequence[Call],
    *,
    first: int,
    last: int,
    dtype: npt.DTypeLike = np.float64,
) -> npt.NDArray[Any]:
    """Room for the values of some calls."""
    columns = sum(len(call.columns) for call in calls)
    return np.empty((columns, len(bars.axis.tickers), last - first + 1), dtype)


def around(
    calls: Sequence[Call], times: Times, *, market: Floats | None, calendar: str
) -> Floats:
    """`[SHARED, time]` of what the calls read besides their own bars; no row if none
    reads any. `market`: the benchmark's closes on these times, None where it has none.
    """
    read = {name for call in calls for name in call.card.shared}
    if not read:
        return np.empty((0, len(times)))
    found = np.full((len(SHARED), len(times)), np.nan)
    if MARKET in read and market is not None:
        found[SHARED.index(MARKET)] = market
    if read & set(CLOCK):
        found[-len(CLOCK) :] = clock(times, calendar)
    return found


def around_bars(bars: BarArrays, calls: Sequence[Call], window: slice) -> Floats:
    """The same on some times of stored bars."""
    compared = bars.benchmark
    market = None if compared is None else compared.close[window]
    times = bars.axis.times[window]
    return around(calls, times, market=market, calendar=bars.calendar)


def folder() -> Path | None:
    """The folder in use for compiled code; None where it is kept nowhere."""
    return _folder()


def _each(block: Callable[[int], None], rows: Iterable[int], threads: int) -> None:
    """All blocks, side by side; an error in one comes out here."""
    if threads <= 1:
        for row in rows:
            block(row)
        return
    with ThreadPoolExecutor(threads, thread_name_prefix="kernels") as pool:
        list(pool.map(block, rows))


def _together(calls: Sequence[Call]) -> tuple[list[list[Call]], Ints]:
    """The calls that run at once, and the column of each of their outputs, in turn."""
    groups: dict[str | int, list[Call]] = {}
    columns: dict[str | int, list[int]] = {}
    column = 0
    for at, call in enumerate(calls):
        key = call.card.name if call.card.several else at
        groups.setdefault(key, []).append(call)
        own = range(column, column + len(call.columns))
        columns.setdefault(key, []).extend(own)
        column = own.stop
    return list(groups.values()), np.array([*chain(*columns.values())], np.int64)


def _params(groups: Sequence[Sequence[Call]]) -> Floats:
    """Parameters, one row for calls that run at once, padded with NaN."""
    rows = [[value for call in group for value in call.values] for group in groups]
    most = max(map(len, rows), default=0)
    padded = [[*row, *[np.nan] * (most - len(row))] for row in rows]
    return np.array(padded, np.float64).reshape(len(groups), most)


def _contiguous(values: Floats) -> Floats:
    """As the kernels read them; memory-mapped arrays pass as they are."""
    plain: Floats = np.ascontiguousarray(values, np.float64).view(np.ndarray)
    return plain


def _folder() -> Path | None:
    return _FOLDERS[0] if _FOLDERS else None


def sources_sha() -> str:
    """Hash of all that compiled code depends on."""
    sha = hashlib.sha256()
    versions: list[Any] = [platform.python_version(), platform.machine()]
    versions += [version("numba"), version("llvmlite"), version("numpy")]
    sha.update(repr(versions).encode())
    here = Path(__file__).parent
    for path in sorted(here.rglob("*.py")):
        sha.update(path.relative_to(here).as_posix().encode())
        sha.update(hashlib.sha256(path.read_bytes()).digest())
    return sha.hexdigest()
