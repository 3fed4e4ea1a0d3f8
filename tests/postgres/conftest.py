"""Real worker processes against a real PostgreSQL."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.db import connection

import tests.toys.jobs  # noqa: F401 # makes the kind `toy` known
from signals.models import Run
from signals.services import runs
from tests.home import ROOT


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All tests here need PostgreSQL; say so where there is none."""
    here = Path(__file__).parent
    skip = pytest.mark.skip(reason="DATABASE_URL does not name a PostgreSQL")
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.postgres)
            item.add_marker(pytest.mark.django_db(transaction=True))
            if connection.vendor != "postgresql":
                item.add_marker(skip)


def environment(**given: str) -> dict[str, str]:
    """What a process needs to work on the database of the tests."""
    url = os.environ["DATABASE_URL"].rsplit("/", 1)[0]
    return {
        **os.environ,
        "DATABASE_URL": f"{url}/{connection.settings_dict['NAME']}",
        "DJANGO_SETTINGS_MODULE": "tests.toys.settings",
        "PYTHONPATH": str(ROOT),
        **given,
    }


@dataclass
class Worker:
    """A `manage.py worker` and what it printed."""

    process: subprocess.Popen[bytes]
    output: Path

    def tree(self) -> dict[int, str]:
        """Command lines of all its descendants, by process id."""
        found = {self.process.pid: ""}
        parents = dict(_processes())
        grew = True
        while grew:
            new = {p for p, (up, _) in parents.items() if up in found} - set(found)
            found |= {pid: parents[pid][1] for pid in new}
            grew = bool(new)
        del found[self.process.pid]
        return found

    def child(self, command: str) -> int | None:
        """The newest descendant whose command line holds a word."""
        pids = [pid for pid, line in self.tree().items() if command in line]
        return max(pids, default=None)

    def stop(self, seconds: float = 60) -> int:
        """Ask it to stop, as Ctrl-C does; its exit status."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        return self.process.wait(seconds)


def _processes() -> Iterator[tuple[int, tuple[int, str]]]:
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            stat = (folder / "stat").read_text()
            line = (folder / "cmdline").read_text().replace("\0", " ")
        except OSError:
            continue
        if stat.rsplit(")", 1)[1].split()[0] != "Z":
            yield int(folder.name), (int(stat.rsplit(")", 1)[1].split()[1]), line)


def launch(output: Path, *argv: str, **env: str) -> Worker:
    """Start `manage.py` with a short lease; what it says goes to a file."""
    with output.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, str(ROOT / "manage.py"), *argv],
            env=environment(**({"SIGMA_LEASE_SECONDS": "3"} | env)),
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
        )
    return Worker(process, output)


@pytest.fixture
def start_worker(tmp_path: Path) -> Iterator[Callable[..., Worker]]:
    """Starts workers with an environment; stops them, and shows what they said."""
    started: list[Worker] = []

    def start(**env: str) -> Worker:
        output = tmp_path / f"worker{len(started)}.log"
        started.append(launch(output, "worker", **env))
        return started[-1]

    yield start
    for worker in started:
        worker.stop()
        print(worker.output.read_text())  # noqa: T201 # shown where a test fails


@pytest.fixture(scope="module")
def worker(
    django_db_setup: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Worker]:
    """One worker for all tests of a module that do it no harm."""
    shared = launch(tmp_path_factory.mktemp("worker") / "worker.log", "worker")
    yield shared
    shared.stop()
    print(shared.output.read_text())  # noqa: T201 # shown where a test fails


def queue(**params: object) -> Run:
    """A queued toy."""
    return runs.enqueue_run(kind="toy", params=params, user=None)


def until(met: Callable[[], object], *, seconds: float = 120) -> None:
    """Wait for something to be true."""
    deadline = time.monotonic() + seconds
    while not met():
        if time.monotonic() > deadline:
            raise AssertionError(f"not met in {seconds} s")
        time.sleep(0.05)


def in_step(run: Run, name: str) -> bool:
    """Whether a run is in a step."""
    run.refresh_from_db()
    return any(s["name"] == name and s["status"] == "running" for s in run.steps)


def ended(run: Run, *, seconds: float = 120) -> Run:
    """The run, once it has ended."""

    def is_over() -> bool:
        run.refresh_from_db()
        return not run.is_active

    until(is_over, seconds=seconds)
    print(run.reason, run.log, sep="\n")  # noqa: T201 # shown where a test fails
    return run


def parent_of(pid: int | None) -> int:
    """The process that started another."""
    assert pid is not None
    return int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])


def is_alive(pid: int) -> bool:
    """Whether a process is there and no zombie."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat.rsplit(")", 1)[1].split()[0] != "Z"
