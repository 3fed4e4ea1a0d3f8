"""Real bars of one fund: the shipped model of a single ticker goes in and out by its
score, in training, backtest and on the leaderboard."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from django.contrib.auth.models import User
from django.test import Client

from signals.models import Run
from signals.services import endings
from tests.home import ROOT
from tests.signals.real import command, quick_home

FILE = ROOT.parent / "shared" / "data" / "etf_benchmarks_daily_1998_2021.parquet"
PACK, MODEL = "swingsigma", "spy_eq_swing_daily_gbm"
#: fewer trees, fitted less often, so that a test can wait for them
QUICK = {
    "refresh: 20": "refresh: 500",
    "rounds: 100": "rounds: 5",
    "max_age_days: 90": "max_age_days: 900",
}

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.real_data,
    pytest.mark.skipif(not FILE.exists(), reason="the real market data is not here"),
]


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, settings: Any) -> Iterator[Path]:
    """A home whose dataset `main` holds the bars, and the shipped model made quick."""
    with quick_home(tmp_path, settings, model=MODEL, quick=QUICK):
        command("ingest_bars", str(FILE), "--adjustment", "raw")
        yield tmp_path


def test_it_is_in_and_out_by_its_score(
    viewer: User, client_of: Callable[..., Client]
) -> None:
    command("train", f"{PACK}/{MODEL}", "--dataset", "main")
    made = command("backtest", f"{PACK}/{MODEL}", "--dataset", "main")
    run = Run.objects.get(pk=made["run"])
    folder = endings.run_folder(run.pk)
    trades = pd.read_parquet(folder / "trades.parquet")
    scores = pd.read_parquet(folder / "signals.parquet")
    bought = scores.merge(
        trades[["signal_session", "ticker"]],
        left_on=["session", "ticker"], right_on=["signal_session", "ticker"],
    )  # fmt: skip
    assert len(trades) > 50
    assert set(trades["ticker"]) == {"SPY"}
    assert bought["score"].min() >= 50
    assert "policy.hold" in set(trades["why"])  # not in a halt alone
    # what is bought leaves room for an open above the close
    orders = pd.read_parquet(folder / "orders.parquet")
    assert "policy.cash" not in set(orders["reason"].dropna())
    row = client_of(viewer).get("/leaderboard/").content.decode()
    assert "SPY gbm" in row
