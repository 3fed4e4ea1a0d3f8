"""The job `backtest`: a model's signals through its policy, session by session."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils import timezone
from pydantic import Field

from packs_app import datasets
from sigma_core.errors import MissingData
from signals.jobs.base import Context, Job, Outcome, Step, register
from signals.jobs.held import is_coming, require_held
from signals.jobs.places import at_parameters, require_session
from signals.jobs.scan import NAME
from signals.jobs.terms import TermsParams
from signals.services import backtest_trainings, backtests

if TYPE_CHECKING:
    from sigma_core.builds import Prepared
    from sigma_core.run import Progress

STEPS = (
    Step("definitions", "Read the definitions", 2),
    Step("bars", "Read the bars", 18),
    Step("refresh", "Train further, as a schedule has it", 15),
    Step("universe", "Find the universe", 5),
    Step("features", "Compute the features", 25),
    Step("scores", "Gates and scores", 10),
    Step("fills", "Decide and fill, session by session", 10),
    Step("report", "Hold it against the market", 10),
    Step("write", "Write the report", 5),
)


class BacktestParams(TermsParams):
    """Which model, over which sessions (start None: the first on which every column can
    be warm; end None: the last one held; of a trained model the first and the last that
    its training tested, if it does not start after them), over which dataset, on which
    terms.
    """

    pack: str = Field(pattern=NAME)
    model_id: str = Field(pattern=r"^[a-z0-9][a-z0-9_]{0,127}$")
    start: date | None = None
    end: date | None = None
    dataset: str | None = Field(default=None, pattern=NAME)


def check(params: BacktestParams, *, local: bool) -> None:
    """BadInput, at the parameter that is to blame, for a model that is not there, not
    daily or not trained, days without bars, and a universe that is empty throughout."""
    # pandas and the calendars come with these; only who asks for a backtest pays
    from sigma_core.backtests import run
    from sigma_core.specs.bundle import load_bundle

    with at_parameters():
        bundle = load_bundle(settings.SIGMA_PACKS, params.pack, params.model_id)
        run.require_daily(bundle)
        wanted = params.dataset or bundle.universe.dataset
        for name, day in (("start", params.start), ("end", params.end)):
            require_session(day, where=name)
            require_held(wanted, day, "daily", where=name)
        if is_coming(None):
            return  # the run itself will see
        try:
            prepared = _prepared(params, now=timezone.now())
        except MissingData:
            return  # no bars at all yet: the run says what is missing
    found = backtest_trainings.find(prepared)
    run.require_scorable(prepared, found.known if found else None)
    run.require_somebody(prepared)


def fields(params: BacktestParams) -> Mapping[str, object]:
    """What the run's row says before the run starts."""
    return {
        "pack": params.pack,
        "model_id": params.model_id,
        "dataset": params.dataset or "",
        "session": params.end,
    }


def perform(context: Context, params: BacktestParams) -> Outcome:
    """Score, decide and fill every session; stage the tables and the report."""
    from sigma_core.backtests import backtest_model  # numba and deltalake
    from sigma_core.executor import parse
    from sigma_core.indicators import kernels

    kernels.use_cache(settings.SIGMA_KERNELS)
    prepared = _prepared(params, now=context.now, progress=context.progress)
    found = backtest_trainings.find(prepared)
    trained = found.said(prepared, context) if found else None
    done = backtest_model(
        prepared,
        terms=params.terms,
        trained=trained,
        progress=context.progress,
        executor=parse(settings.SIGMA_EXECUTOR, scratch=context.staging),
    )
    context.progress("write", 0.0, f"{len(done.result.trade_lines):,} trades")
    return backtests.outcome(done, context, asked=params.end, trained=trained)


def _prepared(
    params: BacktestParams, *, now: datetime, progress: Progress | None = None
) -> Prepared:
    from sigma_core import backtests as engine  # deltalake and pandas
    from sigma_core.run import quiet

    start, end = backtest_trainings.tested_between(params)
    return engine.prepare(
        packs_root=settings.SIGMA_PACKS,
        datasets_root=settings.SIGMA_HOME / "datasets",
        pack=params.pack,
        model_id=params.model_id,
        start=start,
        end=end,
        dataset=params.dataset,
        default_dataset=datasets.default_dataset(),
        now=now,
        progress=progress or quiet,
    )


BACKTEST = register(
    Job(
        kind="backtest",
        label="Backtest",
        params=BacktestParams,
        steps=STEPS,
        perform=perform,
        check=check,
        fields=fields,
    )
)
