"""The job `scan`: one model over one dataset on one bar → ranked signals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime

from django.conf import settings
from pydantic import Field

from packs_app import datasets
from sigma_core.errors import BadInput, MissingData
from sigma_core.specs import naming
from signals.jobs import asof, demo
from signals.jobs.asof import AsOf
from signals.jobs.base import Context, Job, Outcome, Params, Step, register
from signals.models import Run
from signals.queries import bars
from signals.services import scans

NAME = r"^[a-z0-9][a-z0-9_]{0,63}$"
#: kinds of runs that bring bars
FEEDERS = (Run.Kind.INGEST, Run.Kind.DEMO)
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
    at which no bar of the model closes, and a dataset or session that is not held."""
    # pandas and the calendars come with these; only who asks for a scan pays for it
    from sigma_core.specs.bundle import load_bundle

    bundle = load_bundle(settings.SIGMA_PACKS, params.pack, params.model_id)
    asof.require(params.when, bundle.cadence)
    wanted = params.dataset or bundle.universe.dataset
    _require_held(wanted, params.session, bundle.cadence)


def _require_held(wanted: str | None, as_of: date | None, cadence: str) -> None:
    """BadInput for a dataset that is not there, and a session outside what it holds.

    What a run that waits or works may yet bring is not refused, nor is a dataset
    without bars: there the run itself says what is missing.
    """
    from sigma_core.bars.store import resolve  # deltalake

    default = datasets.default_dataset()
    named = [name for name in (wanted, default) if name != "auto"]
    name = next((name for name in named if name), None)
    coming = set(Run.objects.active().filter(kind__in=FEEDERS).values_list("dataset"))
    if coming and (name is None or (name,) in coming):
        return
    try:
        dataset = resolve(settings.SIGMA_HOME / "datasets", name, None)
    except MissingData:
        return
    if as_of is not None:
        _require_session(dataset, as_of, cadence)


def _require_session(name: str, as_of: date, cadence: str) -> None:
    """BadInput for a session before the first or after the last one held."""
    from sigma_core.market import open_dataset, outside_of  # deltalake

    # what a finer cadence is put together from holds the same sessions
    stored = "daily" if cadence == "daily" else "5m"
    build = bars.newest_build(name, stored)
    if build is not None and build.first <= as_of <= build.last:
        return
    # bars may have come since the build: before it refuses, it asks the table itself
    held = open_dataset(settings.SIGMA_HOME / "datasets", name).bars(stored).info()
    if not held or held["first_session"] is None:
        return
    outside = outside_of(name, as_of, held["first_session"], held["last_session"])
    if outside is not None:
        raise BadInput(replace(outside, where="as_of"))


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
