"""Backtests of the small market, by each of the doors."""

from __future__ import annotations

import json
from datetime import date
from io import StringIO
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.utils import timezone

from packs_app import datasets
from sigma_core.backtests import prepare
from sigma_core.builds import Prepared
from signals.models import Run
from signals.services import runs
from tests.builders import MODEL
from tests.home import PACKS
from tests.small_market import DATASET

NAME = f"swingsigma/{MODEL}"
DAYS = {"start": "2023-05-01", "end": "2023-09-15", "dataset": DATASET}
ASKED = {"pack": "swingsigma", "model_id": MODEL, **DAYS}


def by_command(*extra: str, **days: str) -> dict[str, Any]:
    """The document that the command prints."""
    out = StringIO()
    options = [f"--{key}={value}" for key, value in (DAYS | days).items()]
    call_command(
        "backtest", NAME, *options, "--json", *extra, stdout=out, stderr=StringIO()
    )
    found: dict[str, Any] = json.loads(out.getvalue())
    return found


def done(**changes: object) -> Run:
    """A backtest that has been done, as the worker does it."""
    run = runs.create_run(kind=Run.Kind.BACKTEST, params=ASKED | changes)
    return runs.execute_here(run)


def do_newest() -> Run:
    """What the worker does when the bell rings."""
    run = runs.execute_here(Run.objects.latest("pk"))
    assert run.status == Run.Status.SUCCEEDED, run.reason
    return run


def ready(model_id: str) -> Prepared:
    """What a backtest of a model of SwingSigma rests on."""
    return prepare(
        packs_root=PACKS,
        datasets_root=settings.SIGMA_HOME / "datasets",
        pack="swingsigma",
        model_id=model_id,
        start=date.fromisoformat(DAYS["start"]),
        end=date.fromisoformat(DAYS["end"]),
        dataset=DATASET,
        default_dataset=datasets.default_dataset(),
        now=timezone.now(),
    )
