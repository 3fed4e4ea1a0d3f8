"""Real bars, trained to the end of 2016 through all three doors; and what plain pandas
and scipy say of the predictions."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client, override_settings
from scipy import stats

from signals.models import Run
from signals.services import endings
from tests.home import ROOT
from tests.signals.training import CONFIG, MODEL, NAME, PACK, do_newest_run, learner

FILE = ROOT.parent / "shared" / "data" / "sp500_daily_2013_2018.parquet"
END, NEXT = "2016-12-30", "2017-01-03"
ASKED = {"pack": PACK, "model_id": MODEL, "end": END, "dataset": "main"}
#: few fits over long windows, so that a test can wait for it
LARGE = CONFIG.replace("window: 60, refresh: 20", "window: 252, refresh: 120").replace(
    "max_age_days: 60", "max_age_days: 200"
)

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.real_data,
    pytest.mark.skipif(not FILE.exists(), reason="the real market data is not here"),
]


@pytest.fixture(scope="module")
def real_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose dataset `main` holds the bars."""
    home = tmp_path_factory.mktemp("real")
    (home / "uploads").mkdir()
    return home


@pytest.fixture(autouse=True)
def own_home(real_home: Path, settings: Any) -> Iterator[Path]:
    """The home with its bars, and a pack with a model to be trained."""
    settings.SIGMA_TRAIN_THREADS = 1
    with override_settings(SIGMA_HOME=real_home), learner(config=LARGE):
        if not (real_home / "datasets" / "main").exists():
            call_command(
                *("ingest_bars", str(FILE), "--adjustment", "split", "--json"),
                stdout=io.StringIO(),
                stderr=io.StringIO(),
            )
        yield real_home


def command(name: str, *extra: str) -> dict[str, Any]:
    out = io.StringIO()
    arguments = (NAME, "--dataset", "main", "--json", *extra)
    call_command(name, *arguments, stdout=out, stderr=io.StringIO())
    printed: dict[str, Any] = json.loads(out.getvalue())
    return printed


def test_every_door_trains_the_same_and_plain_pandas_agrees(
    own_home: Path, builder_user: User, client_of: Callable[..., Client]
) -> None:
    by_command = Run.objects.get(pk=command("train", "--end", END)["run"]["id"])
    client = client_of(builder_user)
    answer = client.post(
        "/api/train", json.dumps(ASKED), content_type="application/json"
    )
    assert answer.status_code == 202, answer.content
    by_api = do_newest_run()
    client.post(f"/models/{NAME}/train/", {"end": END, "dataset": "main"})
    by_page = do_newest_run()
    for run in (by_api, by_page):
        assert run.status == Run.Status.SUCCEEDED, run.reason
        assert run.fingerprint["trees_sha"] == by_command.fingerprint["trees_sha"]
        assert run.summary["report"] == by_command.summary["report"]
    found = rank_ic(own_home, by_command)
    pooled = by_command.summary["report"]["pooled"]
    assert found == pytest.approx(pooled["rank_ic"], abs=1e-12)
    listed = command("scan", "--as-of", NEXT)
    assert len(listed["signals"]) == 10
    run = Run.objects.get(pk=listed["run"]["id"])
    assert run.fingerprint["trained_run"] == by_page.pk
    assert run.fingerprint["trained_to"] == by_page.summary["train_last"] < END


def rank_ic(home: Path, run: Run) -> float:
    """Mean over sessions of Spearman's correlation of predictions and the return from
    the next open to the close of the fifth session, of the bars as they are exported;
    of those known by the end of the training."""
    path = home / "kept.parquet"
    call_command("export_bars", str(path), "--dataset", "main", stdout=io.StringIO())
    bars = pd.read_parquet(path)
    bars["date"] = pd.to_datetime(bars["date"])
    opens = bars.pivot_table(index="date", columns="ticker", values="open")
    closes = bars.pivot_table(index="date", columns="ticker", values="close")
    followed = closes.shift(-5) / opens.shift(-1) - 1
    known = followed[followed.index <= END].iloc[:-5]
    table = pd.read_parquet(endings.run_folder(run.pk) / "predictions.parquet")
    daily = []
    for session, of_day in table.groupby("session"):
        if session not in known.index:
            continue
        both = of_day.set_index("ticker")["prediction"].to_frame("said")
        both = both.join(known.loc[session].rename("came")).dropna()
        daily.append(stats.spearmanr(both["said"], both["came"]).statistic)
    return float(np.mean(daily))
