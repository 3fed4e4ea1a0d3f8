"""The job `calibrate`: a grid of a scanner's parameters, each cell backtested twice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

from django.conf import settings
from django.utils import timezone
from pydantic import AfterValidator, Field

from packs_app import datasets
from sigma_api.problems import escape
from sigma_core.errors import BadInput, Cancelled, MissingData
from signals.jobs.base import Context, Job, Outcome, Step, register
from signals.jobs.held import is_coming, require_held
from signals.jobs.places import at_parameter, require_session
from signals.jobs.scan import NAME
from signals.jobs.terms import OneZero, TermsParams
from signals.services import calibrations

if TYPE_CHECKING:
    from sigma_core.calibrations.dates import Dates
    from sigma_core.calibrations.run import Ready
    from sigma_core.run import Progress

Value = Annotated[float, Field(allow_inf_nan=False), OneZero]


def _by_name(grid: dict[str, list[Value]]) -> dict[str, list[Value]]:
    """Parameters from A to Z: PostgreSQL keeps no order of its own, and the cells are
    numbered by it."""
    return dict(sorted(grid.items()))


Grid = Annotated[dict[str, list[Value]], AfterValidator(_by_name)]
DAYS = ("train_start", "train_end", "held_out_start", "held_out_end")
STEPS = (
    Step("definitions", "Read the definitions", 2),
    Step("bars", "Read the bars", 15),
    Step("universe", "Find the universe", 8),
    Step("features", "Compute the features", 25),
    Step("scores", "Score the model as it is", 10),
    Step("cells", "Sweep the cells", 37),
    Step("write", "Judge them and write the recipe", 3, commits=True),
)


class CalibrateParams(TermsParams):
    """Which model, which values of which parameters, on which dates (None: the last
    third of what is held is held out), over which dataset, on which terms.

    `promote` writes the winner into the model as a new version.
    """

    pack: str = Field(pattern=NAME)
    model_id: str = Field(pattern=r"^[a-z0-9][a-z0-9_]{0,127}$")
    grid: Grid
    objective: str = "deflated_sharpe"
    min_trades: int = Field(default=30, ge=0, le=1_000_000)
    train_start: date | None = None
    train_end: date | None = None
    held_out_start: date | None = None
    held_out_end: date | None = None
    dataset: str | None = Field(default=None, pattern=NAME)
    promote: bool = True

    @property
    def dates(self) -> Dates:
        """The dates that were asked for."""
        from sigma_core.calibrations.dates import Dates  # numpy

        return Dates(**{name: getattr(self, name) for name in DAYS})


def check(params: CalibrateParams, *, local: bool) -> None:
    """BadInput, at the parameter that is to blame, for a model that is no daily
    scanner, a grid of more than 200 cells or of unknown parameters, dates that overlap,
    are not held or too few, and a universe that is empty throughout."""
    # pandas and the calendars come with these; only who asks for a sweep pays for it
    from sigma_core.backtests import run as backtests
    from sigma_core.calibrate import cells
    from sigma_core.calibrations.objectives import require_objective
    from sigma_core.calibrations.run import scanner_config
    from sigma_core.specs.bundle import load_bundle

    with _at_parameters():
        bundle = load_bundle(settings.SIGMA_PACKS, params.pack, params.model_id)
        cells(params.grid, scanner_config(bundle).params)
        require_objective(params.objective)
        backtests.require_daily(bundle)
        params.dates.check()
        for name in DAYS:
            day = getattr(params, name)
            require_session(day, where=name)
            require_held(
                params.dataset or bundle.universe.dataset, day, "daily", where=name
            )
        if is_coming(None):
            return  # the run itself will see
        try:
            ready = _ready(params, now=timezone.now())
        except MissingData:
            return  # no bars at all yet: the run says what is missing
        backtests.require_somebody(ready.prepared)


@contextmanager
def _at_parameters() -> Iterator[None]:
    """Within it what is wrong points at the parameter that is to blame."""
    try:
        yield
    except BadInput as error:
        problems = map(at_parameter, error.problems)
        raise BadInput(
            [replace(one, where=_pointer(one.where)) for one in problems]
        ) from None


def _pointer(where: str) -> str:
    """`grid.adx_min` as a JSON pointer; other places stay as they are."""
    name = where.removeprefix("grid.")
    return f"/grid/{escape(name)}" if name != where else where


def fields(params: CalibrateParams) -> Mapping[str, object]:
    """What the run's row says before the run starts."""
    return {
        "pack": params.pack,
        "model_id": params.model_id,
        "dataset": params.dataset or "",
        "session": params.held_out_end,
    }


def perform(context: Context, params: CalibrateParams) -> Outcome:
    """Sweep, committing each cell; judge, write the recipe and perhaps the model."""
    from sigma_core.calibrations.run import lay_out, sweep_cells  # numba and deltalake
    from sigma_core.executor import parse
    from sigma_core.indicators import kernels

    kernels.use_cache(settings.SIGMA_KERNELS)
    calibrations.begin(context.run, pack=params.pack)
    ready = _ready(params, now=context.now, progress=context.progress)
    calibrations.keep_ground(context, ready)
    executor = parse(settings.SIGMA_EXECUTOR, scratch=context.staging)
    laid = lay_out(ready, progress=context.progress, executor=executor)
    count, done = len(ready.wanted), []
    context.progress("cells", 0.0, f"0 of {count}")
    try:
        for cell in sweep_cells(laid):
            calibrations.keep_cell(context.run, laid, cell)
            done.append(cell)
            context.progress("cells", len(done) / count, f"{len(done)} of {count}")
        context.progress("write", 0.0, "")
    except Cancelled:
        calibrations.keep_trials(context.run, laid, done)
        raise
    return calibrations.finish(context, laid, done, params.model_dump(mode="json"))


def _ready(
    params: CalibrateParams, *, now: datetime, progress: Progress | None = None
) -> Ready:
    from sigma_core.calibrations.run import prepare  # deltalake and pandas
    from sigma_core.run import quiet

    return prepare(
        packs_root=settings.SIGMA_PACKS,
        datasets_root=settings.SIGMA_HOME / "datasets",
        pack=params.pack,
        model_id=params.model_id,
        grid=params.grid,
        dates=params.dates,
        terms=params.terms,
        dataset=params.dataset,
        default_dataset=datasets.default_dataset(),
        now=now,
        progress=progress or quiet,
    )


CALIBRATE = register(
    Job(
        kind="calibrate",
        label="Calibrate",
        params=CalibrateParams,
        steps=STEPS,
        perform=perform,
        check=check,
        fields=fields,
    )
)
