"""The job `scan`: one model over one dataset on one session → ranked signals."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from django.conf import settings
from pydantic import Field

from signals.jobs import demo
from signals.jobs.base import Context, Job, Outcome, Params, Step, register
from signals.services import scans

NAME = r"^[a-z0-9][a-z0-9_]{0,63}$"
STEPS = (
    Step("definitions", "Read the definitions", 2),
    Step("bars", "Read the bars", 30),
    Step("universe", "Find the universe", 8),
    Step("features", "Compute the features", 35),
    Step("scores", "Gates and scores", 10),
    Step("policy", "Apply the policy", 5),
    Step("write", "Write the signals", 10),
)


class ScanParams(Params):
    """Which model, as of which session (None: the last held), over which dataset."""

    pack: str = Field(pattern=NAME)
    model_id: str = Field(pattern=r"^[a-z0-9][a-z0-9_]{0,127}$")
    as_of: date | None = None
    dataset: str | None = Field(default=None, pattern=NAME)


def check(params: ScanParams, *, local: bool) -> None:
    """BadInput for a model that is not there or not right, and for a closed day."""
    # pandas and the calendars come with these; only who asks for a scan pays for it
    from sigma_core.sessions import exchange
    from sigma_core.specs.bundle import load_bundle

    load_bundle(settings.SIGMA_PACKS, params.pack, params.model_id)
    if params.as_of is not None:
        exchange().require(params.as_of)


def fields(params: ScanParams) -> Mapping[str, object]:
    """What the run's row says before the run starts."""
    return {
        "pack": params.pack,
        "model_id": params.model_id,
        "dataset": params.dataset or "",
        "session": params.as_of,
    }


def perform(context: Context, params: ScanParams) -> Outcome:
    """Scan, stage the decision paths, and say which rows are to be written."""
    from sigma_core import run as engine  # numba and deltalake
    from sigma_core.indicators import kernels

    kernels.use_cache(settings.SIGMA_KERNELS)
    if params.as_of is None:
        demo.catch_up(context.now, params.dataset, settings.SIGMA_DATASET)
    result = engine.scan(
        packs_root=settings.SIGMA_PACKS,
        datasets_root=settings.SIGMA_HOME / "datasets",
        pack=params.pack,
        model_id=params.model_id,
        as_of=params.as_of,
        dataset=params.dataset,
        default_dataset=settings.SIGMA_DATASET,
        now=context.now,
        progress=context.progress,
    )
    context.progress("write", 0.0, f"{len(result.signals)} signals")
    return scans.outcome(result, context)


SCAN = register(
    Job(
        kind="scan",
        label="Scan",
        params=ScanParams,
        steps=STEPS,
        perform=perform,
        check=check,
        fields=fields,
    )
)
