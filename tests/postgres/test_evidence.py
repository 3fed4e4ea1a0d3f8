"""Trainings, backtests and calibrations under faults: what they leave is there once."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from packs_app import definitions
from packs_app.kinds import MODEL as MODEL_KIND
from sigma_core.backtests import tables
from signals.models import Backtest, Run, TrainedModel, Trial
from signals.services import runs
from signals.services.endings import OUTPUT, run_folder
from tests.builders import MODEL
from tests.postgres.conftest import Worker, ended, in_step, is_alive, parent_of, until
from tests.signals import backtests, calibrations, training
from tests.small_market import make_market

Start = Callable[..., Worker]
KINDS = ("train", "backtest", "calibrate")
#: the backtest is of another model than the one that the calibration changes
OTHER = {"model_id": "universe_eq_swing_daily_trend_follow_scanner"}
ASKED = {
    "train": training.ASKED,
    "backtest": backtests.ASKED | OTHER,
    "calibrate": calibrations.ASKED,
}
#: what each is in the middle of, and where it has written all its files
MIDDLE = {"train": "fit", "backtest": "fills", "calibrate": "write"}
LAST = {"train": "keep", "backtest": "write", "calibrate": "write"}
CELLS = 6
REPORT = {f"{name}.parquet" for name in tables.NAMES} | {"orders.csv", "report.json"}
#: two children at once import and compute on a machine that may do other work
PATIENCE = 400.0


@pytest.fixture(autouse=True)
def pack(home: Path, packs: Path, tmp_path: Path, settings: Any) -> Iterator[Path]:
    """A small market, and packs that a run may write into."""
    make_market(home)
    copy = tmp_path / "packs"
    shutil.copytree(packs, copy)
    settings.SIGMA_PACKS = copy
    with training.learner(copy):
        yield copy / "swingsigma"


@pytest.fixture
def start(start_worker: Start, pack: Path) -> Start:
    """Starts workers that read those packs."""

    def started(failpoint: str = "") -> Worker:
        return start_worker(SIGMA_PACKS=str(pack.parent), SIGMA_FAILPOINT=failpoint)

    return started


def ask(*kinds: str) -> dict[str, Run]:
    """A queued run of each kind."""
    # a run of another test may have had the number it will get
    shutil.rmtree(run_folder(0).parent, ignore_errors=True)
    return {
        kind: runs.enqueue_run(kind=kind, params=ASKED[kind], user=None)
        for kind in kinds or KINDS
    }


def fail_at(steps: dict[str, str], when: str, action: str) -> str:
    """A failpoint of a step of each kind."""
    return ",".join(f"{kind}.{steps[kind]}.{when}:{action}" for kind in KINDS)


def end(asked: dict[str, Run]) -> list[tuple[str, int]]:
    """(status, attempt) of each once all have ended."""
    done = [ended(run, seconds=PATIENCE) for run in asked.values()]
    return [(run.status, run.attempt) for run in done]


def files(run: Run) -> set[str]:
    """What a run has left in its folder, beside what its process printed."""
    folder = run_folder(run.pk)
    left = {str(path.relative_to(folder)) for path in folder.rglob("*")}
    return left - {OUTPUT}


def assert_left(run: Run, wanted: set[str]) -> None:
    """A run leaves these files; what its attempts have staged goes after its end."""
    until(lambda: not any(name.startswith("attempt") for name in files(run)))
    assert files(run) == wanted


def files_of(row: TrainedModel) -> set[str]:
    """What a training keeps: the newest model, those of its splits, the report."""
    model = {"model.txt", "card.json"}
    folders = {f"models/{number}" for number in range(len(row.card["splits"]))}
    own = {f"{folder}/{name}" for folder in folders for name in model}
    return model | {"predictions.parquet", "report.json", "models"} | folders | own


def assert_once(asked: dict[str, Run], pack: Path) -> None:
    """Rows, files, recipe and promotion of the three are there, once each."""
    trained, backtest, sweep = (asked[kind] for kind in KINDS)
    assert_left(trained, files_of(TrainedModel.objects.get(run=trained)))
    assert TrainedModel.objects.count() == 1
    assert_left(backtest, REPORT)
    assert_left(sweep, set())
    assert Backtest.objects.get().trial.run == backtest
    origins = Trial.objects.order_by("origin").values_list("origin", flat=True)
    assert list(origins) == ["backtest", *["sweep"] * CELLS]
    assert sweep.cells.count() == CELLS
    assert_promoted_once(sweep, pack)


def assert_promoted_once(sweep: Run, pack: Path) -> None:
    """One recipe, one new state of the model, and the run knows both."""
    recipes = [path.name for path in (pack / "recipes").iterdir()]
    assert recipes == [f"{sweep.summary['recipe']}.json"]
    states = definitions.history(pack="swingsigma", kind=MODEL_KIND, name=MODEL)
    assert states[0].note == f"calibrated by run {sweep.pk}"
    assert len(states) == 2
    assert sweep.summary["promoted"]["revision"] == 2
    assert sweep.summary["promoted"]["words"].startswith("adx_min 18 → ")
    assert sweep.summary["current"]["adx_min"] == 18


@pytest.mark.parametrize("place", ["middle", "files", "inside"])
def test_they_are_done_again_and_leave_all_once(
    start: Start, pack: Path, place: str
) -> None:
    asked = ask()
    start(
        {
            "middle": fail_at(MIDDLE, "before", "1:kill"),
            "files": fail_at(LAST, "after", "1:kill"),
            "inside": "run.commit.inside:1:kill",
        }[place]
    )
    assert end(asked) == [("succeeded", 2)] * 3
    assert_once(asked, pack)


def test_they_are_not_done_again_when_killed_after_their_end(
    start: Start, pack: Path
) -> None:
    asked = ask()
    start("run.commit.after:*:kill")
    assert end(asked) == [("succeeded", 1)] * 3
    assert_once(asked, pack)


def test_they_fail_when_they_always_die_and_leave_what_was_seen(start: Start) -> None:
    asked = ask()
    start("run.commit.inside:*:kill")
    assert end(asked) == [("failed", 2)] * 3
    assert {run.reason_code for run in asked.values()} == {"worker_died"}
    assert not TrainedModel.objects.exists()
    assert not Backtest.objects.exists()
    for run in asked.values():
        assert_left(run, set())
    # the page shows the cells, so they count as tried
    assert asked["calibrate"].cells.count() == CELLS
    assert Trial.objects.count() == CELLS


def test_a_killed_worker_takes_the_process_with_the_trees_along(start: Start) -> None:
    asked = ask("train")
    worker = start()
    until(lambda: worker.child("sigma_core.boosting.child"), seconds=PATIENCE)
    trees = worker.child("sigma_core.boosting.child")
    child = worker.child("execute_run")
    os.kill(parent_of(child), signal.SIGKILL)
    until(lambda: not is_alive(trees) and not is_alive(child))
    assert end(asked) == [("succeeded", 2)]
    assert_left(asked["train"], files_of(TrainedModel.objects.get()))


def test_a_training_that_was_handed_back_is_done_again(start: Start) -> None:
    asked = ask("train")
    first = start("train.keep.after:1:sleep=60")  # its files are written
    until(lambda: in_step(asked["train"], "keep"), seconds=PATIENCE)
    assert first.stop() == 0
    start()
    assert end(asked) == [("succeeded", 1)]
    assert_left(asked["train"], files_of(TrainedModel.objects.get()))


def test_cancelled_in_the_middle_they_leave_what_was_seen(start: Start) -> None:
    asked = ask()
    middle = MIDDLE | {"calibrate": "cells"}  # in its last step it can't be stopped
    start(fail_at(middle, "before", "1:sleep=4"))
    for kind, run in asked.items():
        until(lambda kind=kind, run=run: in_step(run, middle[kind]), seconds=PATIENCE)
        runs.cancel_run(run=run, user=None)
    assert end(asked) == [("cancelled", 1)] * 3
    for run in asked.values():
        assert_left(run, set())
    assert not TrainedModel.objects.exists()
    assert not Backtest.objects.exists()
    assert Trial.objects.count() == asked["calibrate"].cells.count()
