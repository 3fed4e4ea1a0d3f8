"""A saved scanner and a grid → every cell, on the training and the held-out dates.

Bars, universe and features are those of a backtest of the model (`backtests`), built
once; each cell is the backtest of the model with its parameters, to the last bit.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import cast

from sigma_core import backtests
from sigma_core.backtest import Prices, Terms
from sigma_core.backtest.curves import session_returns, universe_equity
from sigma_core.backtest.metrics import returns_of
from sigma_core.backtests.run import book_of, features_of
from sigma_core.backtests.scoring import scanner_of, scored
from sigma_core.builds import Prepared
from sigma_core.calibrate import Cell, Params, Sweep, cells, sweep
from sigma_core.calibrations.cells import Tried, half_of
from sigma_core.calibrations.dates import Dates, Window, windows
from sigma_core.errors import BadInput, Problem
from sigma_core.executor import IN_PROCESS, Executor
from sigma_core.frames import Bools, Floats, Matrix, Times
from sigma_core.matrix.reach import first_needed
from sigma_core.run import Progress, quiet, scanner_over
from sigma_core.signal_models.rules import Scanner
from sigma_core.specs.bundle import Bundle
from sigma_core.specs.schema import ScannerConfig
from sigma_core.window import columns_between

Grid = Mapping[str, Sequence[float]]


@dataclass(frozen=True)
class Ready:
    """What is to be swept: cells in order, on which columns of the market's bars."""

    prepared: Prepared
    grid: Grid
    wanted: list[Params]
    swept: Window
    held_out: Window
    #: the last session that was asked for; None for "the last one held"
    asked_end: date | None
    terms: Terms

    @property
    def current(self) -> Mapping[str, float]:
        """The model's parameters as they are saved."""
        return scanner_config(self.prepared.bundle).params

    def part(self, window: Window) -> Prepared:
        """What a backtest of one of the windows alone rests on."""
        market = self.prepared.market
        session = cast(date, market.bars.axis.days[window.last].item())
        cut = replace(market, session=session, column=window.last)
        return replace(self.prepared, first=window.first, market=cut)


def scanner_config(bundle: Bundle) -> ScannerConfig:
    """The rules of a scanner; BadInput `calibrate.kind` for another kind of model."""
    if isinstance(bundle.model, ScannerConfig):
        return bundle.model
    message = f"{bundle.model_id!r} is of kind {bundle.model.kind!r}."
    hint = "Only a scanner has thresholds to calibrate; a model that learns is trained."
    raise BadInput(Problem("calibrate.kind", "model_id", message, hint))


def prepare(
    *,
    packs_root: Path,
    datasets_root: Path,
    pack: str,
    model_id: str,
    grid: Grid,
    dates: Dates,
    dataset: str | None,
    default_dataset: str | None,
    now: datetime,
    terms: Terms | None = None,
    progress: Progress = quiet,
) -> Ready:
    """What a calibration rests on; `terms` None: the standing ones.

    Raises what `backtests.prepare` and `cells` do, and BadInput `calibrate.kind`,
    `calibrate.dates`, `calibrate.sessions`.
    """
    dates.check()
    prepared = backtests.prepare(
        packs_root=packs_root,
        datasets_root=datasets_root,
        pack=pack,
        model_id=model_id,
        start=dates.train_start,
        end=dates.held_out_end,
        dataset=dataset,
        default_dataset=default_dataset,
        now=now,
        progress=progress,
    )
    wanted = cells(grid, scanner_config(prepared.bundle).params)
    market = prepared.market
    for day in (dates.train_end, dates.held_out_start):
        if day is not None:
            market.dataset.sessions.require(day)
    days = market.bars.axis.days
    swept, held_out = windows(days, prepared.first, market.column, dates)
    return Ready(
        prepared=prepared,
        grid=grid,
        wanted=wanted,
        swept=swept,
        held_out=held_out,
        asked_end=dates.held_out_end,
        terms=terms or Terms(),
    )


@dataclass(frozen=True)
class Part:
    """One window, ready to be swept; what a backtest of it alone would read."""

    prepared: Prepared
    over: Sweep
    prices: Prices
    members: Bools
    terms: Terms

    @property
    def sessions(self) -> Times:
        """Its sessions, in order."""
        return self.prices.axis.times

    @cached_property
    def benchmark_returns(self) -> Floats:
        """Of each session but the first: the universe in equal parts, as backtests
        enter it into the ledger of trials."""
        lost = self.terms.delisting_return
        held = session_returns(self.prices, delisting_return=lost)
        capital = float(self.prepared.bundle.policy.rules.risk.capital)
        return returns_of(universe_equity(held, self.members, capital))


@dataclass(frozen=True)
class Laid:
    """Features, scores and prices of both windows, ready to be swept."""

    ready: Ready
    swept: Part
    held_out: Part


def lay_out(
    ready: Ready, *, progress: Progress = quiet, executor: Executor = IN_PROCESS
) -> Laid:
    """All that the cells share. Raises BadInput `universe.empty` where nobody could be
    chosen on any session, ExpressionError for rules that can't be understood."""
    whole = ready.prepared
    make = _make(whole)
    widest = max(map(make, ready.wanted), key=lambda scanner: scanner.lookback)
    wide = features_of(whole, widest, progress, executor)
    progress("scores", 0.0, "")
    parts = (
        _part(ready, window, widest.lookback, wide)
        for window in (ready.swept, ready.held_out)
    )
    return Laid(ready, *parts)


def sweep_cells(laid: Laid) -> Iterator[Tried]:
    """The cells in order, each as soon as it is done on both windows."""
    with (
        closing(_cells(laid, laid.swept)) as swept,
        closing(_cells(laid, laid.held_out)) as held_out,
    ):
        for number, (one, other) in enumerate(zip(swept, held_out, strict=True)):
            yield Tried(number, one.params, half_of(one), half_of(other))


def _cells(laid: Laid, part: Part) -> Generator[Cell, None, None]:
    policy, grid = part.prepared.bundle.policy, laid.ready.grid
    yield from sweep(part.over, grid, part.prices, policy, terms=part.terms)


def _part(ready: Ready, window: Window, lookback: int, wide: Matrix) -> Part:
    """`wide` ends with the last column of all, and begins as early as rules look."""
    part = ready.part(window)
    offset = ready.prepared.market.column + 1 - wide.axis.shape[1]
    begin = first_needed(part.market.bars, lookback, window.first, window.last)
    columns = columns_between(wide, begin - offset, window.last + 1 - offset)
    scores = scored(part, scanner_of(part), columns, None).scores
    prices, signals = book_of(part, columns, scores, ready.terms)
    over = Sweep(_make(part), dict(ready.current), columns, signals)
    return Part(part, over, prices, scores.members, ready.terms)


def _make(prepared: Prepared) -> Callable[[Params], Scanner]:
    """The model's scanner with other parameters."""
    bundle, plan, market = prepared.bundle, prepared.plan, prepared.market

    def make(params: Params) -> Scanner:
        own = scanner_config(bundle)
        changed = own.model_copy(update={"params": {**own.params, **params}})
        return scanner_over(replace(bundle, model=changed), plan, market)

    return make
