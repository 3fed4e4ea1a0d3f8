"""`backtest`: prices, signals and a policy → everything that would have happened.

`Course` is what many backtests have in common, the cells of a sweep: prices, policy and
terms as the loop reads them. One course may run in several threads.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from sigma_core.backtest.fills import (
    DAILY_COLUMNS,
    FILL_COLUMNS,
    ORDER_COLUMNS,
    TRADE_COLUMNS,
    Charges,
    Desk,
    Holdings,
    Journal,
    Tape,
)
from sigma_core.backtest.inputs import Prices, Signals, Terms, groups, most_shares
from sigma_core.backtest.loop import Calls, Refused
from sigma_core.backtest.ranks import Ranked, ranked_of
from sigma_core.backtest.results import Backtest
from sigma_core.errors import BadInput, Problem
from sigma_core.frames import Floats, Ints
from sigma_core.policy.arrays import blank, empty_book, own, rules_of
from sigma_core.policy.core import Rules
from sigma_core.specs.policies import Policy

#: Lines that the journal's tables begin with; they grow where a run needs more.
_LINES = 32_768


def backtest(
    prices: Prices,
    signals: Signals,
    policy: Policy,
    *,
    terms: Terms | None = None,
    keep_refusals: bool = True,
) -> Backtest:
    """A policy over a model's signals, from its capital on the first session.

    Each session's orders are filled on the next; those of the last stay pending.
    Without `keep_refusals` the refused candidates are not listed; all other numbers are
    the same. Raises BadInput if prices and signals are of other shapes.
    """
    course = course_of(prices, policy, terms or Terms())
    course.require_shape(signals)
    return course.run(signals, ranked_of(signals), refusals=keep_refusals)


@dataclass(frozen=True)
class Course:
    """Prices, policy and terms, ready for any signals of the same axis."""

    prices: Prices
    policy: Policy
    terms: Terms
    rules: Rules
    tape: Tape
    most_shares: Floats

    def run(
        self, signals: Signals, ranked: Ranked, *, refusals: bool, orders: bool = True
    ) -> Backtest:
        """One backtest. `ranked` are the candidates of the signals.

        Without `orders` no orders and fills are listed either: days and trades are the
        same, and they are all that metrics read.
        """
        from sigma_core.backtest import compiled  # numba: only where it is used

        times, group = len(signals.session), groups(signals)
        calls, desk = self._calls(signals, ranked, group), self._desk(group)
        daily = np.zeros((times, len(DAILY_COLUMNS)))
        journal = _journal(len(group), orders)
        refused = _refused(len(ranked.rows) if refusals else 0)
        run, done = compiled.run(), -1
        while done < times:
            done = run(self.rules, calls, desk, journal, daily, refused, refusals)
            if done < times:
                journal = _longer(journal, len(group))
        return self._result(daily, journal, refused)

    def require_shape(self, signals: Signals) -> None:
        """Raise BadInput if the signals are of another shape than the prices."""
        shape = self.prices.close.shape
        if shape == signals.score.shape == signals.eligible.shape:
            return
        (days, tickers), (scored, others) = shape, signals.score.shape
        message = (
            f"prices are of {days} sessions × {tickers} tickers, scores of "
            f"{scored} × {others}."
        )
        hint = "Take both from the same bars and the same sessions."
        raise BadInput(Problem("backtest.shape", "signals", message, hint))

    def _calls(self, signals: Signals, ranked: Ranked, group: Ints) -> Calls:
        return Calls(
            session=own(signals.session, np.int64),
            now=own(signals.now.astype("datetime64[m]").astype(np.int64), np.int64),
            first=own(ranked.first, np.int64),
            ranked=own(ranked.rows, np.uint32),
            score=own(signals.score),
            momentum=_or_none(signals.momentum, (len(signals.session), 0)),
            most_shares=_or_none(self.most_shares, (0, len(signals.session))),
            group=own(group, np.int64),
            whole_shares=self.terms.whole_shares,
        )

    def _desk(self, group: Ints) -> Desk:
        return Desk(
            tape=self.tape,
            charges=charges_of(self.policy, self.terms),
            book=empty_book(len(group), float(self.policy.rules.risk.capital)),
            own=_holdings(len(group)),
            out=blank(group),
            day=np.zeros(0),
            session=0,
        )

    def _result(self, daily: Floats, journal: Journal, refused: Refused) -> Backtest:
        orders, fills, trades, refusals = journal.counts[:4].tolist()
        kept: dict[str, Any] = {
            name: column[:refusals] for name, column in refused._asdict().items()
        }
        return Backtest(
            axis=self.prices.axis,
            policy=self.policy,
            terms=self.terms,
            days=daily,
            order_lines=journal.orders[:orders],
            fill_lines=journal.fills[:fills],
            trade_lines=journal.trades[:trades],
            refused=Refused(**kept),
            price_only=not len(self.prices.dividend),
        )


def course_of(prices: Prices, policy: Policy, terms: Terms) -> Course:
    """What backtests of these prices and this policy have in common."""
    return Course(
        prices=prices,
        policy=policy,
        terms=terms,
        rules=rules_of(policy),
        tape=_tape(prices),
        most_shares=own(most_shares(prices, terms).T),
    )


def charges_of(policy: Policy, terms: Terms) -> Charges:
    """A policy's costs as fractions, its brackets in ATRs."""
    execution = policy.rules.execution
    brackets = execution.brackets
    return Charges(
        slippage=float(execution.slippage_bps) / 10_000,
        commission=float(execution.commission_bps) / 10_000,
        delisting_return=float(terms.delisting_return),
        stop_atr=float(brackets.stop_atr) if brackets.enabled else np.nan,
        target_atr=float(brackets.target_atr) if brackets.enabled else np.nan,
    )


def _tape(prices: Prices) -> Tape:
    names = ("open", "high", "low", "close", "split", "dividend", "atr")
    arrays: dict[str, Any] = {name: own(getattr(prices, name).T) for name in names}
    first_end = int(prices.ended.min(initial=len(prices.close)))
    return Tape(**arrays, ended=own(prices.ended, np.int64), first_end=first_end)


def _or_none(values: Floats, shape: tuple[int, int]) -> Floats:
    """The values; where there are none, nothing for each session."""
    found: Floats = own(values) if len(values) else np.zeros(shape)
    return found


def _holdings(rows: int) -> Holdings:
    return Holdings(
        shares=np.zeros(rows),
        last=np.full(rows, np.nan),
        stop=np.full(rows, np.nan),
        target=np.full(rows, np.nan),
        order=np.zeros(rows, np.int64),
        trade=np.zeros(rows, np.int64),
        leaving=np.zeros((rows, 4)),
    )


def _journal(rows: int, orders: bool) -> Journal:
    """Empty tables with room for at least one session."""
    lines = max(_LINES, 4 * rows)
    few = lines if orders else 2 * rows + 1
    return Journal(
        orders=np.empty((few, len(ORDER_COLUMNS))),
        fills=np.empty((few, len(FILL_COLUMNS))),
        trades=np.empty((lines, len(TRADE_COLUMNS))),
        counts=np.zeros(6, np.int64),
        step=int(orders),
    )


def _longer(journal: Journal, rows: int) -> Journal:
    """The journal with each table that could be full copied into one twice as long."""
    tables = (journal.orders, journal.fills, journal.trades)
    used = journal.counts[:3].tolist()
    orders, fills, trades = (
        table if count + 2 * rows <= len(table) else _twice(table, count)
        for table, count in zip(tables, used, strict=True)
    )
    return journal._replace(orders=orders, fills=fills, trades=trades)


def _twice(table: Floats, used: int) -> Floats:
    longer = np.empty((2 * len(table), table.shape[1]))
    longer[:used] = table[:used]
    return longer


def _refused(most: int) -> Refused:
    """Room for every candidate that could be refused; none if none are kept."""
    return Refused(
        time=np.empty(most, np.int32),
        row=np.empty(most, np.int32),
        rank=np.empty(most, np.int32),
        reason=np.empty(most, np.int16),
        value=np.empty(most),
        limit=np.empty(most),
    )
