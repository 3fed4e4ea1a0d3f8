"""Real bars, the two models side by side: a scanner, and trees trained to the end of
2016, both backtested on 2017 through all three doors, and on the leaderboard."""

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
from tests.builders import MODEL as SCANNER
from tests.home import ROOT
from tests.signals.backtests import do_newest
from tests.signals.real import command, quick_home

FILE = ROOT.parent / "shared" / "data" / "sp500_daily_2013_2018.parquet"
PACK, GBM = "swingsigma", "universe_eq_swing_daily_gbm"
DAYS = {"start": "2017-01-03", "end": "2017-12-29", "dataset": "main"}
#: fewer trees, fitted less often on fewer sessions, so that a test can wait for them
QUICK = {
    "window: 504, refresh: 20": "window: 252, refresh: 100",
    "folds: 5": "folds: 2",
    "rounds: 300": "rounds: 5",
    "max_age_days: 90": "max_age_days: 200",
}
#: the tables that must be the same to the last bit
TABLES = ("daily", "orders", "fills", "trades")

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.real_data,
    pytest.mark.skipif(not FILE.exists(), reason="the real market data is not here"),
]


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, settings: Any) -> Iterator[Path]:
    """A home whose dataset `main` holds the bars, and the shipped model made quick."""
    with quick_home(tmp_path, settings, model=GBM, quick=QUICK):
        command("ingest_bars", str(FILE), "--adjustment", "split")
        yield tmp_path


def by_every_door(client: Client, model_id: str) -> list[Run]:
    """The year 2017, by command, API and page."""
    asked = {"pack": PACK, "model_id": model_id, **DAYS}
    days = [f"--{name}={value}" for name, value in DAYS.items()]
    made = command("backtest", f"{PACK}/{model_id}", *days)
    found = [Run.objects.get(pk=made["run"])]
    answer = client.post("/api/backtest", asked, content_type="application/json")
    assert answer.status_code == 202, answer.content
    found.append(do_newest())
    page = client.post(f"/models/{PACK}/{model_id}/backtest/", DAYS)
    assert page.status_code == 302
    return [*found, do_newest()]


def require_same(runs: list[Run]) -> None:
    """Reports, orders, fills, trades and every day of equity."""
    first = runs[0]
    assert len({run.pk for run in runs}) == 3
    for run in runs[1:]:
        assert run.summary == first.summary
        assert run.fingerprint == first.fingerprint
        for name in TABLES:
            pd.testing.assert_frame_equal(
                *(table_of(one, name) for one in (first, run)), check_exact=True
            )


def table_of(run: Run, name: str) -> pd.DataFrame:
    return pd.read_parquet(endings.run_folder(run.pk) / f"{name}.parquet")


def test_trained_to_2016_both_stand_side_by_side_on_2017(
    builder_user: User, client_of: Callable[..., Client]
) -> None:
    client = client_of(builder_user)
    made = command("train", f"{PACK}/{GBM}", "--end", "2016-12-30", "--dataset", "main")
    trained = Run.objects.get(pk=made["run"]["id"])
    assert trained.summary["train_last"] < trained.summary["test_last"] == "2016-12-30"
    scanned, learned = (by_every_door(client, one) for one in (SCANNER, GBM))
    for runs in (scanned, learned):
        require_same(runs)
        assert runs[0].summary["sessions"] == 251
        assert runs[0].summary["metrics"]["trades"] > 100
        assert "survivors only" in runs[0].summary["marks"]
    assert learned[0].fingerprint["trained_run"] == trained.pk
    # 251 sessions: the newest model answers for 100, two more for 100 and 51
    assert learned[0].fingerprint["refreshed"] == 2
    on_the_board(client, scanned, learned)


def on_the_board(client: Client, scanned: list[Run], learned: list[Run]) -> None:
    """Both kinds in one list; a tag leaves one of them, in page and API."""
    newest = {SCANNER: scanned[-1], GBM: learned[-1]}
    every = client.get("/api/leaderboard").json()["results"]
    assert {row["kind"] for row in every} == {"scanner", "gbm"}
    for row in every:
        run = newest[row["model_id"]]
        assert row["sharpe"] == run.summary["metrics"]["sharpe"]
        assert "survivors only" in row["marks"]
    for tag, kept, gone in (("gbm", GBM, SCANNER), ("breakout", SCANNER, GBM)):
        rows = client.get("/api/leaderboard", {"tag": tag}).json()["results"]
        assert {row["model_id"] for row in rows} == {kept}
        page = client.get("/leaderboard", {"tag": tag}, follow=True).content.decode()
        table = page[page.index("<tbody") : page.index("</tbody>")]
        assert kept in table
        assert gone not in table
