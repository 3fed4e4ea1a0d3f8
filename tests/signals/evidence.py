"""Backtests with their trials, as runs leave them; say what matters."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import numpy as np

from signals.models import Backtest, Run, Trial
from signals.services import trials
from tests.builders import MODEL, make_run

FIRST = dt.date(2021, 1, 4)
SESSIONS = 250


def days(count: int = SESSIONS, first: dt.date = FIRST) -> list[dt.date]:
    """So many weekdays."""
    found = np.busday_offset(first, np.arange(count), roll="forward")
    return found.astype(object).tolist()


def noise(seed: int, count: int = SESSIONS, edge: float = 0.0) -> np.ndarray:
    """Daily returns of 1 % deviation; `edge` is added to each."""
    return np.random.default_rng(seed).normal(edge, 0.01, count)


def make_trial(
    run: Run | None = None,
    *,
    config: str = "a",
    returns: Sequence[float] | np.ndarray | None = None,
    sessions: Sequence[dt.date] | None = None,
    **fields: object,
) -> Trial:
    """A trial of a run (of a new one where none is given), not judged yet."""
    run = run or make_run(kind=Run.Kind.BACKTEST)
    returns = noise(len(config)) if returns is None else returns
    plausible: dict[str, object] = {
        "origin": Trial.Origin.BACKTEST,
        "dataset": "demo",
        "cadence": "daily",
        "horizon": 0,
        "config_sha": (config * 64)[:64],
        "pack": run.pack,
        "model_id": run.model_id,
        "sessions": days(len(returns)) if sessions is None else sessions,
        "returns": returns,
        "benchmark_returns": np.zeros(len(returns)),
    }
    return trials.record(run=run, **(plausible | fields))


def make_backtest(
    run: Run | None = None, *, trial: Trial | None = None, **fields: object
) -> Backtest:
    """What a backtest of the breakout scanner leaves, its run gate passed."""
    run = run or make_run(
        kind=Run.Kind.BACKTEST,
        tags=["quickstart"],
        fingerprint={
            "model_config_sha": "c" * 64,
            "policy_sha": "d" * 64,
            "indicator_set_sha": "b" * 64,
            "universe_sha": "f" * 64,
            "data_sha": "1" * 64,
            "benchmark": "SPY",
            "first_session": "2021-01-04",
            "last_session": "2021-12-31",
            "terms": {"participation": None, "delisting_return": 0.0},
            "output_sha": "e" * 64,
        },
    )
    plausible: dict[str, object] = {
        "run": run,
        "trial": trial,
        "kind": "scanner",
        "dataset": "demo",
        "pack": run.pack,
        "model_id": run.model_id or MODEL,
        "first": FIRST,
        "last": dt.date(2021, 12, 31),
        "model_config_sha": "c" * 64,
        "policy_sha": "d" * 64,
        "comparable_sha": "9" * 64,
        "marks": [],
        "gate_passed": True,
        "gate_checks": [
            {"check": "min_trades", "value": 120, "limit": 30, "passed": True},
            {"check": "max_drawdown", "value": 0.1, "limit": 0.25, "passed": True},
            {"check": "min_sharpe", "value": 1.2, "limit": 0.5, "passed": True},
        ],
        "sharpe": 1.2,
        "total_return": 0.18,
        "max_drawdown": 0.1,
        "turnover": 8.5,
        "trades": 120,
        "ic": 0.021,
        "tags": run.tags,
        "metrics": {"cagr": 0.18, "volatility": 0.15, "calmar": 1.8, "hit_rate": 0.54},
        "output_sha": "e" * 64,
    }
    return Backtest.objects.create(**(plausible | fields))
