"""The job `train`: a model's matrix, its trees, and what they were worth."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils import timezone
from pydantic import Field

from packs_app import datasets
from sigma_core.errors import BadInput, MissingData, Problem
from signals.jobs.base import Context, Job, Outcome, Params, Step, register
from signals.jobs.held import is_coming, require_held
from signals.jobs.places import at_parameter, require_session
from signals.jobs.scan import NAME
from signals.services import matrices, trainings

if TYPE_CHECKING:
    from sigma_core.builds import Prepared
    from sigma_core.run import Progress
    from sigma_core.specs.bundle import Bundle

STEPS = (
    Step("definitions", "Read the definitions", 2),
    Step("bars", "Read the bars", 6),
    Step("universe", "Find the universe", 4),
    Step("features", "Compute the features", 12),
    Step("coverage", "Look at what is missing", 3),
    Step("write", "Store the matrix", 4),
    Step("rows", "Line up rows and labels", 4),
    Step("fit", "Train, test and control", 55),
    Step("report", "Measure what was predicted", 6),
    Step("keep", "Keep the models", 4),
)


class TrainParams(Params):
    """Which model, over which sessions (start None: the first on which every column can
    be warm; end None: the last one held), over which dataset."""

    pack: str = Field(pattern=NAME)
    model_id: str = Field(pattern=r"^[a-z0-9][a-z0-9_]{0,127}$")
    start: date | None = None
    end: date | None = None
    dataset: str | None = Field(default=None, pattern=NAME)


def check(params: TrainParams, *, local: bool) -> None:
    """BadInput, at the parameter that is to blame, for a model that is not there or is
    no model to be trained, a training that its definition does not allow, closed days,
    sessions that are not held or too few, and a universe that is empty throughout."""
    # pandas and the calendars come with these; only who asks for a training pays
    from sigma_core import training
    from sigma_core.backtests.run import require_somebody
    from sigma_core.coverage import require
    from sigma_core.specs.bundle import load_bundle

    with _at_parameters(params):
        bundle = load_bundle(settings.SIGMA_PACKS, params.pack, params.model_id)
        _require_gbm(bundle)
        require(bundle.indicator_set, where=bundle.files["indicator_set"])
        wanted = params.dataset or bundle.universe.dataset
        for name, day in (("start", params.start), ("end", params.end)):
            require_session(day, where=name)
            require_held(wanted, day, bundle.cadence, where=name)
        if is_coming(None):
            return  # the run itself will see
        try:
            prepared = _prepared(params, now=timezone.now())
        except MissingData:
            return  # no bars at all yet: the run says what is missing
        _require_ticker(prepared)
        training.check(prepared)
        require_somebody(prepared)


@contextmanager
def _at_parameters(params: TrainParams) -> Iterator[None]:
    """Within it what is wrong points at the parameter that is to blame."""
    try:
        yield
    except BadInput as error:
        raise BadInput(
            [
                replace(one, where=_pointer(one, params))
                for one in map(at_parameter, error.problems)
            ]
        ) from None


def _pointer(problem: Problem, params: TrainParams) -> str:
    """A key of the model's definition is no parameter: the model is to blame, or, where
    there are too few sessions, the days that were asked for."""
    from sigma_core.specs.schema import GbmConfig

    if problem.code == "train.too_short" and (params.end or params.start):
        return "/end" if params.end else "/start"
    key = problem.where.partition(".")[0]
    if key in TrainParams.model_fields:
        return f"/{problem.where}"
    return "/model_id" if key in GbmConfig.model_fields else problem.where


def _require_gbm(bundle: Bundle) -> None:
    """BadInput for a model that learns nothing."""
    from sigma_core.specs.schema import GbmConfig

    if not isinstance(bundle.model, GbmConfig):
        message = f"{bundle.model_id!r} is a scanner; scanners are not trained."
        hint = "Scan or backtest it as it is."
        raise BadInput(Problem("train.kind", "model_id", message, hint))


def _require_ticker(prepared: Prepared) -> None:
    """BadInput where the dataset has no bars of a model's one ticker."""
    ticker, market = prepared.bundle.model.ticker, prepared.market
    if ticker is None or ticker in market.bars.axis:
        return
    name = market.dataset.name
    message = f"dataset {name!r} has no bars of {ticker}, which the model is about."
    hint = (
        f"Choose a dataset with bars of {ticker}, or bring them: on the page Data, or "
        "with manage.py ingest_bars."
    )
    raise BadInput(Problem("train.no_ticker", "dataset", message, hint))


def fields(params: TrainParams) -> Mapping[str, object]:
    """What the run's row says before the run starts."""
    return {
        "pack": params.pack,
        "model_id": params.model_id,
        "dataset": params.dataset or "",
        "session": params.end,
    }


def perform(context: Context, params: TrainParams) -> Outcome:
    """Build or find the matrix, fit every split in a child, keep what came of it."""
    from sigma_core import training  # numba and deltalake
    from sigma_core.indicators import kernels

    kernels.use_cache(settings.SIGMA_KERNELS)
    prepared = _prepared(params, now=context.now, progress=context.progress)
    _require_gbm(prepared.bundle)
    _require_ticker(prepared)
    training.check(prepared)  # before a matrix is built in vain
    _, matrix = matrices.found_or_built(context, prepared)
    limits = trainings.limits_for(context)
    trained = training.train(prepared, matrix, limits, context.progress)
    context.progress("keep", 0.0, f"{len(trained.models) + 1} models")
    return trainings.outcome(trained, prepared, context, asked=params.end)


def _prepared(
    params: TrainParams, *, now: datetime, progress: Progress | None = None
) -> Prepared:
    from sigma_core import builds  # deltalake and pandas
    from sigma_core.run import quiet

    return builds.prepare(
        packs_root=settings.SIGMA_PACKS,
        datasets_root=settings.SIGMA_HOME / "datasets",
        pack=params.pack,
        model_id=params.model_id,
        start=params.start,
        end=params.end,
        dataset=params.dataset,
        default_dataset=datasets.default_dataset(),
        now=now,
        progress=progress or quiet,
    )


TRAIN = register(
    Job(
        kind="train",
        label="Train",
        params=TrainParams,
        steps=STEPS,
        perform=perform,
        check=check,
        fields=fields,
    )
)
