"""Calibrations of the small market, by each of the doors."""

from __future__ import annotations

import json
from io import StringIO
from typing import Any

from django.core.management import call_command

from signals.models import Run
from signals.services import runs
from tests.builders import MODEL
from tests.small_market import DATASET

NAME = f"swingsigma/{MODEL}"
GRID = {"adx_min": [0.0, 18.0, 24.0], "rsi_min": [50.0, 60.0]}
DAYS = {
    "train_start": "2023-04-24",
    "train_end": "2023-06-30",
    "held_out_start": "2023-07-10",
    "held_out_end": "2023-08-31",
}
ASKED: dict[str, Any] = {
    "pack": "swingsigma",
    "model_id": MODEL,
    "dataset": DATASET,
    "grid": GRID,
    "objective": "total_return",
    "min_trades": 5,
    **DAYS,
}
PAGE = f"/calibrate/{NAME}/"
#: the same as the page's form has it
FORM = {
    "grid_adx_min": "0, 18, 24",
    "grid_rsi_min": "50 60",
    "objective": "total_return",
    "min_trades": "5",
    "dataset": DATASET,
    **DAYS,
}


def by_command(*extra: str) -> dict[str, Any]:
    """The document that the command prints."""
    out = StringIO()
    days = [f"--{name.replace('_', '-')}={day}" for name, day in DAYS.items()]
    call_command(
        "calibrate", NAME, "--grid", "adx_min=0,18,24", "rsi_min=50,60", *days,
        f"--dataset={DATASET}", "--objective=total_return", "--min-trades=5", "--json",
        *extra, stdout=out, stderr=StringIO(),
    )  # fmt: skip
    found: dict[str, Any] = json.loads(out.getvalue())
    return found


def done(**changes: object) -> Run:
    """A calibration that has been done, as the worker does it."""
    run = runs.create_run(kind=Run.Kind.CALIBRATE, params=ASKED | changes)
    return runs.execute_here(run)


def do_newest() -> Run:
    """What the worker does when the bell rings."""
    run = runs.execute_here(Run.objects.latest("pk"))
    assert run.status == Run.Status.SUCCEEDED, run.reason
    return run
