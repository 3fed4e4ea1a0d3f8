"""Scans under faults: one list comes out, whole and once, whatever is killed."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.db import connection

from signals.models import Run, Signal, SignalList
from signals.services import runs
from tests.postgres.conftest import Worker, ended, in_step, parent_of, until
from tests.small_market import SCAN, make_market

Start = Callable[..., Worker]


@pytest.fixture(scope="module", autouse=True)
def market(home: Path) -> None:
    """A small demo market for all tests here."""
    make_market(home)


def scan(**fields: object) -> Run:
    """A queued scan of the small market."""
    ask = {"kind": "scan", "params": SCAN, "user": None, "idempotency_key": None}
    return runs.enqueue_run(**(ask | fields))


def listed(run: Run) -> list[tuple[int, str, float]]:
    """What a run put on its list."""
    rows = Signal.objects.filter(run=run).order_by("rank")
    return list(rows.values_list("rank", "ticker", "score_total"))


def test_it_lists_once_when_the_worker_is_killed_in_a_scan(start_worker: Start) -> None:
    run = scan()
    worker = start_worker(SIGMA_FAILPOINT="scan.scores.before:1:sleep=60")
    until(lambda: in_step(run, "scores"))
    os.kill(parent_of(worker.child("execute_run")), signal.SIGKILL)
    ended(run)
    assert (run.status, run.attempt) == ("succeeded", 2)
    assert listed(run)
    assert Signal.objects.current().count() == len(listed(run))
    again = runs.execute_here(runs.create_run(kind="scan", params=run.params))
    assert again.fingerprint["output_sha"] == run.fingerprint["output_sha"]
    assert listed(again) == listed(run)


def test_it_fails_a_scan_that_always_dies_and_lists_nothing(
    start_worker: Start,
) -> None:
    run = scan()
    start_worker(SIGMA_FAILPOINT="run.commit.inside:*:kill")
    ended(run)
    assert (run.status, run.reason_code) == ("failed", "worker_died")
    assert not Signal.objects.exists()
    assert not SignalList.objects.exists()


def test_it_has_one_current_list_after_two_scans_at_once(start_worker: Start) -> None:
    both = [scan(), scan()]
    # each holds its transaction open while the other arrives
    start_worker(SIGMA_FAILPOINT="run.commit.inside:*:sleep=2")
    for run in both:
        ended(run)
        assert run.status == "succeeded"
    assert len(listed(both[0])) == len(listed(both[1])) > 0
    current = Signal.objects.current()
    assert current.count() == len(listed(both[0]))
    known = SignalList.objects.get()
    assert set(current.values_list("run_id", flat=True)) == {known.run_id}
    assert known.run == max(both, key=lambda run: run.started_at)
    assert known.revision == 1  # the same output is no new revision


def test_it_starts_one_run_for_ten_equal_requests(builder_user: User) -> None:
    def ask(_: int) -> int:
        try:
            return scan(user=builder_user, idempotency_key="the same").pk
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as pool:
        answers = set(pool.map(ask, range(10)))
    assert answers == set(Run.objects.values_list("pk", flat=True))
    assert len(answers) == 1
