"""A small market, and backtests of a shipped scanner over it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from sigma_core.backtest import Terms
from sigma_core.backtests import Backtested, backtest_model, prepare
from sigma_core.builds import Prepared
from tests.home import ROOT
from tests.market import kernels
from tests.small_market import DATASET, make_market

assert kernels
MODEL = "universe_eq_swing_daily_breakout_scanner"
START, END = date(2023, 5, 1), date(2023, 9, 15)
NOW = datetime(2023, 10, 2, tzinfo=UTC)


@pytest.fixture(scope="session")
def datasets(home: Path) -> Path:
    """Where the small market is stored."""
    make_market(home)
    return home / "datasets"


Ready = Callable[..., Prepared]


@pytest.fixture(scope="session")
def ready(datasets: Path) -> Ready:
    """What a backtest rests on; the breakout scanner, unless asked otherwise."""

    def make(**changes: object) -> Prepared:
        asked: dict[str, object] = {
            "packs_root": ROOT / "packs",
            "datasets_root": datasets,
            "pack": "swingsigma",
            "model_id": MODEL,
            "start": START,
            "end": END,
            "dataset": DATASET,
            "default_dataset": None,
            "now": NOW,
        }
        return prepare(**(asked | changes))

    return make


@pytest.fixture(scope="session")
def done(ready: Ready) -> Backtested:
    """One backtest, for all who only look."""
    return backtest_model(ready(), terms=Terms())
