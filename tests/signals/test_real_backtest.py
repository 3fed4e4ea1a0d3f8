"""Real bars through all three doors: one backtest, and what plain pandas makes."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client, override_settings

from signals.models import Run
from signals.services import endings, runs
from tests.builders import MODEL
from tests.home import ROOT
from tests.signals.backtests import do_newest

FILE = ROOT.parent / "shared" / "data" / "sp500_daily_2013_2018.parquet"
DAYS = {"start": "2017-01-03", "end": "2017-12-29", "dataset": "main"}
ASKED = {"pack": "swingsigma", "model_id": MODEL, **DAYS}

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.real_data,
    pytest.mark.skipif(not FILE.exists(), reason="the real market data is not here"),
]


@pytest.fixture(scope="module")
def real_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose dataset `main` holds the bars, stored once for all tests here."""
    home = tmp_path_factory.mktemp("real")
    (home / "uploads").mkdir()
    return home


@pytest.fixture(autouse=True)
def own_home(real_home: Path) -> Iterator[Path]:
    """The same home for every test; the first one ingests, the others find it done."""
    with override_settings(SIGMA_HOME=real_home):
        if not (real_home / "datasets" / "main").exists():
            call_command(
                *("ingest_bars", str(FILE), "--adjustment", "split", "--json"),
                stdout=io.StringIO(),
                stderr=io.StringIO(),
            )
        yield real_home


def by_command() -> dict[str, object]:
    out = io.StringIO()
    call_command(
        "backtest",
        f"swingsigma/{MODEL}",
        *(f"--{name}={value}" for name, value in DAYS.items()),
        "--json",
        stdout=out,
        stderr=io.StringIO(),
    )
    found: dict[str, object] = json.loads(out.getvalue())
    return found


def test_every_door_gives_the_same_year(
    builder_user: User, client_of: Callable[..., Client]
) -> None:
    client, command = client_of(builder_user), by_command()
    body = json.dumps(ASKED)
    answer = client.post("/api/backtest", body, content_type="application/json")
    assert answer.status_code == 202, answer.content
    api = client.get(f"/api/backtests/{do_newest().pk}").json()
    client.post(f"/models/swingsigma/{MODEL}/backtest/", DAYS)
    page = client.get(f"/api/backtests/{do_newest().pk}").json()
    assert api["report"] == page["report"] == command["report"]
    assert api["output_sha"] == page["output_sha"] == command["output_sha"]
    report = api["report"]
    assert report["sessions"] == 251
    assert report["metrics"]["trades"] > 100
    assert "survivors only" in report["marks"]


def test_the_files_agree_with_pandas_on_the_stored_closes(own_home: Path) -> None:
    """Equity from fills and closes, metrics and the universe's curve by plain steps."""
    run = runs.execute_here(runs.create_run(kind=Run.Kind.BACKTEST, params=ASKED))
    folder = endings.run_folder(run.pk)
    with (folder / "orders.csv").open() as file:
        orders = list(csv.DictReader(file))
    assert len(orders) == run.summary["counts"]["orders"]
    daily = pd.read_parquet(folder / "daily.parquet").set_index("session")
    fills = pd.read_parquet(folder / "fills.parquet")
    call_command(
        *("export_bars", str(own_home / "kept.parquet"), "--dataset", "main"),
        stdout=io.StringIO(),
    )
    kept = pd.read_parquet(own_home / "kept.parquet")
    kept = kept.assign(date=pd.to_datetime(kept["date"]).astype("datetime64[ms]"))
    closes = kept.pivot_table(index="date", columns="ticker", values="close").ffill()
    closes = closes.reindex(daily.index)
    signed = fills["shares"] * np.where(fills["side"] == "buy", 1.0, -1.0)
    moved = fills.assign(signed=signed).pivot_table(
        index="session", columns="ticker", values="signed", aggfunc="sum"
    )
    held = moved.reindex(daily.index).fillna(0.0).cumsum()
    spent = (signed * fills["price"] + fills["commission"]).groupby(fills["session"])
    cash = run.summary["capital"] - spent.sum().reindex(daily.index).fillna(0).cumsum()
    equity = cash + (held * closes[held.columns]).sum(axis=1)
    np.testing.assert_allclose(equity, daily["equity"], rtol=0, atol=1e-6)
    returns = equity.pct_change().dropna()
    sharpe = returns.mean() / returns.std() * np.sqrt(252)
    assert run.summary["metrics"]["sharpe"] == pytest.approx(sharpe)
    deepest = (1 - equity / equity.cummax()).max()
    assert run.summary["metrics"]["max_drawdown"] == pytest.approx(deepest)
