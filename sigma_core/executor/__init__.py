"""Who computes the indicators of many tickers: threads of this process, or others.

1. `parse("processes:2")`  words → an executor, or what is wrong with them
2. `Threads`               in this process: blocks of tickers over threads
3. `processes.py`          exec'd children, each given blocks of tickers: one that dies
                           is replaced and its block done again
4. `handed.py`, `child.py` what a child is handed, and what it does with it

An executor has a `name` and `compute`, which gives the same bits whoever does it. What
needs all tickers at once (expressions, ranks, hashes) is not its work.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from sigma_core.errors import BadInput, Problem

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy.typing as npt

    from sigma_core.frames import BarArrays
    from sigma_core.indicators.registry import Call

    Values = npt.NDArray[Any]

#: more would only wait for each other
MOST = 64


class Executor(Protocol):
    """Computes indicators, block by block of tickers."""

    @property
    def name(self) -> str:
        """As it is written in the setting and shown in a run's log."""

    def compute(
        self,
        bars: BarArrays,
        calls: Sequence[Call],
        *,
        first: int,
        last: int,
        dtype: npt.DTypeLike = "float64",
    ) -> Values:
        """Values `[column, ticker, session]` on `first` to `last`, both counted.

        The float64 of `kernels.compute`, or their float32.
        """


@dataclass(frozen=True)
class Threads:
    """Blocks of tickers over threads of this process."""

    count: int = 2

    @property
    def name(self) -> str:
        """`threads:2`"""
        return f"threads:{self.count}"

    def compute(
        self,
        bars: BarArrays,
        calls: Sequence[Call],
        *,
        first: int,
        last: int,
        dtype: npt.DTypeLike = "float64",
    ) -> Values:
        """As `Executor.compute`."""
        from sigma_core.indicators import kernels  # settings read this module

        out = kernels.empty(bars, calls, first=first, last=last, dtype=dtype)
        kernels.compute(
            bars, calls, first=first, last=last, threads=self.count, out=out
        )
        return out


IN_PROCESS = Threads()


def parse(words: str, *, scratch: Path) -> Executor:
    """`threads:N` or `processes:N` as an executor; BadInput for anything else.

    `scratch` is a folder for what children are handed; it need not exist before
    something is computed.
    """
    kind, _, number = words.partition(":")
    count = int(number) if number.isascii() and number.isdigit() else 0
    if not 1 <= count <= MOST or kind not in ("threads", "processes"):
        raise BadInput(
            Problem(
                "executor.unknown",
                "SIGMA_EXECUTOR",
                f"{words!r} is no executor.",
                f"Write threads:N or processes:N, N from 1 to {MOST}.",
            )
        )
    if kind == "threads":
        return Threads(count)
    from sigma_core.executor.processes import Processes  # as in Threads.compute

    return Processes(count, scratch)
