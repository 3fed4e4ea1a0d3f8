"""Bars for pictures, read from a dataset's array store with numpy alone.

The array store (see `sigma_core.bars.arrays`) is one folder a build: `meta.json`, one
`.npy` per field `[ticker, time]`, forward adjusted. A page reads the newest build as it
lies there and never makes one: the table behind it needs libraries that a web process
shall not load. No build, or one that is just being replaced, reads as "no bars".
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, date
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from django.conf import settings

from sigma_core.errors import UnknownName
from sigma_core.paths import safe_join
from signals.queries.lists import At
from signals.svg import Candle

CANDLES = 90
#: findings of one rule that a page shows
EXAMPLES = 5

Floats = npt.NDArray[np.float64]


def datasets_root() -> Path:
    """Where all datasets lie."""
    return Path(settings.SIGMA_HOME) / "datasets"


def dataset_names() -> list[str]:
    """Names of the datasets, sorted."""
    root = datasets_root()
    if not root.is_dir():
        return []
    return sorted(
        path.name
        for path in root.iterdir()
        if path.is_dir() and not path.name.startswith(".")
    )


def require_dataset(name: str) -> None:
    """UnknownName, with a did-you-mean, unless there is such a dataset."""
    known = dataset_names()
    if name not in known:
        raise UnknownName("dataset", name, known)


def is_marked_synthetic(dataset: str) -> bool:
    """Whether the dataset says that its bars were made up."""
    return (datasets_root() / dataset / "SYNTHETIC").exists()


@dataclass(frozen=True)
class Build:
    """One build of arrays, mapped when a field is asked for."""

    folder: Path
    meta: dict[str, Any]

    @cached_property
    def tickers(self) -> list[str]:
        """The rows, sorted."""
        return list(self.meta["tickers"])

    @cached_property
    def times(self) -> npt.NDArray[np.datetime64]:
        """The columns, ascending."""
        return np.asarray(np.load(self.folder / "times.npy", allow_pickle=False))

    def field(self, name: str) -> Floats:
        """One field, memory-mapped."""
        path = self.folder / f"{name}.npy"
        return np.asarray(np.load(path, mmap_mode="r", allow_pickle=False))

    @cached_property
    def factor(self) -> Floats | None:
        """Forward split factors, None where no split is recorded."""
        return self.field("factor") if "factor" in self.meta["shas"] else None

    def seal(self, session: date) -> str | None:
        """The name of all daily bars up to a session; None where it is not held."""
        column = int(np.searchsorted(self.times, np.datetime64(session)))
        if column == len(self.times) or _day(self.times[column]) != session:
            return None
        seals = np.load(self.folder / "seals.npy", mmap_mode="r", allow_pickle=False)
        return bytes(seals[column]).hex()

    @cached_property
    def held(self) -> npt.NDArray[np.bool_]:
        """Which cells hold a bar, `[ticker, time]`."""
        return ~np.isnan(self.field("close"))

    @cached_property
    def bars(self) -> int:
        """How many bars it holds."""
        return int(self.held.sum())

    @property
    def first(self) -> date:
        """The day of the first bar."""
        return _day(self.times[0])

    @property
    def last(self) -> date:
        """The day of the last bar."""
        return _day(self.times[-1])


def _stop(times: npt.NDArray[np.datetime64], at: At) -> int:
    """How many bars there were up to a list's: those that began before it closed."""
    if not at.intraday:
        return int(np.searchsorted(times, np.datetime64(at.session), side="right"))
    closed = np.datetime64(at.ts.astimezone(UTC).replace(tzinfo=None), "us")
    return int(np.searchsorted(times, closed, side="left"))


def _day(time: np.datetime64) -> date:
    day: date = time.astype("datetime64[D]").item()
    return day


def newest_build(dataset: str, cadence: str = "daily") -> Build | None:
    """The build made last of all that is known; None if there is none."""
    folder = safe_join(datasets_root(), dataset, "arrays", cadence)
    if not folder.is_dir():
        return None
    builds = [path for path in folder.iterdir() if (path / "meta.json").is_file()]
    builds.sort(key=lambda path: path.stat().st_mtime_ns, reverse=True)
    for path in builds:
        meta = json.loads((path / "meta.json").read_bytes())
        if not path.name.startswith(".") and not meta["origin"].get("known_by"):
            return Build(path, meta)
    return None


def candles(
    dataset: str, ticker: str, at: At, cadence: str = "daily", *, most: int = CANDLES
) -> list[Candle]:
    """The ticker's last bars up to that of a list, in that session's own units."""
    build = newest_build(dataset, cadence)
    if build is None or ticker not in build.tickers:
        return []
    row = build.tickers.index(ticker)
    stop = _stop(build.times, at)
    own = np.flatnonzero(build.held[row, :stop])[-most:]
    if not len(own):
        return []
    factor = 1.0 if build.factor is None else float(build.factor[row, own[-1]])
    prices = [build.field(name)[row, own] / factor for name in ("open", "high", "low")]
    closes = build.field("close")[row, own] / factor
    volume = build.field("volume")[row, own] * factor
    days = build.times[own].tolist()
    columns = [column.tolist() for column in (*prices, closes, volume)]
    return [Candle(*values) for values in zip(days, *columns, strict=True)]


@dataclass(frozen=True)
class Coverage:
    """Share of the sessions with a bar, by ticker and month; NaN outside its life."""

    tickers: list[str]
    months: list[date]
    share: Floats
    #: of all tickers together, by month
    total: list[float]
    #: tickers with a bar, by month
    counts: list[int]

    @property
    def by_month(self) -> list[tuple[date, int, float]]:
        """(month, tickers, share) for the strip."""
        return list(zip(self.months, self.counts, self.total, strict=True))


def coverage(build: Build) -> Coverage:
    """Bars ÷ sessions between each ticker's first and last bar, by month."""
    held = build.held
    alive = np.logical_or.accumulate(held, axis=1)
    alive &= np.logical_or.accumulate(held[:, ::-1], axis=1)[:, ::-1]
    months = build.times.astype("datetime64[M]")
    starts = np.flatnonzero(np.r_[True, months[1:] != months[:-1]])
    bars = np.add.reduceat(held, starts, axis=1, dtype=np.int64)
    expected = np.add.reduceat(alive, starts, axis=1, dtype=np.int64)
    with np.errstate(invalid="ignore"):  # 0 ÷ 0 outside a ticker's life is NaN
        share = bars / expected
    total = bars.sum(axis=0) / np.maximum(expected.sum(axis=0), 1)
    return Coverage(
        build.tickers,
        months[starts].astype("datetime64[D]").tolist(),
        share,
        total.tolist(),
        (bars > 0).sum(axis=0).tolist(),
    )


@dataclass
class Fault:
    """What one quality rule found: how often, and the first places."""

    rule: str
    action: str
    found: int = 0
    tickers: int = 0
    examples: list[dict[str, str]] = field(default_factory=list)


def faults(build: Build) -> list[Fault]:
    """Findings stored with a build, by rule and action."""
    # here, not above: a page without findings to show needs no Arrow
    import pyarrow.parquet as parquet

    path = build.folder / "marks.parquet"
    if not path.is_file():
        return []
    table = parquet.read_table(
        path, columns=["ticker", "ts", "rule", "action", "message"]
    )
    columns = {name: table[name].to_pylist() for name in table.column_names}
    found: dict[tuple[str, str], Fault] = {}
    tickers: Counter[tuple[str, str, str]] = Counter()
    for at, (rule, action) in enumerate(
        zip(columns["rule"], columns["action"], strict=True)
    ):
        fault = found.setdefault((rule, action), Fault(rule, action))
        fault.found += 1
        tickers[rule, action, columns["ticker"][at]] += 1
        if len(fault.examples) < EXAMPLES:
            fault.examples.append(
                {
                    "ticker": columns["ticker"][at],
                    "day": str(columns["ts"][at])[:10],
                    "message": columns["message"][at],
                }
            )
    for rule, action, _ in tickers:
        found[rule, action].tickers += 1
    return sorted(found.values(), key=lambda fault: (fault.rule, fault.action))
