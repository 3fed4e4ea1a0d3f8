"""Trainings through command, page and API: what they leave, and what they refuse."""

from __future__ import annotations

import datetime as dt
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from django.test import Client

from sigma_core.errors import BadInput
from signals.management.training_text import training_text
from signals.models import Run, TrainedModel
from signals.services import endings, runs
from tests.builders import MODEL as SCANNER
from tests.home import PACKS
from tests.signals.training import (
    ASKED,
    CONFIG,
    MODEL,
    NAME,
    PACK,
    do_newest_run,
    kill_children,
    learner,
    train,
)
from tests.small_market import DATASET, make_market

pytestmark = pytest.mark.django_db
PAGE = f"/models/{NAME}/"


@pytest.fixture(autouse=True)
def model(home: Path, settings: Any) -> Iterator[Path]:
    """Bars to learn from, and the file of a model that may."""
    settings.SIGMA_TRAIN_THREADS = 1
    make_market(home)
    with learner() as path:
        yield path


def test_its_numbers_in_the_terminal_are_those_of_the_page() -> None:
    run = train()
    pooled = {"ic": -0.043, "spread": -0.0059, "hit_rate": 0.512, "t": -0.001}
    run.summary["report"]["pooled"] |= pooled
    (line,) = (
        line for line in training_text(run).splitlines() if line[:8] == "together"
    )
    said = line.split("  ")
    for number in ("−0.043", "−0.59 %", "51.2 %", "0.00"):
        assert number in [one.strip() for one in said], line


def test_it_leaves_models_predictions_and_a_row_by_which_they_are_found() -> None:
    run = train()
    row, summary = run.trained, run.summary
    assert (row.pack, row.model_id, row.dataset) == (PACK, MODEL, DATASET)
    # labels of 5 sessions: the last that is known by 15 September is of the 8th
    assert (summary["last_session"], str(row.last)) == ("2023-09-15", "2023-09-07")
    assert run.fingerprint["trees_sha"] == row.trees_sha == row.card["trees_sha"]
    assert run.fingerprint["matrix_sha"] == row.matrix_sha
    assert (run.fingerprint["seed"], "lightgbm" in run.fingerprint["libraries"]) == (
        7,
        True,
    )
    folder = endings.run_folder(run.pk)
    for number in range(summary["models"]):
        assert (folder / "models" / str(number) / "model.txt").is_file()
    table = pd.read_parquet(folder / "predictions.parquet")
    assert len(table) == summary["predictions"] > 1000
    assert str(table["session"].max().date()) == summary["test_last"] == "2023-09-15"


def test_the_same_training_again_gives_the_same_trees(model: Path) -> None:
    first = train()
    model.write_text(CONFIG + "# a remark\ntags: [tried]\n", encoding="utf-8")
    again = train()
    assert again.fingerprint["trees_sha"] == first.fingerprint["trees_sha"]
    assert again.fingerprint["output_sha"] == first.fingerprint["output_sha"]
    assert again.trained.card["learned_sha"] == first.trained.card["learned_sha"]
    model.write_text(CONFIG.replace("seed: 7", "seed: 8"), encoding="utf-8")
    other = train()
    # a seed counts where rows or columns are drawn: here none are
    assert other.trained.card["learned_sha"] != first.trained.card["learned_sha"]


def test_page_api_and_command_train_the_same(
    builder_user, client_of, token_client
) -> None:
    by_command = train()
    script = token_client(builder_user, "builder")
    answer = script.post("/api/train", ASKED, content_type="application/json")
    assert answer.status_code == 202, answer.content
    by_api = do_newest_run()
    form = {"start": "", "end": ASKED["end"], "dataset": DATASET, "key": "one-page"}
    answer = client_of(builder_user).post(f"{PAGE}train/", form)
    by_page = do_newest_run()
    assert answer.headers["Location"] == f"/runs/{by_page.pk}/?then=result"
    for run in (by_api, by_page):
        assert run.fingerprint["output_sha"] == by_command.fingerprint["output_sha"]
        assert run.summary["report"] == by_command.summary["report"]
    document = script.get(f"/api/models/{NAME}/training").json()
    assert (document["run"], document["state"]) == (by_page.pk, "predicts")
    assert document["predicts_until"] == "2023-11-06"  # 7 September + 60 days
    assert document["card"]["report"] == by_command.summary["report"]


def test_two_clicks_on_one_page_are_one_training(builder_user, client_of) -> None:
    client = client_of(builder_user)
    for _ in range(2):
        client.post(f"{PAGE}train/", {"end": ASKED["end"], "key": "one-page"})
    assert Run.objects.filter(kind="train").count() == 1


#: name: (changes of what is asked for, pointer, code)
REFUSED = {
    "a scanner": (
        {"pack": "swingsigma", "model_id": SCANNER},
        "model_id",
        "train.kind",
    ),
    "no such model": ({"model_id": "nobody"}, "model_id", "unknown.model"),
    "no such pack": ({"pack": "nowhere"}, "pack", "unknown.pack"),
    "a closed day": ({"end": "2023-07-04"}, "end", "sessions.closed"),
    "swapped": ({"start": "2023-09-15", "end": "2023-06-15"}, "start", "window.order"),
    "too early": ({"start": "2019-01-02"}, "start", "bars.no_session"),
    "too late": ({"end": "2024-06-03"}, "end", "bars.no_session"),
    "too few sessions": ({"end": "2023-05-15"}, "/end", "train.too_short"),
    "no bars of its ticker": (
        {"pack": "swingsigma", "model_id": "spy_eq_swing_daily_gbm"},
        "/dataset",
        "train.no_ticker",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_it_refuses_what_can_t_be_trained(
    name: str, builder_user, token_client
) -> None:
    changes, where, code = REFUSED[name]
    body = json.dumps(ASKED | changes)
    client: Client = token_client(builder_user, "builder")
    answer = client.post("/api/train", body, content_type="application/json")
    fault = answer.json()["errors"][0]
    assert (answer.status_code, fault["code"]) == (422, code), answer.content
    assert where in fault["pointer"]
    assert not Run.objects.exists()


@pytest.mark.parametrize(
    ("before", "after", "where"),
    [
        ("window: 60", "window: 600", "/model_id"),  # no days were asked for
        ("embargo: 5", "embargo: 2", "/model_id"),
    ],
)
def test_a_key_of_the_definition_is_no_pointer(
    model: Path, builder_user, token_client, before: str, after: str, where: str
) -> None:
    model.write_text(CONFIG.replace(before, after), encoding="utf-8")
    body = {name: ASKED[name] for name in ("pack", "model_id", "dataset")}
    client: Client = token_client(builder_user, "builder")
    answer = client.post(
        "/api/train", json.dumps(body), content_type="application/json"
    )
    (fault,) = answer.json()["errors"]
    assert (answer.status_code, fault["pointer"]) == (422, where), fault


def test_an_empty_universe_is_said_at_once(
    model: Path, builder_user, token_client
) -> None:
    path = PACKS / "common" / "universes" / "nobody.yaml"
    path.write_text("name: nobody\nversion: 1\nbase: {list: [NOBODY]}\n")
    model.write_text(CONFIG.replace("us_liquid", "nobody"), encoding="utf-8")
    client: Client = token_client(builder_user, "builder")
    body = json.dumps(ASKED)
    try:
        answer = client.post("/api/train", body, content_type="application/json")
    finally:
        path.unlink()
    (fault,) = answer.json()["errors"]
    found = (answer.status_code, fault["code"], fault["pointer"])
    assert found == (422, "universe.empty", "/model_id")
    assert not Run.objects.exists()


@pytest.mark.parametrize(
    ("call", "more"),
    [("train", {}), ("backtest", {}), ("calibrate_thresholds", {"grid": {"a": [1]}})],
)
def test_a_fault_in_its_file_is_said_of_the_model(
    model: Path, builder_user, token_client, call: str, more: dict[str, Any]
) -> None:
    text = CONFIG.replace("kind: fwd_ret", "kind: fwd_return")
    model.write_text(text, encoding="utf-8")
    body = {name: ASKED[name] for name in ("pack", "model_id", "dataset")} | more
    client: Client = token_client(builder_user, "builder")
    answer = client.post(
        f"/api/{call}", json.dumps(body), content_type="application/json"
    )
    fault = answer.json()["errors"][0]
    assert (answer.status_code, fault["pointer"]) == (422, "/model_id"), fault
    file = f"{ASKED['pack']}/model_configs/{ASKED['model_id']}.yaml"
    assert fault["message"].startswith(f"{file}:"), fault


#: name: (what is replaced in the model's file, by what, code)
MISDEFINED = {
    "no label": ("{kind: fwd_ret, horizon: 5}", "{kind: none}", "label.none"),
    "unknown label": ("kind: fwd_ret", "kind: fwd_return", "spec."),
    "an embargo shorter than the label": ("embargo: 5", "embargo: 2", "embargo"),
    "too old for what it tests": ("max_age_days: 60", "max_age_days: 9", "max_age"),
    "an unknown parameter": ("rounds: 8", "round: 8", "unknown.parameter"),
}


@pytest.mark.parametrize("name", MISDEFINED)
def test_it_refuses_a_definition_that_can_t_be_trained(name: str, model: Path) -> None:
    before, after, code = MISDEFINED[name]
    model.write_text(CONFIG.replace(before, after), encoding="utf-8")
    with pytest.raises(BadInput) as caught:
        runs.create_run(kind="train", params=ASKED)
    assert code in caught.value.problems[0].code
    assert not Run.objects.exists()


def test_a_cancelled_training_leaves_nothing() -> None:
    run = runs.create_run(kind="train", params=ASKED)
    shutil.rmtree(endings.run_folder(run.pk), ignore_errors=True)  # another test's

    def stop(label: str, percent: int, words: str) -> None:
        if label.startswith("Train"):
            Run.objects.filter(pk=run.pk).update(cancel_requested=True)

    ended = runs.execute_here(run, listener=stop)
    assert (ended.status, ended.reason_code) == ("cancelled", "run.cancelled")
    assert not TrainedModel.objects.exists()
    assert not list(endings.run_folder(run.pk).rglob("*"))
    assert not kill_children(f"runs/{run.pk}/")


def test_a_killed_child_is_named_and_the_run_fails() -> None:
    run = runs.create_run(kind="train", params=ASKED)

    def kill(label: str, percent: int, words: str) -> None:
        if label.startswith("Train"):
            kill_children(f"runs/{run.pk}/")

    ended = runs.execute_here(run, listener=kill)
    assert (ended.status, ended.reason_code) == ("failed", "train.lost")
    assert "signal 9" in ended.reason
    assert not TrainedModel.objects.exists()


def test_a_child_that_wants_too_much_memory_is_ended(settings: Any) -> None:
    settings.SIGMA_RUN_MEMORY_BYTES = 2**20
    run = runs.execute_here(runs.create_run(kind="train", params=ASKED))
    assert (run.status, run.reason_code) == ("failed", "out_of_memory")
    assert "MiB" in run.reason


def test_the_page_of_the_model_says_until_when_it_predicts(viewer, client_of) -> None:
    client = client_of(viewer)
    assert "has to be trained before" in client.get(PAGE).content.decode()
    run = train()
    page = client.get(PAGE).content.decode()
    assert "predicts until Mon 6 Nov 2023" in page
    assert f"/training/{run.pk}/" in page
    assert "trained" in client.get("/models/").content.decode()


def test_the_page_says_whose_bars_are_missing(viewer, client_of) -> None:
    """Before one clicks: the market of the tests holds no SPY."""
    page = "/models/swingsigma/spy_eq_swing_daily_gbm/"
    said = client_of(viewer).get(page).content.decode()
    (without,) = re.findall("It is about SPY, and (.+) ha(?:s|ve) no bars of it", said)
    assert DATASET in without.split(", ")
    assert "It is about" not in client_of(viewer).get(PAGE).content.decode()


def test_the_page_says_why_no_training_answers(viewer, client_of, model: Path) -> None:
    train()
    changed = CONFIG.replace("horizon: 5", "horizon: 3")
    model.write_text(changed, encoding="utf-8")
    page = client_of(viewer).get(PAGE).content.decode()
    assert "what the model learns from has changed since" in page
    young = CONFIG.replace("max_age_days: 60", "max_age_days: 20")
    model.write_text(young, encoding="utf-8")
    page = client_of(viewer).get(PAGE).content.decode()
    assert "too far from the end of its training" in page


def test_the_report_shows_every_measure_fold_and_column(viewer, client_of) -> None:
    run = train()
    report = run.summary["report"]
    page = client_of(viewer).get(f"/training/{run.pk}/").content.decode()
    for fold in report["folds"]:
        assert f"fold {fold['number']}" in page
    pooled = f"{report['pooled']['rank_ic']:+.3f}".replace("-", "−")
    assert page.count(pooled) >= 3  # in the sentence, large, and in the table
    for name in ("momentum", "random", "permuted", "ret_20", "vol_zscore_20"):
        assert name in page
    assert "then it refuses" in page


def test_the_report_asks_a_fixed_number_of_queries(
    viewer, client_of, django_assert_num_queries
) -> None:
    run = train()
    client = client_of(viewer)
    client.get(f"/training/{run.pk}/")
    with django_assert_num_queries(5):  # session, user, groups, the run, its siblings
        client.get(f"/training/{run.pk}/")


def test_its_run_has_a_page_and_leads_to_the_report(viewer, client_of) -> None:
    run, client = train(), client_of(viewer)
    page = client.get(f"/runs/{run.pk}/")
    assert page.status_code == 200
    assert "Keep the models" in page.content.decode()
    waited = client.get(f"/runs/{run.pk}/?then=result")
    assert waited.headers["Location"] == f"/training/{run.pk}/"


def test_files_of_single_models_can_be_had(viewer, client_of) -> None:
    run = train()
    client = client_of(viewer)
    answer = client.get(f"/runs/{run.pk}/files/models/0/card.json")
    card = json.loads(b"".join(answer.streaming_content))
    assert card["trees_sha"] == run.summary["splits"][0]["trees_sha"]
    assert client.get(f"/runs/{run.pk}/files/../{run.pk}/card.json").status_code == 404
    assert client.get("/training/999/").status_code == 404


def test_a_viewer_trains_nothing(viewer, client_of, token_client) -> None:
    assert client_of(viewer).post(f"{PAGE}train/", {}).status_code == 403
    answer = token_client(viewer, "viewer").post(
        "/api/train", ASKED, content_type="application/json"
    )
    assert answer.status_code == 403


def test_a_model_that_was_never_trained_has_no_training(viewer, token_client) -> None:
    client = token_client(viewer, "viewer")
    assert client.get(f"/api/models/{NAME}/training").status_code == 404
    row = train().trained
    assert client.get(f"/api/models/{NAME}/training?dataset=other").status_code == 404
    found = client.get(f"/api/models/{NAME}/training?dataset={DATASET}").json()
    assert found["first"] == row.first.isoformat()
    assert dt.date.fromisoformat(found["predicts_until"]) > row.last
