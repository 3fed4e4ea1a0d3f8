"""What goes into a decision and what comes out, one row a ticker of the axis."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Self

import numpy as np
import numpy.typing as npt

from sigma_core.frames import Bools, Floats, Ints, Times
from sigma_core.specs.policies import Policy

Codes = npt.NDArray[np.int16]


class Reason(IntEnum):
    """Why a row is not bought, an order not filled, or a position sold. Stable numbers:
    a new reason is added at the end. The last four are those of the fills."""

    NONE = 0
    NOT_ELIGIBLE = 1
    MIN_SCORE = 2
    BELOW_TOP_N = 3
    SECTOR_CAP = 4
    HELD = 5
    DATA_MISSING = 6
    DRAWDOWN_HALT = 7
    MOMENTUM_GATE = 8
    COOLDOWN = 9
    NO_SLOT = 10
    MAX_TRADES = 11
    TOO_SMALL = 12
    EXPOSURE = 13
    CASH = 14
    HOLD_OVER = 15
    TIME_STOP = 16
    MIN_RR = 17
    PARTICIPATION = 18
    STOP = 19
    TARGET = 20
    DELISTED = 21
    NO_OPEN = 22


#: The stable code of each reason; `NOT_ELIGIBLE` is told apart by `Scores.why_not`.
REASONS = (
    "",
    "not_eligible",
    "policy.min_score",
    "rank.below_top_n",
    "policy.sector_cap",
    "policy.held",
    "data.missing",
    "policy.drawdown_halt",
    "policy.momentum_gate",
    "policy.cooldown",
    "policy.no_slot",
    "policy.max_trades",
    "policy.too_small",
    "policy.exposure",
    "policy.cash",
    "policy.hold",
    "policy.time_stop",
    "policy.min_rr",
    "policy.participation",
    "fill.stop",
    "fill.target",
    "fill.delisted",
    "fill.no_open",
)


@dataclass(frozen=True)
class Candidates:
    """One session's rows, one a ticker of the axis (sorted A to Z).

    `session` is the ordinal of the exchange day, `score` 0..100 or NaN, `close` the raw
    price. `sector` are ids, None or -1 for "its own"; `momentum` is the policy's
    `momentum_column`, None if the matrix has no such column. `most_shares` is the most
    that an entry may buy, None for no such limit; without `whole_shares` an entry may
    buy a fraction.
    """

    session: int
    score: Floats
    eligible: Bools
    close: Floats
    sector: Ints | None = None
    momentum: Floats | None = None
    most_shares: Floats | None = None
    whole_shares: bool = True


@dataclass(frozen=True)
class PolicyState:
    """The book and the policy's memory, rows as in `Candidates`.

    `entered` is the session of the fill, `weight` the share of equity at entry, `value`
    the dollars a position is worth now. `last_entry` is the decision time of a ticker's
    last tradeable entry (NaT: never). `halted_at` is the session at whose close the
    halt began, -1 if there is none.
    """

    held: Bools
    entered: Ints
    weight: Floats
    value: Floats
    last_entry: Times
    equity: float
    cash: float
    peak: float
    halted_at: int = -1
    session: int = -1
    entries_today: int = 0

    @classmethod
    def fresh(cls, tickers: int, policy: Policy) -> Self:
        """An empty book with the policy's capital."""
        capital = float(policy.rules.risk.capital)
        return cls(
            held=np.zeros(tickers, bool),
            entered=np.zeros(tickers, np.int64),
            weight=np.zeros(tickers),
            value=np.zeros(tickers),
            last_entry=np.full(tickers, np.datetime64("NaT", "m")),
            equity=capital,
            cash=capital,
            peak=capital,
        )

    def marked(self, *, equity: float, cash: float, value: Floats) -> Self:
        """The book valued at the close of a session."""
        return replace(self, equity=equity, cash=cash, value=value)

    def filled(
        self, *, bought: Bools, sold: Bools, weight: Floats, session: int
    ) -> Self:
        """The book after the fills of a session; `weight` is that of the decision."""
        return replace(
            self,
            held=(self.held & ~sold) | bought,
            entered=np.where(bought, session, self.entered),
            weight=np.where(bought, weight, np.where(sold, 0.0, self.weight)),
        )

    def resumed(self) -> Self:
        """A halt ended by hand: a new peak from the equity there is."""
        return replace(self, halted_at=-1, peak=self.equity)


@dataclass(frozen=True)
class Decisions:
    """What was decided of every row.

    `selected`: a signal, with `weight`; `tradeable`: an entry of `shares` at the next
    fill; `rank` counts from 1 over the eligible, 0 for the others. `reason`, `value`
    and `limit` say why a row is not bought, `sell` and `sell_reason` what leaves.
    """

    rank: Ints
    selected: Bools
    tradeable: Bools
    weight: Floats
    shares: Floats
    reason: Codes
    value: Floats
    limit: Floats
    sell: Bools
    sell_reason: Codes
    halted: bool
