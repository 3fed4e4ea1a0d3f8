"""The market on which everything is proved: seeded, small, and full of trouble.

Twelve shares and a fund over some 440 sessions: listings and an end in the middle, gaps
of two and of eight sessions, a split, one that nobody recorded and one that was none, a
flat stretch, a bad tick and bars that break a rule, prices and volumes that cross the
limits of a universe. Where the cuts of a proof stand, a ticker is warming up, another
has a gap, and a suspected split waits for the bars that tell.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np
import pandas as pd

from sigma_core.bars.grid import find_spans
from sigma_core.frames import BARS_COLUMNS, FIELDS, Axis, BarArrays, Floats, Times
from sigma_core.sessions import exchange

SEED = 20150105
START = date(2015, 1, 5)
SESSIONS = 440
FUND = "SPY"
TICKERS = (
    *("AAM", "BRO", "CLU", "DEX", "ELM", "FIG", "GNU", "HAY", "IVY", "JET", "KOI"),
    *("LUX", FUND),
)
#: five cuts in a row, then three spread ones, as shares of all sessions
CUTS = (0.75, 0.35, 0.55, 0.95)
IN_A_ROW = 5


@dataclass(frozen=True)
class Sample:
    """Raw bars `[ticker, session]` with the tables that go with them.

    `plain` leaves all trouble out: every ticker has a bar on every session.
    """

    sessions: int = SESSIONS
    plain: bool = False
    tickers: tuple[str, ...] = TICKERS
    cadence: str = "daily"

    @property
    def cuts(self) -> tuple[int, ...]:
        """How many sessions the prefix proof leaves: 5 in a row, 3 spread."""
        first, *spread = (int(share * self.sessions) for share in CUTS)
        return (*range(first, first + IN_A_ROW), *spread)

    @property
    def judged_cuts(self) -> tuple[int, ...]:
        """Those at which a suspected split waits, or has just been refuted."""
        return (self.cuts[0], self.cuts[2], self.cuts[4], self.cuts[-1])

    @property
    def middle(self) -> int:
        """The session from which on the later things happen."""
        return self.cuts[0]

    @cached_property
    def times(self) -> Times:
        """The sessions."""
        days = exchange().days
        first = int(np.searchsorted(days, np.datetime64(START)))
        return days[first : first + self.sessions]

    @cached_property
    def fields(self) -> dict[str, Floats]:
        """The five fields, NaN where there is no bar; prices as printed."""
        fields = walk(len(self.tickers), self.sessions)
        if not self.plain:
            _trouble(fields, self)
        return fields

    @property
    def actions(self) -> pd.DataFrame:
        """The one recorded split."""
        if self.plain:
            return _actions([])
        return _actions([(self.tickers[2], self.times[self.split], 2.0)])

    @property
    def split(self) -> int:
        """The session of the split."""
        return int(0.45 * self.sessions)

    @property
    def unrecorded(self) -> int:
        """The session of a split that nobody recorded: undecided at the last cut."""
        return self.cuts[-1] - 2

    @property
    def reference(self) -> pd.DataFrame:
        """Names, sectors, and that the fund is one."""
        count = len(self.tickers)
        never = pd.Series([pd.NaT] * count, dtype="datetime64[us]")
        sectors = ["Energy", "Industrials", "Utilities"]
        return pd.DataFrame(
            {
                "ticker": self.tickers,
                "name": [f"Sample {ticker}" for ticker in self.tickers],
                "sector": [sectors[at % 3] for at in range(count)],
                "asset": ["etf" if t == FUND else "eq" for t in self.tickers],
                "listed": never,
                "delisted": never,
            }
        ).astype({"ticker": "str", "name": "str", "sector": "str", "asset": "str"})

    @property
    def membership(self) -> pd.DataFrame:
        """Spells that begin and end in the middle; the fund is never a member."""
        half = self.times[self.sessions // 2]
        shares = [ticker for ticker in self.tickers if ticker != FUND]
        rows = [
            (ticker, self.times[0], half if at % 4 == 3 else np.datetime64("NaT"))
            for at, ticker in enumerate(shares)
            if at % 4 != 2
        ]
        rows += [(t, half, np.datetime64("NaT")) for t in shares[2::4]]
        table = pd.DataFrame(rows, columns=["ticker", "start", "end"])
        kinds = {"ticker": "str", "start": "datetime64[us]", "end": "datetime64[us]"}
        return table.astype(kinds)

    def rows(self, fields: dict[str, Floats] | None = None) -> pd.DataFrame:
        """Bars as an ingest takes them; of other fields than the sample's if given."""
        return as_rows(self.tickers, self.times, fields or self.fields)


def plain_bars(tickers: int, sessions: int) -> BarArrays:
    """Bars without a gap, made from nothing: for measurements."""
    fields = walk(tickers, sessions)
    days = exchange().days
    names = tuple(f"T{row:04}" for row in range(tickers))
    held = np.ones((tickers, sessions), np.bool_)
    return BarArrays(
        axis=Axis(names, days[:sessions]),
        open=fields["open"],
        high=fields["high"],
        low=fields["low"],
        close=fields["close"],
        volume=fields["volume"],
        spans=find_spans(held),
    )


def as_rows(
    tickers: tuple[str, ...], times: Times, fields: dict[str, Floats]
) -> pd.DataFrame:
    """Fields `[ticker, session]` as a table of bars, without the empty cells."""
    row, at = np.nonzero(~np.isnan(fields["close"]))
    names = np.array(tickers, dtype=object)
    moments = pd.to_datetime(times[at].astype("datetime64[us]"), utc=True)
    table = pd.DataFrame(
        {"ticker": names[row], "ts": moments}
        | {name: fields[name][row, at] for name in FIELDS}
    )
    return table.astype({"ticker": "str"})[list(BARS_COLUMNS)]


def split_action(ticker: str, day: np.datetime64) -> pd.DataFrame:
    """A recorded 2:1 split."""
    return _actions([(ticker, day, 2.0)])


def _actions(splits: list[tuple[str, np.datetime64, float]]) -> pd.DataFrame:
    table = pd.DataFrame(splits, columns=["ticker", "ex_date", "split_factor"])
    table["kind"] = "split"
    table["ex_date"] = table["ex_date"].astype("datetime64[us]")
    return table.astype({"ticker": "str", "kind": "str", "split_factor": "float64"})


def walk(tickers: int, sessions: int) -> dict[str, Floats]:
    """Consistent bars of seeded random walks with trends that come and go."""
    random = np.random.default_rng(SEED)
    size = (tickers, sessions)
    phase = np.arange(tickers)[:, None] + np.arange(sessions) / 40
    steps = random.normal(0.0004 + 0.004 * np.sin(phase), 0.014)
    start = np.linspace(18, 60, tickers)[:, None]
    close = start * np.exp(np.cumsum(steps, axis=1))
    open_ = close * np.exp(random.normal(0, 0.006, size))
    high = np.maximum(open_, close) * np.exp(np.abs(random.normal(0, 0.006, size)))
    low = np.minimum(open_, close) * np.exp(-np.abs(random.normal(0, 0.006, size)))
    volume = np.round(1.5e6 * np.exp(random.normal(0, 0.5, size)))
    return dict(zip(FIELDS, (open_, high, low, close, volume), strict=True))


def _trouble(fields: dict[str, Floats], sample: Sample) -> None:
    """What real markets do, at places where the cuts stand."""
    first, last = sample.cuts[0], sample.sessions
    row = {ticker: at for at, ticker in enumerate(sample.tickers)}
    for values in fields.values():
        values[row["DEX"], : first - 6] = np.nan  # listed, warming up at the cuts
        values[row["ELM"], : last // 4] = np.nan
        values[row["FIG"], int(0.85 * last) :] = np.nan  # its last bar
        values[row["GNU"], first - 3 : first - 1] = np.nan  # a gap that windows cross
        values[row["HAY"], first - 12 : first - 4] = np.nan  # one that they don't
        values[row["IVY"], ::29] = np.nan
    flat = slice(last // 2, last // 2 + 20)
    for name in ("open", "high", "low", "close"):
        fields[name][row["JET"], flat] = fields["close"][row["JET"], last // 2]
        fields[name][row["CLU"], sample.split :] /= 2
        fields[name][row["KOI"]] *= 5.2 / fields["close"][row["KOI"]].mean()
        fields[name][row["BRO"], last // 3] *= 1e9  # a bad tick
        fields[name][row["ELM"], sample.unrecorded :] /= 2
        fields[name][row["AAM"], first - 1 : first + 2] /= 2  # a suspect that returns
    fields["volume"][row["CLU"], sample.split :] *= 2
    fields["volume"][row["LUX"]] *= 0.34  # around the least that a universe takes
    fields["high"][row["AAM"], first - 2] = fields["low"][row["AAM"], first - 2] / 2
