"""`serve`: one command starts web and worker, one signal stops both."""

from __future__ import annotations

import http.client
import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from signals.models import Run
from signals.services import runs
from tests.postgres.conftest import Worker, ended, is_alive, launch, until


@pytest.fixture
def port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def site(port: int, tmp_path: Path) -> Iterator[Worker]:
    """A site that is being served."""
    site = launch(tmp_path / "serve.log", "serve", "--port", str(port))
    yield site
    site.stop()
    print(site.output.read_text())  # noqa: T201 # shown where a test fails


def lives(port: int) -> bool:
    """Whether the site answers."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/healthz/live", headers={"Host": "localhost"})
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def test_it_serves_and_works_and_leaves_nothing(site: Worker, port: int) -> None:
    run: Run = runs.enqueue_run(kind="toy", params={"signals": 2}, user=None)
    until(lambda: lives(port))
    ended(run)
    assert (run.status, run.signals.count()) == ("succeeded", 2)
    until(lambda: "Sigma answers on" in site.output.read_text())
    family = site.tree()
    assert site.stop() == 0
    assert not [pid for pid in family if is_alive(pid)]


def test_it_starts_a_killed_web_process_again(site: Worker, port: int) -> None:
    until(lambda: lives(port))
    first = min(p for p, line in site.tree().items() if "gunicorn" in line)
    os.kill(first, signal.SIGKILL)
    until(lambda: not is_alive(first))
    until(lambda: lives(port))
