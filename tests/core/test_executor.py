"""Threads and processes give the same bytes, and a child that dies costs nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from threading import Thread

import numpy as np
import pytest

from sigma_core import matrix
from sigma_core.errors import BadInput, SigmaError
from sigma_core.executor import IN_PROCESS, Executor, Threads, parse, processes
from sigma_core.executor.processes import Processes
from sigma_core.frames import BarArrays
from sigma_core.indicators import kernels, resolve
from sigma_core.specs.schema import IndicatorSet
from tests.market import holes, random_market

BARS = holes(random_market(seed=4, tickers=9, sessions=400))
CALLS = [resolve("sma"), resolve("adx"), resolve("rsi")]
SET = IndicatorSet.model_validate(
    {
        "name": "base",
        "indicators": [{"name": "sma"}, {"name": "rsi"}, {"expr": "rsi_14", "as": "r"}],
    }
)
WINDOW = {"first": 40, "last": 399}
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def others(tmp_path: Path) -> Processes:
    """Two children, three blocks of three or four tickers."""
    return Processes(2, tmp_path / "scratch", block=4)


def children() -> list[int]:
    """Processes of ours that live, or wait to be reaped."""
    listed = Path(f"/proc/{os.getpid()}/task").glob("*/children")
    return [int(pid) for path in listed for pid in path.read_text().split()]


def whole(executor: Executor, bars: BarArrays = BARS) -> np.ndarray:
    return executor.compute(bars, CALLS, **WINDOW)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_both_give_the_same_bytes(others: Processes, dtype: type) -> None:
    found = others.compute(BARS, CALLS, **WINDOW, dtype=dtype)
    wanted = Threads(1).compute(BARS, CALLS, **WINDOW, dtype=dtype)
    assert found.dtype == dtype
    assert found.tobytes() == wanted.tobytes()
    assert (
        wanted.tobytes()
        == kernels.compute(BARS, CALLS, **WINDOW).astype(dtype).tobytes()
    )


def test_a_stored_matrix_has_the_same_sha(others: Processes, tmp_path: Path) -> None:
    everyone = np.ones((9, 360), np.bool_)
    shas = {
        matrix.store(
            matrix.build(BARS, SET, everyone, **WINDOW, executor=by), tmp_path
        ).sha
        for by in (IN_PROCESS, others)
    }
    assert len(shas) == 1


def test_nothing_stays_behind(others: Processes) -> None:
    whole(others)
    assert list(others.scratch.iterdir()) == []
    assert children() == []


def test_one_block_is_done_here(tmp_path: Path) -> None:
    alone = Processes(2, tmp_path / "scratch", block=9)
    assert whole(alone).tobytes() == whole(IN_PROCESS).tobytes()
    assert not alone.scratch.exists()


@pytest.fixture
def killer(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Kills the first children as soon as they have been told a block: the list says
    how many are still to be killed, and ends with the blocks that were told."""
    told = [2]
    ask = processes._Child.do

    def kill_and_ask(child: processes._Child, block: range) -> None:
        told.append(block.start)
        if told[0] > 0:
            told[0] -= 1
            os.kill(child._process.pid, signal.SIGKILL)
        ask(child, block)

    monkeypatch.setattr(processes._Child, "do", kill_and_ask)
    return told


def test_a_killed_childs_block_is_done_again(
    others: Processes, killer: list[int]
) -> None:
    assert whole(others).tobytes() == whole(IN_PROCESS).tobytes()
    assert len(killer) - 1 == 3 + 2  # three blocks, and two of them twice
    assert children() == []


def test_a_child_killed_while_it_computes_is_noticed(others: Processes) -> None:
    """Not told by anyone: a process of ours is killed wherever it is just then."""
    many = random_market(seed=4, tickers=600, sessions=400)
    killed: list[int] = []

    waiting = Thread(target=kill_when_begun, args=(others, killed))
    waiting.start()
    found = whole(others, many)
    waiting.join()
    assert killed
    assert found.tobytes() == whole(IN_PROCESS, many).tobytes()


def kill_when_begun(others: Processes, killed: list[int]) -> None:
    """kill -9 for one child, once any has written a value."""
    until = time.monotonic() + 60
    while time.monotonic() < until and not killed:
        time.sleep(0.005)
        begun = [v for v in others.scratch.glob("*/values") if v.stat().st_blocks]
        if begun and (alive := children()):
            os.kill(alive[0], signal.SIGKILL)
            killed.append(alive[0])


def test_a_block_that_no_child_survives_is_named(
    others: Processes, killer: list[int]
) -> None:
    killer[0] = 100
    with pytest.raises(SigmaError, match="by signal 9") as caught:
        whole(others)
    assert caught.value.code == "executor.lost"
    assert caught.value.problems[0].where in {
        "tickers T0000 to T0003",
        "tickers T0004 to T0007",
    }
    assert list(others.scratch.iterdir()) == []
    assert children() == []


def test_a_childs_error_is_the_same_error(others: Processes) -> None:
    """A child that does not know an indicator, though its parent does."""
    unknown = replace(CALLS[0], card=replace(CALLS[0].card, name="smaa"))
    with pytest.raises(BadInput, match="Did you mean 'sma'") as caught:
        others.compute(BARS, [unknown], **WINDOW)
    assert caught.value.code == "unknown.indicator"
    assert children() == []


def test_children_end_with_their_parent(tmp_path: Path) -> None:
    """kill -9 of the parent: nothing goes on computing for nobody."""
    code = (
        "import sys; from pathlib import Path\n"
        "from sigma_core.executor.processes import _Child\n"
        "child = _Child(Path(sys.argv[1])); print(child._process.pid, flush=True)\n"
        "child._process.wait()"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", code, tmp_path], cwd=ROOT, stdout=subprocess.PIPE
    )
    pid = int(parent.stdout.readline())
    assert Path(f"/proc/{pid}").exists()
    time.sleep(0.5)  # let it become the child that it is to be
    parent.kill()
    parent.communicate()
    until = time.monotonic() + 10
    while Path(f"/proc/{pid}").exists() and _state(pid) != "Z":
        assert time.monotonic() < until
        time.sleep(0.02)


def _state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return "Z"


@pytest.mark.parametrize("words", ["threads:1", "threads:64", "processes:2"])
def test_its_name_is_how_it_is_written(words: str, tmp_path: Path) -> None:
    assert parse(words, scratch=tmp_path).name == words


@pytest.mark.parametrize(
    "words", ["", "threads", "threads:0", "threads:65", "processes:-1", "dask:2", "a:²"]
)
def test_anything_else_is_refused(words: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="threads:N or processes:N"):
        parse(words, scratch=tmp_path)
