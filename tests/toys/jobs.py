"""The job `toy`: two steps, in between it does what it is told."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from functools import partial
from typing import Literal

from sigma_core.errors import BadInput, MissingData, Problem
from signals.jobs.base import Context, Job, Outcome, Params, Step, register
from signals.models import Run, Signal
from tests.builders import SESSION, make_signal


class ToyParams(Params):
    """What to do, for how long, and how many signals to write."""

    do: Literal["work", "refuse", "miss", "break", "hog", "deaf", "modules"] = "work"
    seconds: float = 0.0
    signals: int = 0


def perform(context: Context, params: ToyParams) -> Outcome:
    """Step `first`, what was asked, step `second`."""
    context.progress("first", 0.5, "half of the first")
    _do(context, params)
    context.progress("second", 0.5, "half of the second")
    (context.staging / "toy.txt").write_text("made\n")
    return Outcome(
        summary={"nan": float("nan"), "modules": sorted(sys.modules)},
        artifacts=("toy.txt",),
        save=partial(_save, count=params.signals),
    )


def _do(context: Context, params: ToyParams) -> None:
    match params.do:
        case "refuse":
            raise BadInput(Problem("toy.refused", "toy", "it won't do.", "Ask less."))
        case "miss":
            raise MissingData(Problem("toy.missing", "toy", "there is none."))
        case "break":
            raise ZeroDivisionError("on purpose")
        case "hog":
            hoard = [bytearray(b"x" * 2**20) for _ in range(600)]
            time.sleep(params.seconds + len(hoard) * 0)
        case "deaf":
            time.sleep(params.seconds)
        case _:
            _work(context, params.seconds)


def _work(context: Context, seconds: float) -> None:
    """Listens while it works, as a job should."""
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        context.progress("first", 0.6, f"{left:.0f} s left")
        time.sleep(min(0.05, left))


def _save(run: Run, *, count: int) -> Mapping[str, object]:
    for rank in range(1, count + 1):
        make_signal(run, rank=rank, session=SESSION, current=False)
    return {"rows": Signal.objects.filter(run=run).count()}


TOY = register(
    Job(
        kind="toy",
        label="Toy",
        params=ToyParams,
        steps=(Step("first", "First", 50), Step("second", "Second", 50)),
        perform=perform,
    )
)
