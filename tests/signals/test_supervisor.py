"""Programs are kept up, ended together, and end with who started them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from packs_app import failpoints
from sigma_core.memory import memory_of
from sigma_core.tether import tethered
from signals import supervisor


def sleeper(seconds: int = 60) -> list[str]:
    """A program that does nothing for a while."""
    return [sys.executable, "-c", f"import time; time.sleep({seconds})"]


def until(met: Callable[[], object], seconds: float = 20) -> None:
    """Wait for something to be true."""
    deadline = time.monotonic() + seconds
    while not met():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def is_gone(pid: int) -> bool:
    """Whether a process is there no more (a zombie is not)."""
    return memory_of(pid) is None


def test_it_ends_a_tethered_program_with_its_parent(tmp_path: Path) -> None:
    middle = (
        "import subprocess, sys, time; from sigma_core.tether import tethered; "
        f"p = subprocess.Popen(tethered({sleeper()!r}, 9)); "
        "print(p.pid, flush=True); time.sleep(60)"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", middle], stdout=subprocess.PIPE, text=True
    )
    child = int(parent.stdout.readline())
    until(lambda: "sleep" in Path(f"/proc/{child}/cmdline").read_text())
    parent.kill()
    parent.communicate()
    until(lambda: is_gone(child))


def test_it_ends_at_once_if_the_parent_is_another() -> None:
    argv = tethered(sleeper(), signal.SIGKILL)
    argv[2] = "1"  # as if the one that started it had died meanwhile
    done = subprocess.run(argv, check=False, timeout=20)
    assert done.returncode == -signal.SIGKILL


def test_it_starts_a_crashed_program_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "FIRST_PAUSE", 0.1)
    program = supervisor.Program("crash", [sys.executable, "-c", "exit(3)"], pause=0.1)
    seen: set[int] = set()

    def look() -> bool:
        program.look()
        if program.process:
            seen.add(program.process.pid)
        return len(seen) == 3

    until(look)
    assert program.pause >= 0.4  # it doubled with each crash
    program.end(time.monotonic())


def test_it_ends_all_on_a_signal() -> None:
    programs = [supervisor.Program(name, sleeper()) for name in ("one", "two")]
    stopper = threading.Timer(1.0, os.kill, (os.getpid(), signal.SIGTERM))
    stopper.start()
    supervisor.supervise(programs)
    assert [program.process.poll() for program in programs] == [-15, -15]


def test_it_kills_what_will_not_stop() -> None:
    deaf = "import signal, time; signal.signal(15, signal.SIG_IGN); time.sleep(60)"
    program = supervisor.Program("deaf", [sys.executable, "-c", deaf])
    stopper = threading.Timer(1.0, os.kill, (os.getpid(), signal.SIGINT))
    stopper.start()
    supervisor.supervise([program], patience=0.5)
    assert program.process.poll() == -signal.SIGKILL


def test_it_measures_memory() -> None:
    memory = memory_of()
    assert 0 < memory.held <= memory.peak
    assert memory_of(2**22 + 1) is None


def test_it_reads_failpoints() -> None:
    armed = failpoints.parse("a.b:2:sleep=0.5,c:*:kill")
    assert armed == {"a.b": ("2", "sleep=0.5"), "c": ("*", "kill")}


@pytest.mark.parametrize("text", ["a:1", "a:x:kill", "a:1:explode", "a:1:sleep=long"])
def test_it_refuses_a_failpoint_it_can_not_read(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 # each fault has its own words
        failpoints.parse(text)


def test_it_fires_at_the_hit_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(failpoints, "_armed", failpoints.parse("a:2:raise,b:3:raise"))
    failpoints.hit("a")
    with pytest.raises(failpoints.FailpointHit):
        failpoints.hit("a")
    failpoints.hit("b", nth=1)
    with pytest.raises(failpoints.FailpointHit):
        failpoints.hit("b", nth=3)
    failpoints.hit("unknown")
