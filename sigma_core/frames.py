"""The shapes that travel between the stages.

At the edges pandas, inside one float64 array per field, ticker-major:

- `Axis`: tickers × sessions, the frame every array of one dataset hangs on.
- `Wide`: one field on an axis, `[ticker, time]`, NaN where there is nothing.
- `BarArrays`: the five fields of bars on one axis, with the spans in which each
  ticker has bars; what the kernels read.
- `Benchmark`: the close that `market` indicators compare with, `[time]`.
- `Matrix`: feature columns over the last sessions of an axis.
- `BARS_COLUMNS`: the columns of a bars table at the edge (CSV, Parquet, Delta).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import pandas as pd

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]
Times = npt.NDArray[np.datetime64]
#: At the edge a table of bars: `ticker` text, `ts` UTC (a daily bar: its session's
#: midnight), the five fields float64.
Bars: TypeAlias = "pd.DataFrame"

FIELDS = ("open", "high", "low", "close", "volume")
#: What the exchange calendar says of each bar's time (`clock`).
CLOCK = (
    *("weekday", "month_day", "month_left", "expiry_left", "half_day"),
    *("minute", "minutes", "session"),
)
#: The benchmark's close, as an input of indicators.
MARKET = "market"
BARS_COLUMNS = ("ticker", "ts", *FIELDS)
#: A ticker that missed more than this many sessions in a row warms up again.
MAX_GAP = 5


@dataclass(frozen=True)
class Axis:
    """Tickers (sorted, unique) × times, ascending.

    Daily: sessions, `datetime64[D]`. Finer: the starts of bars, UTC `datetime64[us]`,
    of which a full session has `per_session`.
    """

    tickers: tuple[str, ...]
    times: Times
    per_session: int = 1

    @property
    def shape(self) -> tuple[int, int]:
        """(number of tickers, number of times)."""
        return len(self.tickers), len(self.times)

    @cached_property
    def _rows(self) -> dict[str, int]:
        return {ticker: row for row, ticker in enumerate(self.tickers)}

    def row(self, ticker: str) -> int:
        """Row of a ticker; KeyError if it is not on the axis."""
        return self._rows[ticker]

    def __contains__(self, ticker: object) -> bool:
        return ticker in self._rows

    def column(self, time: np.datetime64) -> int:
        """Column of a time; KeyError if it is not on the axis."""
        at = int(np.searchsorted(self.times, time))
        if at == len(self.times) or self.times[at] != time:
            raise KeyError(time)
        return at

    @property
    def max_gap(self) -> int:
        """Empty columns in a row after which a ticker warms up again."""
        return MAX_GAP * self.per_session

    @property
    def days(self) -> Times:
        """The session of each time, `datetime64[D]`."""
        return self.times.astype("datetime64[D]")

    def cut(self, window: slice) -> Axis:
        """The axis of some of its times."""
        return Axis(self.tickers, self.times[window], self.per_session)

    def until(self, columns: int) -> Axis:
        """The axis of the first `columns` times."""
        return self.cut(slice(columns))


@dataclass(frozen=True)
class Wide:
    """One field on an axis: `values[ticker, time]`, float64, NaN where nothing is."""

    axis: Axis
    values: Floats

    def __post_init__(self) -> None:
        if self.values.shape != self.axis.shape:
            raise ValueError(
                f"values have shape {self.values.shape}, the axis {self.axis.shape}"
            )


@dataclass(frozen=True)
class Spans:
    """Stretches of bars of one ticker with no gap longer than `Axis.max_gap`.

    Three equal-long arrays, sorted by (row, start): bars of ticker `row` in columns
    `start` (first bar) up to, not including, `stop`; `gaps` says whether any session
    in between has no bar. Indicators start anew with each span.
    """

    row: Ints
    start: Ints
    stop: Ints
    gaps: Bools


@dataclass(frozen=True)
class Benchmark:
    """What a market is measured by, on the times of its bars.

    `close[time]` is forward adjusted, NaN where it has no bar. `source`: `bars` if
    `name` is a ticker of the dataset, `index` if it is one of its index series.
    """

    name: str
    source: str
    close: Floats

    def sha_until(self, time: int) -> str:
        """The name of the closes up to a column, both ends counted."""
        closes = np.where(np.isnan(self.close), np.nan, self.close)[: time + 1]
        return hashlib.sha256(np.ascontiguousarray(closes).data).hexdigest()

    def named(self, time: int) -> dict[str, str]:
        """For a fingerprint: what it is, and the sha of its closes up to a column."""
        sha = self.sha_until(time)
        return {"name": self.name, "source": self.source, "sha": sha}


def still_open(blocked: Bools) -> Bools:
    """Of blocked cells `[ticker, time]` those of stretches that last to the end."""
    lasting: Bools = np.logical_and.accumulate(blocked[:, ::-1], axis=1)[:, ::-1]
    return lasting


@dataclass(frozen=True)
class BarArrays:
    """Bars of one dataset and cadence, as the engine reads them.

    A cell holds either all five fields or none: a bar with a missing or quarantined
    field is no bar. Prices are *forward* adjusted for splits (`raw × factor`, volume
    `raw / factor`, `factor` 1.0 at the first bar), so that a later split changes no
    earlier value; a price as of t is `value / factor[t]`. `factor` is None where no
    split is recorded: then these are the raw prices.
    `sha` names the content: equal shas, equal arrays.
    """

    axis: Axis
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats
    spans: Spans
    factor: Floats | None = None
    #: `[ticker, time]`: a data problem of the ticker waits for a decision, as its bars
    #: up to that time tell; it is in no universe then. None where nothing ever waited.
    blocked: Bools | None = None
    sha: str = ""
    #: `[time, 32]`: the sha256 of all bars up to each time (`bars.seals`)
    seals: npt.NDArray[np.uint8] | None = None
    #: what `market` reads; None where nothing that is computed reads it
    benchmark: Benchmark | None = None
    #: the exchange whose sessions the times are
    calendar: str = "XNYS"

    def sha_until(self, time: int) -> str:
        """The name of the bars up to a column, both ends counted: no later bar,
        listing or split changes it."""
        if self.seals is None:
            raise ValueError("these bars carry no seals")
        return bytes(self.seals[time]).hex()

    def blocked_at(self, columns: Ints) -> Bools:
        """Whether a data problem waits, `[ticker, column]`; before the axis nothing."""
        if self.blocked is None:
            return np.zeros((len(self.axis.tickers), len(columns)), np.bool_)
        waits: Bools = self.blocked[:, np.maximum(columns, 0)] & (columns >= 0)
        return waits

    @property
    def left_out(self) -> Bools | None:
        """`[ticker, time]`: the cells of blocks that are still open, whose bars are not
        here; None where no ticker was ever blocked."""
        return None if self.blocked is None else still_open(self.blocked)

    def field(self, name: str) -> Floats:
        """One of the five fields by name."""
        values: Floats = getattr(self, name)
        return values

    def raw(self, name: str) -> Floats:
        """A field as it was printed on the day, before any split."""
        values = self.field(name)
        if self.factor is None:
            return values
        return values * self.factor if name == "volume" else values / self.factor


@dataclass(frozen=True)
class Matrix:
    """Feature columns of one indicator set over `axis` (all tickers, last sessions).

    `columns[name]` is `[ticker, time]`, forward adjusted, float64 as it is computed and
    float32 as it is stored; `degree[name]` is
    +1 for a price, −1 for a share volume, 0 for a pure number, so that the value as
    of t is `column / factor**degree`. The five bar fields are among the columns.
    `members` says who is in the universe on each session of the axis.
    """

    axis: Axis
    columns: Mapping[str, Floats]
    degree: Mapping[str, int]
    members: Bools
    factor: Floats | None = None
    sha: str = ""

    def as_of(self, name: str, time: int = -1) -> Floats:
        """One column on one session, `[ticker]`, in that session's own units."""
        values = self.columns[name][:, time]
        if self.factor is None or self.degree[name] == 0:
            return values
        scaled: Floats = values / self.factor[:, time] ** self.degree[name]
        return scaled
