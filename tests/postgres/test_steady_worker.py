"""What one worker does, run after run: work, cancel, faults of a job."""

from __future__ import annotations

from pathlib import Path

from signals.models import Heartbeat
from signals.services import runs
from tests.postgres.conftest import Worker, ended, in_step, queue, until


def test_it_does_a_queued_run(worker: Worker) -> None:
    run = queue(signals=3)
    ended(run)
    assert (run.status, run.attempt, run.signals.count()) == ("succeeded", 1, 3)
    assert Heartbeat.objects.filter(name="worker").exists()


def test_it_stops_a_cancelled_run(worker: Worker) -> None:
    run = queue(seconds=60)
    until(lambda: in_step(run, "first"))
    runs.cancel_run(run=run, user=None)
    ended(run, seconds=30)
    assert (run.status, run.reason_code) == ("cancelled", "run.cancelled")


def test_it_kills_a_cancelled_run_that_does_not_listen(worker: Worker) -> None:
    run = queue(do="deaf", seconds=60)
    until(lambda: in_step(run, "first"))
    runs.cancel_run(run=run, user=None)
    ended(run, seconds=40)
    assert run.status == "cancelled"
    assert run.steps[0]["status"] == "cancelled"


def test_it_says_so_when_something_breaks(worker: Worker) -> None:
    run = queue(do="break")
    ended(run)
    assert (run.status, run.reason_code) == ("failed", "error.unexpected")
    assert "on purpose" in run.log


def test_it_imports_nothing_heavy_before_the_child(worker: Worker) -> None:
    run = queue()
    ended(run)
    heavy = ("numba", "llvmlite", "deltalake", "pandas", "pyarrow")
    assert not set(heavy) & set(run.summary["modules"])  # a child without the engine
    forked = [p for p, line in worker.tree().items() if "manage.py cluster" in line]
    assert len(forked) >= 5
    for pid in forked:
        loaded = Path(f"/proc/{pid}/maps").read_text()
        assert not [name for name in heavy if f"/{name}/" in loaded]
