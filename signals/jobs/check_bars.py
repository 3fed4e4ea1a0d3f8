"""The job `check_bars`: a dataset's daily bars against those of another one."""

from __future__ import annotations

from django.conf import settings
from pydantic import Field

from sigma_core.errors import BadInput, Problem
from signals.jobs.base import Context, Job, Outcome, Params, Step, register
from signals.jobs.scan import NAME
from signals.queries import bars
from signals.services import checking

STEPS = (
    Step("compare", "Compare the two", 60),
    Step("record", "Record what they dispute", 20, commits=True),
    Step("arrays", "Judge again", 20),
)
#: finds that the run's own page lists
SHOWN = 50


class CheckBarsParams(Params):
    """Which dataset, and the one whose prices it is held against."""

    dataset: str = Field(pattern=NAME)
    against: str = Field(pattern=NAME)


def check(params: CheckBarsParams, *, local: bool) -> None:
    """BadInput for a dataset that is not there, and for one against itself."""
    bars.require_dataset(params.dataset)
    bars.require_dataset(params.against)
    if params.dataset == params.against:
        message = "a dataset always agrees with itself."
        raise BadInput(Problem("check.same", "/against", message, "Name another."))


def perform(context: Context, params: CheckBarsParams) -> Outcome:
    """Compare, record, and build the arrays anew without what is disputed."""
    from sigma_core import crosscheck  # deltalake and pandas
    from sigma_core.market import open_dataset

    root = settings.SIGMA_HOME / "datasets"
    dataset, other = (open_dataset(root, n) for n in (params.dataset, params.against))
    context.progress("compare", 0.0, f"{dataset.name} against {other.name}")
    found = crosscheck.check_against(dataset, other)
    context.progress("record", 0.0, f"{len(found.finds):,} finds")
    new = crosscheck.keep(dataset, found, source=other.name, known_at=context.now)
    context.progress("arrays", 0.0, "")
    dataset.bars("daily").arrays()
    actions = found.finds["action"].value_counts()
    return Outcome(
        summary={
            "dataset": dataset.name,
            "against": other.name,
            "tickers": len(found.tickers),
            "left_out": list(found.left_out),
            "blocked": int(actions.get("block", 0)),
            "warned": int(actions.get("warn", 0)),
            "new": new,
            "against_daily": checking.keep_minutes(dataset),
            "finds": checking.listed(found.finds)[:SHOWN],
        },
        fields={"dataset": dataset.name},
    )


CHECK_BARS = register(
    Job(
        kind="check_bars",
        label="Check bars",
        params=CheckBarsParams,
        steps=STEPS,
        perform=perform,
        role="operator",
        check=check,
        fields=lambda params: {"dataset": params.dataset},
    )
)
