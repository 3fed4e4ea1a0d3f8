"""The child that fits and predicts, and the limits that it is held to."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np

from sigma_core.boosting.params import Params
from sigma_core.errors import Problem, SigmaError
from sigma_core.frames import Floats
from sigma_core.memory import memory_of
from sigma_core.tether import tethered

_ROOT = Path(__file__).resolve().parent.parent.parent
#: threads that wait for others sleep: spinning on a machine with other work took eight
#: times the processor time and seven times as long
_WAITING = "PASSIVE"
_LOOK_SECONDS = 0.2
_SAID = 400  # last characters of what a dead child said that are shown
_MIB = 2**20


@dataclass(frozen=True)
class Limits:
    """What the child may take, and where its files lie.

    `threads` are LightGBM's: they are part of what a result depends on. `seconds` is
    of the wall clock, of each fit or prediction; `memory` in bytes of memory that
    can't be given back, None for no limit. `scratch` need not exist. `alive` is called
    about five times a second while the child works; what it raises ends the child.
    """

    scratch: Path
    threads: int = 2
    seconds: float = 3600.0
    memory: int | None = None
    alive: Callable[[], None] = lambda: None


@dataclass(frozen=True)
class Fitted:
    """Trees as text, what they say of the rows asked for, and how many rows they were
    trained on; `gain` and `splits` of each column."""

    text: str
    predictions: Floats
    rows: int
    gain: Floats
    splits: Floats


class Trees:
    """LightGBM over some rows, in a child: a context that leaves nothing behind.

    `values[row, column]` float64. Raises SigmaError `out_of_memory` or `train.timeout`
    where the child broke a limit, `train.lost` where it ended by itself.
    """

    def __init__(self, values: Floats, columns: Sequence[str], limits: Limits) -> None:
        self._values, self._columns, self._limits = values, columns, limits
        self._count = 0

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            scratch = self._limits.scratch
            scratch.mkdir(parents=True, exist_ok=True)
            folder = tempfile.TemporaryDirectory(dir=scratch, prefix="trees.")
            self._folder = Path(stack.enter_context(folder))
            np.save(self._folder / "values.npy", self._values)
            names = json.dumps(list(self._columns))
            (self._folder / "columns.json").write_text(names, encoding="utf-8")
            said = stack.enter_context((self._folder / "said").open("wb"))
            self._child = self._started(said)
            stack.callback(self._end)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    def label(self, labels: Floats) -> str:
        """Keep labels, one a row and NaN where there is none; gives their name."""
        return self._put(labels)

    def fit(
        self, labels: str, train: Sequence[range], params: Params, predict: range
    ) -> Fitted:
        """Trees from the labelled rows of `train`; they predict the rows `predict`."""
        text, out = self._name("txt"), self._name("npy")
        answer = self._ask(
            {
                "do": "fit",
                "labels": labels,
                "train": [[rows.start, rows.stop] for rows in train],
                "params": params,
                "text": text,
                "predict": [predict.start, predict.stop],
                "out": out,
            }
        )
        return Fitted(
            text=(self._folder / text).read_text(encoding="utf-8"),
            predictions=np.load(self._folder / out),
            rows=answer["rows"],
            gain=np.array(answer["gain"], np.float64),
            splits=np.array(answer["splits"], np.float64),
        )

    def predict(
        self,
        text: str,
        explain: Sequence[int] = (),
        rows: range | None = None,
        *,
        values: Floats | None = None,
    ) -> tuple[Floats, Floats]:
        """What trees say of `rows` (None: all), and what moved the rows `explain`:
        `[row, column]`, with the base last. `values`: other rows of the same columns,
        in place of its own."""
        asked = range(len(self._values if values is None else values))
        asked = asked if rows is None else rows
        given, out, moved = (self._name(end) for end in ("txt", "npy", "npy"))
        (self._folder / given).write_text(text, encoding="utf-8")
        others = None if values is None else self._put(values)
        self._ask(
            {
                "do": "predict",
                "text": given,
                "rows": [asked.start, asked.stop],
                "out": out,
                "explain": list(explain),
                "contributions": moved,
                "values": others,
                "threads": self._limits.threads,
            }
        )
        found = np.load(self._folder / out), np.load(self._folder / moved)
        for name in filter(None, (given, out, moved, others)):
            (self._folder / name).unlink()  # a proof asks a hundred times
        return found

    def _started(self, said: Any) -> subprocess.Popen[bytes]:
        module = "sigma_core.boosting.child"
        argv = [sys.executable, "-m", module, str(self._folder)]
        return subprocess.Popen(  # noqa: S603 # our own module
            tethered(argv, signal.SIGKILL),
            cwd=_ROOT,
            env={"OMP_WAIT_POLICY": _WAITING, **os.environ},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=said,
            bufsize=0,
        )

    def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        """The child's answer; whatever happens instead ends it."""
        try:
            line = (json.dumps(request) + "\n").encode()
            stdin = self._child.stdin
            assert stdin is not None  # noqa: S101 # for the type checker: a pipe
            stdin.write(line)
        except BrokenPipeError:
            self._lost()
        answer: dict[str, Any] = json.loads(self._answered())
        return answer

    def _answered(self) -> bytes:
        """One line of the child's, or the error of the limit that it broke."""
        stdout = self._child.stdout
        assert stdout is not None  # noqa: S101 # for the type checker: a pipe
        until = time.monotonic() + self._limits.seconds
        line = b""
        while not line.endswith(b"\n"):
            self._require_memory()  # first of all: a fit may take less than a look
            if select.select([stdout], [], [], _LOOK_SECONDS)[0]:
                part = os.read(stdout.fileno(), 65536)
                if not part:
                    self._lost()
                line += part
                continue
            self._limits.alive()
            if time.monotonic() > until:
                self._end()
                raise SigmaError(_timeout(self._limits.seconds))
        return line

    def _require_memory(self) -> None:
        limit = self._limits.memory
        used = None if limit is None else memory_of(self._child.pid)
        if limit is not None and used is not None and used.held > limit:
            self._end()
            raise SigmaError(_out_of_memory(used.held, limit))

    def _lost(self) -> None:
        """Raise what is to be said of a child that ended by itself."""
        self._end(patience=2.0)
        code = self._child.returncode
        how = f"by signal {-code}" if code < 0 else f"with exit code {code}"
        said = (self._folder / "said").read_text(encoding="utf-8", errors="replace")
        last = f", saying {said.strip()[-_SAID:]!r}" if said.strip() else ""
        raise SigmaError(
            Problem(
                "train.lost",
                "training",
                f"the process that works with the trees ended {how}{last}.",
                "Signal 9 is mostly a lack of memory; a damaged model file ends the "
                "process that reads it.",
            )
        )

    def _end(self, patience: float = 0.0) -> None:
        """Kill it if it lives, and wait: it leaves no zombie."""
        if patience:
            try:
                self._child.wait(patience)  # it is going: how it ends is of interest
            except subprocess.TimeoutExpired:
                self._child.kill()
        self._child.kill()
        self._child.communicate()

    def _name(self, ending: str) -> str:
        self._count += 1
        return f"{self._count}.{ending}"

    def _put(self, values: Floats) -> str:
        name = self._name("npy")
        np.save(self._folder / name, values)
        return name


def _timeout(seconds: float) -> Problem:
    return Problem(
        "train.timeout",
        "training",
        f"one fit took longer than {seconds:g} seconds and was ended.",
        "Fewer rounds or leaves, a shorter window, or fewer columns take less.",
    )


def _out_of_memory(held: int, limit: int) -> Problem:
    return Problem(
        "out_of_memory",
        "training",
        f"training held {held // _MIB:,} MiB of the {limit // _MIB:,} MiB it may.",
        "A shorter window, fewer columns or fewer tickers need less.",
    )
