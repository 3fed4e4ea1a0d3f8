"""From a model that learns to its place on the board beside a scanner, in a browser."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection

from signals.models import Run
from signals.services import runs
from tests.signals.backtests import ASKED as SCANNER
from tests.signals.backtests import done
from tests.signals.training import END, NAME, learner
from tests.small_market import DATASET, make_market

pytestmark = pytest.mark.browser
PATIENCE = 120_000


@pytest.fixture(autouse=True)
def market(home):
    make_market(home)
    with learner():
        yield


@contextmanager
def working() -> Iterator[None]:
    """Meanwhile the worker does the newest run, in a thread with its own connection."""

    def perform() -> None:
        runs.execute_here(Run.objects.latest("pk"))
        connection.close()

    thread = threading.Thread(target=perform)
    thread.start()
    yield
    thread.join()


def test_from_a_model_that_learns_to_its_place_beside_a_scanner(making, site, faults):
    scanner = done()
    making.goto(f"{site}/models/{NAME}/")
    making.fill("#train [name=end]", END)
    making.select_option("#train [name=dataset]", DATASET)
    making.click("#train button:text('Train')")
    making.wait_for_url("**/runs/*/**")
    with working():
        making.wait_for_url("**/training/*/", timeout=PATIENCE)
    training = Run.objects.get(kind="train")
    report = making.inner_text("main")
    assert "What it looks at" in report
    assert "ret_5" in report
    pooled = training.trained.card["report"]["pooled"]["rank_ic"]
    assert f"{pooled:+.3f}".replace("-", "−") in report

    making.click("text=Its model")
    making.select_option("#backtest [name=dataset]", DATASET)
    making.click("#backtest button:text('Backtest')")
    making.wait_for_url("**/runs/*/**")
    with working():
        making.wait_for_url("**/backtests/*/", timeout=PATIENCE)
    backtest = Run.objects.latest("pk")
    assert backtest.fingerprint["trained_run"] == training.pk

    making.click("nav >> text=Leaderboard")
    making.wait_for_selector("table.board")
    assert making.locator("table.board tbody tr").count() == 2
    for run in (scanner, backtest):
        making.check(f"input[name=runs][value='{run.pk}']")
    making.click("text=Compare 2 ticked")
    making.wait_for_selector("[data-figure] .drawing .main-svg")
    compared = making.inner_text("main")
    for run in (scanner, backtest):
        assert f"run {run.pk}" in compared.lower()
    assert SCANNER["model_id"].split("_daily_")[1].replace("_", " ") in compared
