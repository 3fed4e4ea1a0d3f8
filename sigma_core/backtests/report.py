"""All that is said of a backtest, as plain values: page, API and command show this."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd

from sigma_core import explain
from sigma_core.backtest.breakdown import by_regime, by_sector, by_year, without_best
from sigma_core.backtest.costs import cost_table
from sigma_core.backtest.metrics import equity_metrics
from sigma_core.backtest.months import by_month
from sigma_core.backtest.silence import sentences
from sigma_core.backtests import rules
from sigma_core.backtests.cold import cold_sentences
from sigma_core.backtests.run import Backtested

Report = dict[str, Any]


def report_of(done: Backtested) -> Report:
    """Metrics, gate, curves' metrics, costs, breakdowns, counts, notes and rules.

    `notes` are sentences to be read before the equity is believed; `silent` are the
    positions they speak of.

    Numbers are floats or None; days are text. Lists of dicts are tables, a dict a row.
    """
    return {
        **_about(done),
        "metrics": done.metrics,
        "gate": {
            "passed": done.passed,
            "checks": [asdict(check) for check in done.checks],
        },
        "gross": equity_metrics(done.result.gross),
        "curves": [
            {
                "kind": curve.kind,
                "name": curve.name,
                "price_only": curve.price_only,
                "metrics": equity_metrics(curve.equity),
            }
            for curve in done.curves
        ],
        **_breakdowns(done),
        "skill": {
            "ticker": done.skill.ticker,
            "label": done.skill.label,
            "horizon": done.skill.horizon,
            **asdict(done.skill.measures),
        },
        "halts": _rows(done.result.halts),
        "counts": _counts(done),
        "funnel": _funnel(done),
        "silent": _rows(done.silent),
        "notes": [*cold_sentences(done.prepared), *sentences(done.silent)],
        "rules": rules.sentences(
            done.result.policy, done.result.terms, price_only=done.result.price_only
        ),
    }


def _about(done: Backtested) -> Report:
    bundle, market = done.prepared.bundle, done.prepared.market
    first, last = done.prepared.sessions
    return {
        "pack": bundle.pack,
        "model_id": bundle.model_id,
        "kind": bundle.model.kind,
        "universe": bundle.universe.name,
        "policy": bundle.policy.name,
        "dataset": market.dataset.name,
        "synthetic": market.dataset.synthetic,
        "first_session": str(first),
        "last_session": str(last),
        "sessions": len(done.result.days),
        "capital": done.result.capital,
        "final_equity": float(done.result.equity[-1]),
        "terms": asdict(done.result.terms),
        "price_only": done.result.price_only,
    }


def _breakdowns(done: Backtested) -> Report:
    result, sessions = done.result, done.result.axis.times
    names = done.prepared.market.sector_names
    return {
        "costs": _rows(cost_table(result)),
        "years": _rows(by_year(sessions, result.equity)),
        "months": [asdict(year) for year in by_month(sessions, result.equity)],
        "sectors": _rows(by_sector(result.trades, names)),
        "regimes": _rows(by_regime(done.regimes, result.equity)),
        "regime_of": done.regime_of,
        "without_best": without_best(result.equity),
    }


def _counts(done: Backtested) -> Report:
    """How many orders, fills, trades, refusals and candidates; refusals by reason."""
    result = done.result
    states = result.orders["state"].value_counts()
    members, eligible = done.scores.members, done.scores.eligible
    reasons = result.refusals["reason"].value_counts()
    cancelled = result.orders.loc[result.orders["state"] == "cancelled", "reason"]
    return {
        "orders": len(result.orders),
        "filled": int(states.get("filled", 0)),
        "cancelled": int(states.get("cancelled", 0)),
        "pending": int(states.get("pending", 0)),
        "cancelled_by": _tally(cancelled.value_counts()),
        "fills": len(result.fills),
        "trades": len(result.trades),
        "open": int(result.trades["open"].sum()),
        "candidates": int(np.count_nonzero(eligible)),
        "members": float(members.sum(axis=0).mean()),
        "refusals": len(result.refusals),
        "refused_by": _tally(reasons),
    }


def _funnel(done: Backtested) -> list[Report]:
    """Tickers times sessions left after each step, from the universe to what was
    bought."""
    first, *gates = done.funnel
    orders = done.result.orders
    bought = int(((orders["side"] == "buy") & (orders["state"] == "filled")).sum())
    return [
        {"name": first.name, "label": first.words, "survivors": first.survivors},
        *explain.gate_steps(gates),
        {"name": "policy", "label": "bought by the policy", "survivors": bought},
    ]


def _tally(counts: pd.Series[int]) -> list[Report]:
    """{"reason", "count"}, the most frequent first; none that never came."""
    return [
        {"reason": str(reason), "count": int(count)}
        for reason, count in counts.items()
        if count
    ]


def _rows(table: pd.DataFrame) -> list[Report]:
    """A table as dicts; days as text, what is not defined as None."""
    found: list[Report] = []
    for row in table.to_dict("records"):
        found.append({str(name): _plain(value) for name, value in row.items()})
    return found


def _plain(value: Any) -> Any:  # Any: a cell of a table
    if isinstance(value, pd.Timestamp):
        return str(value.date())
    if isinstance(value, float) and not np.isfinite(value):
        return None
    return value.item() if isinstance(value, np.generic) else value
