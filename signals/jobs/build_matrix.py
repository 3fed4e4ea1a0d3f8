"""The job `build_matrix`: a model's columns over many sessions, hashed and stored."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from functools import partial

from django.conf import settings
from pydantic import Field

from packs_app import datasets
from sigma_core.errors import BadInput, Problem
from signals.jobs import asof
from signals.jobs.asof import AsOf
from signals.jobs.base import Context, Job, Outcome, Params, Step, register
from signals.jobs.places import at_parameters, require_session
from signals.jobs.scan import NAME
from signals.models import Run
from signals.services import matrices, scans
from signals.services.standings import standing_of

#: (kind, name, sha, content) of each definition
Contents = list[tuple[str, str, str, Mapping[str, object]]]
PARQUET = "matrix.parquet"
STEPS = (
    Step("definitions", "Read the definitions", 2),
    Step("bars", "Read the bars", 18),
    Step("universe", "Find the universe", 10),
    Step("features", "Compute the features", 40),
    Step("coverage", "Look at what is missing", 10),
    Step("write", "Store the matrix", 20),
)


class BuildMatrixParams(Params):
    """Which model, over which sessions (None: all that can be warm), which dataset;
    `end` is a session or the moment at which its last bar closed, as `asof` reads it.

    `parquet` leaves a table of the matrix among the run's files.
    """

    pack: str = Field(pattern=NAME)
    model_id: str = Field(pattern=r"^[a-z0-9][a-z0-9_]{0,127}$")
    start: date | None = None
    end: AsOf | None = None
    dataset: str | None = Field(default=None, pattern=NAME)
    parquet: bool = False

    @property
    def until(self) -> date | datetime | None:
        """The session or the moment with which it ends."""
        return None if self.end is None else asof.read(self.end)


def check(params: BuildMatrixParams, *, local: bool) -> None:
    """BadInput for a model that is not there, an input nobody has, and closed days."""
    # pandas and the calendars come with these; only who asks for a build pays for it
    from sigma_core.coverage import require
    from sigma_core.specs.bundle import load_bundle

    with at_parameters():
        bundle = load_bundle(settings.SIGMA_PACKS, params.pack, params.model_id)
        require(bundle.indicator_set, where=bundle.files["indicator_set"])
    require_session(params.start, where="start")
    with asof.asked_as("end"):
        asof.require(params.until, bundle.cadence, where="end")
    last = asof.day_of(params.until)
    if params.start and last and params.start > last:
        message = f"the start {params.start} lies after the end {last}."
        raise BadInput(Problem("window.order", "start", message, "Swap the two."))


def fields(params: BuildMatrixParams) -> Mapping[str, object]:
    """What the run's row says before the run starts."""
    return {
        "pack": params.pack,
        "model_id": params.model_id,
        "dataset": params.dataset or "",
        "session": asof.day_of(params.until),
    }


def perform(context: Context, params: BuildMatrixParams) -> Outcome:
    """Build and store, or find what was built before; stage the table if wanted."""
    from sigma_core import builds  # numba and deltalake
    from sigma_core.indicators import kernels
    from sigma_core.matrix import to_parquet

    kernels.use_cache(settings.SIGMA_KERNELS)
    prepared = builds.prepare(
        packs_root=settings.SIGMA_PACKS,
        datasets_root=settings.SIGMA_HOME / "datasets",
        pack=params.pack,
        model_id=params.model_id,
        start=params.start,
        end=params.until,
        dataset=params.dataset,
        default_dataset=datasets.default_dataset(),
        now=context.now,
        progress=context.progress,
    )
    summary, matrix = matrices.found_or_built(context, prepared)
    summary |= standing_of(
        prepared.market, prepared.bundle.universe, asked=params.until, now=context.now
    )
    fingerprint = {
        **prepared.bundle.shas,
        **prepared.fingerprint,
        "matrix_sha": summary["matrix_sha"],
    }
    if params.parquet:
        context.progress("write", 0.5, "as Parquet")
        about = {
            "dataset": prepared.market.dataset.name,
            "model": f"{params.pack}/{params.model_id}",
            "run": context.run.pk,
            "marks": summary["marks"],
            "stale": summary["stale"],
            "fingerprint": fingerprint,
        }
        to_parquet(matrix, context.staging / PARQUET, about)
    return Outcome(
        summary=summary,
        fingerprint=fingerprint,
        fields={
            "session": prepared.market.session,
            "dataset": prepared.market.dataset.name,
        },
        artifacts=(PARQUET,) if params.parquet else (),
        save=partial(_save, contents=prepared.contents),
    )


def _save(run: Run, *, contents: Contents) -> Mapping[str, object]:
    """Freeze the definitions it was built from."""
    scans.save_inputs(run, contents)
    return {}


BUILD_MATRIX = register(
    Job(
        kind="build_matrix",
        label="Build matrix",
        params=BuildMatrixParams,
        steps=STEPS,
        perform=perform,
        check=check,
        fields=fields,
    )
)
