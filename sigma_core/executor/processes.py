"""Blocks of tickers in exec'd children of this process.

1. bars, calls and room for the values are laid into a folder (`handed`)
2. each child, started when it is needed, is told one block at a time
3. a child that is gone before it answered is replaced, and its block done again; after
   three deaths of one block the block is at fault, and that is the error
4. children and folder go, whatever happened; the values stay mapped

Children are tied to the thread that waits for them: kill -9 of this process takes them
along.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import tempfile
from collections import deque
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import numpy.typing as npt

from sigma_core import errors
from sigma_core.errors import Problem, SigmaError
from sigma_core.executor import IN_PROCESS
from sigma_core.frames import BarArrays
from sigma_core.indicators.kernels import BLOCK
from sigma_core.indicators.registry import Call
from sigma_core.tether import tethered

#: a block that ended so many children is not tried again
DEATHS = 3
Values = npt.NDArray[Any]
_ROOT = Path(__file__).resolve().parent.parent.parent
_SAID = 400  # last characters of what a dead child said that are shown


class ChildLost(Exception):
    """A child ended before it answered; how, and what it said last."""


@dataclass(frozen=True)
class Processes:
    """`count` children, `block` tickers at a time, files below `scratch`."""

    count: int
    scratch: Path
    block: int = BLOCK

    @property
    def name(self) -> str:
        """`processes:2`"""
        return f"processes:{self.count}"

    def compute(
        self,
        bars: BarArrays,
        calls: Sequence[Call],
        *,
        first: int,
        last: int,
        dtype: npt.DTypeLike = np.float64,
    ) -> Values:
        """As `Executor.compute`. One block is not worth a child: done here.

        Raises SigmaError `executor.lost` for a block that no child survives.
        """
        tickers = len(bars.axis.tickers)
        window: dict[str, Any] = {"first": first, "last": last, "dtype": dtype}
        if tickers <= self.block or not calls:
            return IN_PROCESS.compute(bars, calls, **window)
        self.scratch.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self.scratch, prefix="blocks.") as name:
            folder = Path(name)
            out = hand(folder, bars, calls, **window)
            starts = range(0, tickers, self.block)
            blocks = [range(s, min(s + self.block, tickers)) for s in starts]
            _Blocks(folder, bars.axis.tickers, deque(blocks)).run(self.count)
        return np.asarray(out)


def hand(folder: Path, *given: Any, **window: Any) -> Values:
    """`handed.hand`; it brings the kernels in, which no setting needs."""
    from sigma_core.executor import handed

    return handed.hand(folder, *given, **window)


@dataclass
class _Blocks:
    """The blocks of one computation, and who waits for children."""

    folder: Path
    tickers: tuple[str, ...]
    waiting: deque[range]
    over: bool = field(default=False)

    def run(self, count: int) -> None:
        """All blocks done, or the first error."""
        with ThreadPoolExecutor(min(count, len(self.waiting))) as pool:
            try:
                list(pool.map(lambda _: self._work(), range(count)))
            finally:
                self.over = True  # the others stop after their block

    def _work(self) -> None:
        """One thread, one child at a time, for as long as there are blocks."""
        child: _Child | None = None
        try:
            while not self.over and (block := self._next()) is not None:
                child = self._do(block, child)
        finally:
            if child is not None:
                child.end()

    def _next(self) -> range | None:
        try:
            return self.waiting.popleft()
        except IndexError:
            return None

    def _do(self, block: range, child: _Child | None) -> _Child:
        """One block by the child, or by as many as it takes; gives the last one."""
        said = ""
        for _ in range(DEATHS):
            child = child or _Child(self.folder)
            try:
                child.do(block)
            except ChildLost as lost:
                said = str(lost)
                child = None
            else:
                return child
        names = f"{self.tickers[block.start]} to {self.tickers[block.stop - 1]}"
        raise SigmaError(
            Problem(
                "executor.lost",
                f"tickers {names}",
                f"{DEATHS} processes ended while they computed them; the last {said}.",
                "With SIGMA_EXECUTOR=threads:1 the fault shows in the run itself; "
                "a kill by signal 9 is mostly a lack of memory.",
            )
        )


class _Child:
    """One exec'd process and the pipes to it."""

    def __init__(self, folder: Path) -> None:
        with tempfile.NamedTemporaryFile(dir=folder, delete=False) as said:
            self._said = Path(said.name)
            self._process = subprocess.Popen(  # noqa: S603 # our own module
                tethered(
                    [sys.executable, "-m", "sigma_core.executor.child", str(folder)],
                    signal.SIGKILL,
                ),
                cwd=_ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=said,
                text=True,
            )

    def do(self, block: range) -> None:
        """Have a block done. ChildLost if it ended; its SigmaError if it met one."""
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None  # noqa: S101 # for the type checker: both are pipes
        assert stdout is not None  # noqa: S101
        try:
            stdin.write(f"{block.start} {block.stop}\n")
            stdin.flush()
            line = stdout.readline()
        except BrokenPipeError:
            line = ""
        except BaseException:
            self.end()
            raise
        if not line.endswith("\n"):
            self.end()
            raise ChildLost(self._words())
        answer = json.loads(line)
        if "error" in answer:
            self.end()
            _raise(answer)

    def end(self) -> None:
        """Close its input, kill it if it lives, and wait: it leaves no zombie."""
        self._process.kill()
        self._process.communicate()

    def _words(self) -> str:
        code = self._process.returncode
        how = f"by signal {-code}" if code < 0 else f"with exit code {code}"
        said = self._said.read_text(encoding="utf-8", errors="replace").strip()
        return f"{how}" + (f", saying {said[-_SAID:]!r}" if said else "")


def _raise(answer: dict[str, Any]) -> NoReturn:
    """The error of a child, of the same kind and with the same problems."""
    kind: type[SigmaError] = getattr(errors, answer["error"], SigmaError)
    error = kind.__new__(kind)  # some kinds are made from other things than problems
    SigmaError.__init__(error, [Problem(**one) for one in answer["problems"]])
    raise error
