"""`backtest`: prices, signals and a policy → everything that would have happened."""

from __future__ import annotations

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
    Tape,
)
from sigma_core.backtest.inputs import Prices, Signals, Terms, groups, most_shares
from sigma_core.backtest.loop import Calls, Refused
from sigma_core.backtest.results import Backtest
from sigma_core.errors import BadInput, Problem
from sigma_core.frames import Floats
from sigma_core.policy.arrays import blank, empty_book, own, rules_of
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
    Without `keep_refusals` the refused candidates are not listed, which is for sweeps;
    all other numbers are the same. Raises BadInput if prices and signals are of other
    shapes.
    """
    from sigma_core.backtest import compiled  # numba: only where it is used

    terms = terms or Terms()
    _require_same_shape(prices, signals)
    times, rows = prices.close.shape
    book = empty_book(rows, float(policy.rules.risk.capital))
    desk = Desk(
        tape=_tape(prices),
        charges=charges_of(policy, terms),
        book=book,
        own=_holdings(rows),
        out=blank(rows),
        day=np.zeros(0),
        session=0,
    )
    daily = np.zeros((times, len(DAILY_COLUMNS)))
    refused, counts = _refused(signals, keep_refusals), np.zeros(4, np.int64)
    tables = compiled.run()(
        rules_of(policy),
        _calls(signals, prices, terms),
        desk,
        daily,
        refused,
        *(_lines(names) for names in (ORDER_COLUMNS, FILL_COLUMNS, TRADE_COLUMNS)),
        counts,
    )
    cut = [table[:n] for table, n in zip(tables, counts[:3].tolist(), strict=True)]
    kept: dict[str, Any] = {
        name: column[: counts[3]] for name, column in refused._asdict().items()
    }
    return Backtest(
        axis=prices.axis,
        policy=policy,
        terms=terms,
        days=daily,
        order_lines=cut[0],
        fill_lines=cut[1],
        trade_lines=cut[2],
        refused=Refused(**kept),
        price_only=not len(prices.dividend),
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
    arrays: dict[str, Any] = {name: own(getattr(prices, name)) for name in names}
    return Tape(**arrays, ended=own(prices.ended, np.int64))


def _calls(signals: Signals, prices: Prices, terms: Terms) -> Calls:
    return Calls(
        session=own(signals.session, np.int64),
        now=own(signals.now.astype("datetime64[m]").astype(np.int64), np.int64),
        order=own(signals.order, np.int32),
        ordered=own(signals.ordered, np.int64),
        score=own(signals.score),
        eligible=own(signals.eligible, np.bool_),
        momentum=own(signals.momentum),
        most_shares=own(most_shares(prices, terms)),
        group=own(groups(signals), np.int64),
        whole_shares=terms.whole_shares,
    )


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


def _refused(signals: Signals, kept: bool) -> Refused:
    """Room for every candidate that could be refused; none if none are kept."""
    most = int(np.count_nonzero(signals.eligible)) if kept else 0
    return Refused(
        time=np.empty(most, np.int32),
        row=np.empty(most, np.int32),
        rank=np.empty(most, np.int32),
        reason=np.empty(most, np.int16),
        value=np.empty(most),
        limit=np.empty(most),
    )


def _lines(names: tuple[str, ...]) -> Floats:
    return np.empty((_LINES, len(names)))


def _require_same_shape(prices: Prices, signals: Signals) -> None:
    if prices.close.shape == signals.score.shape == signals.eligible.shape:
        return
    (days, tickers), (scored, others) = prices.close.shape, signals.score.shape
    message = (
        f"prices are of {days} sessions × {tickers} tickers, scores of "
        f"{scored} × {others}."
    )
    hint = "Take both from the same bars and the same sessions."
    raise BadInput(Problem("backtest.shape", "signals", message, hint))
