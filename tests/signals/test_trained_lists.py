"""What a trained model gives: ranked lists with their reasons, and backtests."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from django.core.management import CommandError
from django.urls import reverse
from django.utils import timezone

from sigma_core.errors import BadInput
from sigma_core.specs.bundle import load_bundle
from signals.models import Run, Signal
from signals.queries import trainings
from signals.services import endings, runs
from tests.home import PACKS
from tests.signals.training import (
    ASKED,
    CONFIG,
    END,
    MODEL,
    NAME,
    PACK,
    SET,
    command,
    do_newest_run,
    learner,
    train,
)
from tests.small_market import DATASET, make_market

pytestmark = pytest.mark.django_db
#: the session after the last of the training
AFTER = "2023-09-18"
SCAN = {"pack": PACK, "model_id": MODEL, "dataset": DATASET, "as_of": AFTER}


@pytest.fixture(autouse=True)
def model(home: Path, settings: Any) -> Iterator[Path]:
    """Bars to learn from, and the file of a model that may."""
    settings.SIGMA_TRAIN_THREADS = 1
    make_market(home)
    with learner() as path:
        yield path


def scan(as_of: str) -> dict[str, Any]:
    return command("scan", "--as-of", as_of)


def test_it_ranks_the_members_by_their_predictions() -> None:
    trained = train()
    answer = scan(AFTER)
    run = Run.objects.get(pk=answer["run"]["id"])
    assert run.fingerprint["trained_run"] == trained.pk
    assert run.fingerprint["trees_sha"] == trained.trained.trees_sha
    listed = answer["signals"]
    assert len(listed) == 10
    said = [one["parts"][0]["prediction"] for one in listed]
    assert said == sorted(said, reverse=True)
    paths = pd.read_parquet(endings.run_folder(run.pk) / "decision_paths.parquet")
    scores = paths[paths["in_universe"]]["score_total"].dropna()
    # percentiles of n predictions: 0, 100 / (n − 1), … where none are equal
    assert scores.between(0, 100).all()
    assert listed[0]["score_total"] == scores.max()
    assert scores.mean() == pytest.approx(50.0)


def test_a_training_on_older_dates_takes_nothing_from_one_that_is_good() -> None:
    good = train()
    older = Run.objects.get(pk=command("train", "--end", "2023-08-01")["run"]["id"])
    assert older.trained.last < good.trained.last

    def answered(as_of: str) -> int:
        run = Run.objects.get(pk=scan(as_of)["run"]["id"])
        found: int = run.fingerprint["trained_run"]
        return found

    assert answered(AFTER) == good.pk
    assert answered("2023-08-02") == older.pk
    of_model = trainings.of_model(PACK, MODEL, load_bundle(PACKS, PACK, MODEL))
    assert [(one.run_id, one.state) for one in of_model] == [
        (older.pk, "superseded"),
        (good.pk, "predicts"),
    ]


def test_its_reasons_add_up_to_the_prediction() -> None:
    train()
    for one in scan(AFTER)["signals"]:
        (part,) = one["parts"]
        moved = [found["contribution"] for found in part["contributions"]]
        assert {found["column"] for found in part["contributions"]} == {
            *("ret_5", "ret_20", "vol_zscore_20"),
        }
        assert part["base"] + sum(moved) == pytest.approx(part["prediction"], abs=1e-9)
        assert np.abs(moved).tolist() == sorted(np.abs(moved), reverse=True)
        assert one["gates"] == []


def test_a_session_that_was_tested_is_scanned_by_the_model_that_tested_it() -> None:
    trained = train()
    table = pd.read_parquet(endings.run_folder(trained.pk) / "predictions.parquet")
    for session in (trained.summary["test_first"], "2023-08-15", "2023-09-14"):
        of_day = table[table["session"] == session].set_index("ticker")["prediction"]
        listed = scan(session)["signals"]
        assert listed
        for one in listed:
            assert one["parts"][0]["prediction"] == of_day[one["ticker"]]


def test_page_api_and_command_list_the_same(
    builder_user, client_of, token_client
) -> None:
    train()
    by_command = scan(AFTER)
    client = token_client(builder_user, "builder")
    client.post("/api/scan", SCAN, content_type="application/json")
    by_api = do_newest_run()
    client_of(builder_user).post("/runs/scan/", SCAN)
    by_page = do_newest_run()
    for run in (by_api, by_page):
        assert run.fingerprint["output_sha"] == by_command["run"]["output_sha"]
    query = {"session": AFTER, "model": NAME, "dataset": DATASET}
    rows = client.get("/api/signals", query).json()["results"]
    assert [row["parts"] for row in rows] == [s["parts"] for s in by_command["signals"]]


def test_pages_show_the_list_and_what_moved_each(viewer, client_of) -> None:
    run = train()
    scan(AFTER)
    client = client_of(viewer)
    page = client.get(
        "/signals/", {"session": AFTER, "model": NAME, "dataset": DATASET}
    ).content.decode()
    assert "have a prediction" in page
    assert "passed all gates" not in page
    first = Signal.objects.get(rank=1)
    opened = client.get(f"/signals/{first.pk}/").content.decode()
    assert "What moved it" in opened
    assert "vol_zscore_20" in opened
    assert f"by the trees of run {run.pk}" in opened
    assert "<h2>Gates</h2>" not in opened


def test_it_refuses_without_a_training(builder_user, token_client, model: Path) -> None:
    client = token_client(builder_user, "builder")

    def fault() -> dict[str, str]:
        answer = client.post("/api/scan", SCAN, content_type="application/json")
        assert answer.status_code == 422
        found: dict[str, str] = answer.json()["errors"][0]
        return found

    assert (fault()["code"], fault()["pointer"]) == ("model.untrained", "/model_id")
    train()
    model.write_text(CONFIG.replace("horizon: 5", "horizon: 3"), encoding="utf-8")
    assert fault()["code"] == "model.untrained"
    model.write_text(CONFIG, encoding="utf-8")
    columns = model.parent.parent / "indicator_sets" / "swing_eq_learner.yaml"
    columns.write_text(SET.replace("window: 5", "window: 6"), encoding="utf-8")
    assert fault()["code"] == "model.untrained"
    columns.write_text(SET + "description: as before\n", encoding="utf-8")
    answer = client.post("/api/scan", SCAN, content_type="application/json")
    assert answer.status_code == 202


def test_a_scan_may_wait_for_the_training_that_was_asked_for() -> None:
    runs.enqueue_run(kind="train", params=ASKED, user=None)
    assert runs.enqueue_run(kind="scan", params=SCAN, user=None).status == "queued"


def test_it_refuses_when_it_is_too_old(model: Path) -> None:
    train()
    model.write_text(CONFIG.replace("max_age_days: 60", "max_age_days: 10"))
    with pytest.raises(BadInput, match="says nothing of sessions after 2023-09-17"):
        runs.create_run(kind="scan", params=SCAN)
    with pytest.raises(CommandError, match="max_age_days is 10"):
        command("scan")  # the last session held: only the run itself knows it
    assert Run.objects.filter(kind="scan").get().reason_code == "model.age"
    # 60 again, and it answers again: no training is lost by a change of this
    model.write_text(CONFIG, encoding="utf-8")
    assert scan(AFTER)["signals"]


def test_it_refuses_a_session_that_it_learned_from() -> None:
    trained = train()
    early = trained.summary["first_session"]
    with pytest.raises(CommandError, match="would not be a prediction"):
        scan(early)
    assert Run.objects.filter(kind="scan").get().reason_code == "model.seen"


@pytest.mark.parametrize("name", ["model.txt", "predictions.parquet"])
def test_damaged_files_are_refused_by_their_sha(name: str) -> None:
    path = endings.run_folder(train().pk) / name
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(CommandError, match=r"model\.damaged"):
        scan(AFTER)


def backtest(**changes: object) -> Run:
    asked = {"pack": PACK, "model_id": MODEL, "dataset": DATASET} | changes
    return runs.execute_here(runs.create_run(kind="backtest", params=asked))


def test_it_is_backtested_on_what_it_said_out_of_sample() -> None:
    trained = train()
    run = backtest()
    assert run.status == "succeeded", run.reason
    report = run.summary
    assert report["first_session"] == trained.summary["test_first"]
    assert report["last_session"] == trained.summary["test_last"]
    assert run.fingerprint["trained_run"] == trained.pk
    assert run.fingerprint["trained_sha"] == trained.fingerprint["output_sha"]
    signals = pd.read_parquet(endings.run_folder(run.pk) / "signals.parquet")
    table = pd.read_parquet(endings.run_folder(trained.pk) / "predictions.parquet")
    order = {"session": True, "prediction": False, "ticker": True}  # ties: A to Z
    ranked = table.sort_values(list(order), ascending=list(order.values()))
    best = ranked.groupby("session").first()
    first = signals[signals["rank"] == 1].set_index("session")["ticker"]
    assert first.to_dict() == best["ticker"].to_dict()


def test_the_newest_training_is_backtested() -> None:
    train()
    newest = train()
    assert backtest().fingerprint["trained_run"] == newest.pk


def test_an_older_training_is_backtested_where_the_newest_has_not_tested(
    viewer, client_of, token_client
) -> None:
    """It goes on past its tests: the newest answers for none of the first sessions."""
    older = train("--end", "2023-08-01")
    newest = train("--start", "2023-04-03")
    began = older.summary["test_first"]
    assert began < newest.summary["test_first"]
    run = backtest(start=began, end=END)
    assert run.status == "succeeded", run.reason
    assert run.fingerprint["trained_run"] == older.pk
    assert f"Ranked by the training of run {older.pk}" in run.summary["rules"][-3]
    assert run.summary["rules"][-1].startswith("From 2023-08-30 on a model answers")
    page = client_of(viewer).get(f"/backtests/{run.pk}/").content.decode()
    address = reverse("training", args=[older.pk])
    assert f'ranked by <a href="{address}">training {older.pk}</a>' in page
    client = token_client(viewer, "viewer")
    assert client.get(f"/api/backtests/{run.pk}").json()["trained_run"] == older.pk
    within = backtest(start=newest.summary["test_first"], end=END)
    assert within.fingerprint["trained_run"] == newest.pk
    open_ended = backtest(start=began).summary
    assert open_ended["last_session"] == older.summary["test_last"]


def test_page_api_and_command_refuse_with_what_was_tested(
    builder_user, client_of, token_client
) -> None:
    trained = train()
    first, last = trained.summary["test_first"], trained.summary["test_last"]
    asked = {"pack": PACK, "model_id": MODEL, "dataset": DATASET}
    early = {"start": trained.summary["first_session"]}
    said = f"Tested are {first} to {last} (run {trained.pk})."
    answer = token_client(builder_user, "builder").post(
        "/api/backtest", asked | early, content_type="application/json"
    )
    (fault,) = answer.json()["errors"]
    assert said in fault["message"]
    assert fault["hint"].startswith(f"Start on {first} or later")
    page = client_of(builder_user).post(f"/models/{NAME}/backtest/", asked | early)
    assert said in page.content.decode()
    with pytest.raises(CommandError) as caught:
        command("backtest", "--start", early["start"])
    assert said in str(caught.value)


def test_it_is_not_backtested_on_what_it_had_seen(
    builder_user, token_client, model: Path
) -> None:
    tested = train().summary
    asked = {"pack": PACK, "model_id": MODEL, "dataset": DATASET}
    client = token_client(builder_user, "builder")

    def faults(**days: str) -> list[tuple[str, str]]:
        answer = client.post(
            "/api/backtest", json.dumps(asked | days), content_type="application/json"
        )
        assert answer.status_code == 422, answer.content
        return [(one["code"], one["pointer"]) for one in answer.json()["errors"]]

    first, before = tested["test_first"], tested["first_session"]
    assert faults(start=before) == [("train.untested", "/start")]
    assert faults(end=first) == faults(end=before) == [("train.untested", "/end")]
    folds = "splits: purged_kfold, folds: 4"
    model.write_text(CONFIG.replace("splits: walk_forward, folds: 2", folds))
    train()
    assert faults() == [("train.not_backtestable", "/model_id")]


def test_past_the_training_its_schedule_goes_on() -> None:
    """To 2023-09-15; ten sessions later the newest model answers still, and a scan of
    one of them says the same."""
    trained = train()
    run = backtest(start=AFTER)
    assert run.status == "succeeded", run.reason
    assert run.summary["first_session"] == AFTER
    assert run.summary["last_session"] == "2023-09-29"
    assert run.fingerprint["trained_run"] == trained.pk
    assert run.fingerprint["refreshed"] == 0
    assert "its newest model answers, up to 2023-09-29" in " ".join(
        run.summary["rules"]
    )
    signals = pd.read_parquet(endings.run_folder(run.pk) / "signals.parquet")
    ranked = signals[signals["session"] == AFTER].sort_values("rank")["ticker"]
    assert list(ranked[:10]) == [one["ticker"] for one in scan(AFTER)["signals"]]


def test_the_second_backtest_past_a_training_fits_nothing_again() -> None:
    trained = train("--end", "2023-08-01")
    once = backtest(start=AFTER, end="2023-09-22")
    assert once.fingerprint["refreshed"] == 1
    (path,) = (endings.run_folder(trained.pk) / "further").iterdir()
    written, content = path.stat().st_mtime_ns, path.read_bytes()
    again = backtest(start=AFTER, end="2023-09-22")
    assert path.stat().st_mtime_ns == written
    path.write_bytes(content.replace(b"leaf_value=", b"leaf_value=9"))
    anew = backtest(start=AFTER, end="2023-09-22")
    assert path.read_bytes() == content
    for run in (again, anew):
        assert run.fingerprint["output_sha"] == once.fingerprint["output_sha"]
        assert run.fingerprint["refreshed_sha"] == once.fingerprint["refreshed_sha"]
        assert run.summary["rules"] == once.summary["rules"]


def test_the_model_is_in_research_once_it_was_scanned(viewer, client_of) -> None:
    train()
    scan(AFTER)
    page = client_of(viewer).get(f"/models/{NAME}/").content.decode()
    assert '<span class="chip">research</span>' in page
    assert timezone.now().date() > dt.date(2023, 11, 6)  # it still answers for 2023
    assert "predicts until" in page
