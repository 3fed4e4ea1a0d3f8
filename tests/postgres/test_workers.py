"""Runs outlive their workers: killed, cancelled, too big, told to stop."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable

import pytest

from tests.postgres.conftest import (
    Worker,
    ended,
    in_step,
    is_alive,
    parent_of,
    queue,
    until,
)

Start = Callable[..., Worker]


def test_it_retries_once_when_the_worker_is_killed(start_worker: Start) -> None:
    run = queue(signals=3)
    worker = start_worker(SIGMA_FAILPOINT="toy.second.before:1:sleep=60")
    until(lambda: in_step(run, "second"))
    child = worker.child("execute_run")
    os.kill(parent_of(child), signal.SIGKILL)
    until(lambda: child not in worker.tree())  # it goes with its parent
    ended(run)
    assert (run.status, run.attempt, run.signals.count()) == ("succeeded", 2, 3)


def test_it_fails_a_run_that_always_dies(start_worker: Start) -> None:
    run = queue(signals=3)
    start_worker(SIGMA_FAILPOINT="toy.second.before:*:kill")
    ended(run)
    assert (run.status, run.reason_code, run.attempt) == ("failed", "worker_died", 2)
    assert "SIGKILL" in run.reason
    assert "attempt 2" in run.log
    assert [step["status"] for step in run.steps] == ["done", "failed"]
    assert not run.signals.exists()


@pytest.mark.parametrize("place", ["before", "inside", "after"])
def test_it_writes_once_when_killed_at_the_end(start_worker: Start, place: str) -> None:
    run = queue(signals=3)
    start_worker(SIGMA_FAILPOINT=f"run.commit.{place}:1:kill")
    ended(run)
    assert (run.status, run.signals.count()) == ("succeeded", 3)
    assert run.attempt == (1 if place == "after" else 2)


def test_it_ends_a_run_that_wants_too_much_memory(start_worker: Start) -> None:
    run = queue(do="hog", seconds=60)
    start_worker(SIGMA_RUN_MEMORY_BYTES=str(300 * 2**20))
    ended(run)
    assert (run.status, run.reason_code) == ("failed", "out_of_memory")
    assert run.peak_memory_bytes > 300 * 2**20
    assert "SIGMA_RUN_MEMORY_BYTES" in run.problems[0]["hint"]


def test_it_ends_a_run_that_takes_too_long(start_worker: Start) -> None:
    run = queue(do="deaf", seconds=60)
    start_worker(SIGMA_RUN_SECONDS="3")
    ended(run)
    assert (run.status, run.reason_code) == ("failed", "out_of_time")


def test_it_hands_back_what_it_does_when_told_to_stop(start_worker: Start) -> None:
    run = queue(do="deaf", seconds=5)
    first = start_worker()
    until(lambda: in_step(run, "first"))
    assert first.stop() == 0
    run.refresh_from_db()
    assert (run.status, run.attempt) == ("queued", 0)
    start_worker()
    ended(run)
    assert (run.status, run.attempt) == ("succeeded", 1)


def test_it_leaves_no_process_when_killed(start_worker: Start) -> None:
    run = queue(do="deaf", seconds=60)
    worker = start_worker()
    until(lambda: in_step(run, "first"))
    family = worker.tree()
    assert len(family) >= 6  # queue, sentinel, 2 workers, monitor, pusher, child
    worker.process.kill()
    worker.process.wait()
    until(lambda: not any(is_alive(pid) for pid in family))
    run.refresh_from_db()
    assert run.status == "queued"  # the queue's processes were asked first


def test_it_goes_on_when_the_queue_is_killed(start_worker: Start) -> None:
    run = queue(seconds=2)
    worker = start_worker()
    until(lambda: in_step(run, "first"))
    os.kill(worker.child("manage.py cluster"), signal.SIGKILL)
    ended(run)
    assert run.status == "succeeded"
