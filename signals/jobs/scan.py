"""The job `scan`: one model over one dataset on one bar → ranked signals."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from functools import partial

from django.conf import settings
from pydantic import Field

from packs_app import datasets
from sigma_core.specs import naming
from signals.jobs import asof, demo
from signals.jobs.asof import AsOf
from signals.jobs.base import Context, Job, Outcome, Params, Step, register
from signals.jobs.held import require_held
from signals.jobs.places import at_parameters
from signals.services import scans, trainings

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
    """Which model, as of which session or moment (None: the last bar held), over which
    dataset; `as_of` as `asof` reads it."""

    pack: str = Field(pattern=NAME)
    model_id: str = Field(pattern=r"^[a-z0-9][a-z0-9_]{0,127}$")
    as_of: AsOf | None = None
    dataset: str | None = Field(default=None, pattern=NAME)

    @property
    def when(self) -> date | datetime | None:
        """The session or the moment."""
        return None if self.as_of is None else asof.read(self.as_of)

    @property
    def session(self) -> date | None:
        """The session asked for; of a moment its day on the exchange's clocks."""
        return asof.day_of(self.when)


def check(params: ScanParams, *, local: bool) -> None:
    """BadInput for a model that is not there or not right, for a closed day, a moment
    at which no bar of the model closes, a dataset or session that is not held, and a
    model to be trained that has no training, or is too old for the session."""
    # pandas and the calendars come with these; only who asks for a scan pays for it
    from sigma_core.specs.bundle import load_bundle

    with at_parameters():
        bundle = load_bundle(settings.SIGMA_PACKS, params.pack, params.model_id)
    asof.require(params.when, bundle.cadence)
    wanted = params.dataset or bundle.universe.dataset
    require_held(wanted, params.session, bundle.cadence)
    trainings.require_trained(bundle, wanted, params.session)


def fields(params: ScanParams) -> Mapping[str, object]:
    """What the run's row says before the run starts."""
    return {
        "pack": params.pack,
        "model_id": params.model_id,
        "dataset": params.dataset or "",
        "session": params.session,
    }


def perform(context: Context, params: ScanParams) -> Outcome:
    """Scan, stage the decision paths, and say which rows are to be written."""
    from sigma_core import run as engine  # numba and deltalake
    from sigma_core.indicators import kernels

    kernels.use_cache(settings.SIGMA_KERNELS)
    default = datasets.default_dataset()
    if params.as_of is None:
        cadence = naming.parse(params.model_id).cadence
        demo.catch_up(context.now, params.dataset, default, cadence)
    result = engine.scan(
        packs_root=settings.SIGMA_PACKS,
        datasets_root=settings.SIGMA_HOME / "datasets",
        pack=params.pack,
        model_id=params.model_id,
        as_of=params.when,
        dataset=params.dataset,
        default_dataset=default,
        now=context.now,
        progress=context.progress,
        find_trained=partial(trainings.find_scorer, context=context),
    )
    context.progress("write", 0.0, f"{len(result.signals)} signals")
    return scans.outcome(result, context, asked=params.when)


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
