"""The policy's run gate: `docs/definitions/run-gate.md`."""

from __future__ import annotations

from dataclasses import dataclass

from sigma_core.backtest.metrics import Metrics
from sigma_core.specs.policies import RunGate


@dataclass(frozen=True)
class Check:
    """One check of the gate; `value` None where the metric is not defined."""

    check: str
    value: float | None
    limit: float
    passed: bool


def checks(metrics: Metrics, gate: RunGate) -> list[Check]:
    """The three checks, each with what was reached and what was asked."""
    trades, sharpe = metrics["trades"], metrics["sharpe"]
    depth = metrics["max_drawdown"]
    return [
        _at_least("min_trades", trades, float(gate.min_trades)),
        Check(
            "max_drawdown",
            depth,
            gate.max_drawdown,
            depth is not None and depth <= gate.max_drawdown,
        ),
        _at_least("min_sharpe", sharpe, gate.min_sharpe),
    ]


def _at_least(name: str, value: float | None, limit: float) -> Check:
    return Check(name, value, limit, value is not None and value >= limit)
