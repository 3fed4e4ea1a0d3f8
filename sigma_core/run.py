"""The one place that knows the order of the steps: definitions → … → signals.

`scan` takes a model to its ranked list on one bar, a session or a part of one:

1. definitions   pack files → frozen specs and their shas       `specs.bundle`
2. bars          the dataset's arrays as known by `now`         `market`
                 and the benchmark, if a column is compared     `bars.benchmark`
3. universe      who could be chosen, from days up to t−1       `universe`
4. features      the model's columns on the bar                 `matrix`
5. scores        gates and score of every ticker                `signal_models`
6. policy        which are signals, and which may be traded     `policy`

and gives them back with what explains, names and repeats them (`results`). Nothing is
written.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from sigma_core import matrix, policy
from sigma_core.bars.benchmark import find_benchmark
from sigma_core.coverage.required import PROVIDED, WITHOUT_BENCHMARK, require
from sigma_core.errors import BadInput, Problem
from sigma_core.executor import IN_PROCESS, Executor
from sigma_core.explain import Plain
from sigma_core.frames import Matrix
from sigma_core.market import AsOf, Market, open_market
from sigma_core.matrix.reach import first_needed
from sigma_core.results import Learned, ScanResult
from sigma_core.signal_models.base import Scores
from sigma_core.signal_models.rules import Scanner, scanner_of
from sigma_core.specs.bundle import Bundle, load_bundle
from sigma_core.specs.schema import GbmConfig
from sigma_core.universe import Universe, evaluate, on_bars

#: progress(step, fraction done of that step, what it is doing)
Progress = Callable[[str, float, str], None]


class Trained(Protocol):
    """A trained model, as a scan asks it; `names` go into the fingerprint."""

    @property
    def names(self) -> Mapping[str, object]:
        """What the training is called by."""
        ...

    def reads_from(self, market: Market) -> int:
        """The first column of features it asks for."""
        ...

    def transform(self, matrix: Matrix) -> Scores:
        """Scores on the bars of the matrix."""
        ...

    def why(self, matrix: Matrix, tickers: Sequence[str]) -> Mapping[str, Plain]:
        """Of each ticker its prediction on the last bar, and what moved it."""
        ...


#: (model, market) → its training; None where there is none of the model as it is
FindTrained = Callable[[Bundle, Market], Trained | None]


def quiet(step: str, fraction: float, words: str) -> None:
    """For callers that want no progress."""


def scan(
    *,
    packs_root: Path,
    datasets_root: Path,
    pack: str,
    model_id: str,
    as_of: AsOf | None,
    dataset: str | None,
    default_dataset: str | None,
    now: datetime,
    progress: Progress = quiet,
    find_trained: FindTrained | None = None,
) -> ScanResult:
    """The ranked signals of a model as of a session or of the moment at which a bar
    closed (None: the last one held).

    `now` (with time zone) says which rows and revisions count: those known by then.
    `find_trained` is asked for the training of a model that is no scanner. Raises
    BadInput for names, files, dates and moments that can't be used, and for a model
    that was not trained; MissingData where the dataset holds no such bar.
    """
    progress("definitions", 0.0, f"{pack}/{model_id}")
    bundle = load_bundle(packs_root, pack, model_id)
    plan = plan_of(bundle)
    progress("bars", 0.0, "")
    wanted = dataset or bundle.universe.dataset
    cadence = bundle.cadence
    market = open_market(datasets_root, wanted, default_dataset, as_of, now, cadence)
    market = with_benchmark(bundle, plan, market)
    trained = None
    if isinstance(bundle.model, GbmConfig):
        trained = find_trained(bundle, market) if find_trained else None
        if trained is None:
            raise untrained(bundle)
    return scan_market(bundle, plan, market, trained=trained, progress=progress)


def scan_market(
    bundle: Bundle,
    plan: matrix.Plan,
    market: Market,
    *,
    trained: Trained | None = None,
    progress: Progress = quiet,
) -> ScanResult:
    """The same over a market that is open already: steps 3 to 6."""
    asked = trained or _Rules(scanner_over(bundle, plan, market))
    progress("universe", 0.0, bundle.universe.name)
    first = asked.reads_from(market)
    judged, universe = find_universes(bundle, plan, market, first)
    progress("features", 0.0, f"{len(market.bars.axis.tickers):,} tickers")
    features = matrix.named(build_features(plan, market, universe, first))
    progress("scores", 0.0, "")
    scores = asked.transform(features)
    progress("policy", 0.0, bundle.policy.name)
    decisions = decide(bundle, market, features, scores)
    selected = [
        features.axis.tickers[row] for row in np.flatnonzero(decisions.selected)
    ]
    learned = Learned(asked.names, asked.why(features, selected))
    return ScanResult(
        bundle, market, judged, universe, features, scores, decisions, learned
    )


@dataclass(frozen=True)
class _Rules:
    """A scanner, asked as a training is: it has learned nothing."""

    scanner: Scanner
    names: Mapping[str, object] = field(default_factory=dict)

    def reads_from(self, market: Market) -> int:
        return first_needed(
            market.bars, self.scanner.lookback, market.column, market.column
        )

    def transform(self, matrix: Matrix) -> Scores:
        return self.scanner.fit(matrix, None).transform(matrix)

    def why(self, matrix: Matrix, tickers: Sequence[str]) -> Mapping[str, Plain]:
        return {}


def untrained(bundle: Bundle) -> BadInput:
    """What is said of a model to be trained that has no training as it is now."""
    name = f"{bundle.pack}/{bundle.model_id}"
    message = (
        f"{name} is a model to be trained, and there is no training of it as it is now."
    )
    hint = "Train it first, over this dataset."
    return BadInput(Problem("model.untrained", "model_id", message, hint))


def plan_of(bundle: Bundle) -> matrix.Plan:
    """The columns of a bundle's set on bars of the model's cadence."""
    where = bundle.files["indicator_set"]
    return matrix.plan(
        bundle.indicator_set, where=where, cadence=bundle.cadence, at=bundle.set_at
    )


def with_benchmark(bundle: Bundle, plan: matrix.Plan, market: Market) -> Market:
    """The market with what its tickers are compared with, if a column of the plan is.

    SpecError, naming indicator and set, where the dataset has no benchmark.
    """
    wanted, benchmarks = bundle.manifest.benchmark, {}
    for cadence in plan.compared:
        own = cadence == market.cadence
        bars = market.bars if own else market.finished(cadence).bars
        if found := find_benchmark(market.dataset, bars, wanted):
            benchmarks[cadence] = found
    held = len(benchmarks) == len(plan.compared)
    where = bundle.files["indicator_set"]
    require(bundle.indicator_set, PROVIDED if held else WITHOUT_BENCHMARK, where=where)
    return market.comparing(benchmarks) if benchmarks else market


def find_universe(
    bundle: Bundle, plan: matrix.Plan, market: Market, first: int
) -> Universe:
    """The universe at each bar that features from the column `first` on need."""
    return find_universes(bundle, plan, market, first)[1]


def find_universes(
    bundle: Bundle, plan: matrix.Plan, market: Market, first: int
) -> tuple[Universe, Universe]:
    """The universe as it was judged, session by session on the axis of days, and the
    same at each bar: members begin where features from `first` on need them."""
    begin = plan.members_begin(market.bars, first, market.column)
    bars = market.bars.axis.cut(slice(begin, market.column + 1))
    days = market.days
    start = int(np.searchsorted(days.bars.axis.times, bars.days[0]))
    sessions = slice(min(start, days.column), days.column + 1)
    judged = evaluate(
        bundle.universe,
        bundle.parts,
        days.bars,
        sessions,
        reference=market.reference,
        membership=market.dataset.membership,
        benchmark=bundle.manifest.benchmark,
        under_way=market.cadence != "daily",
    )
    if market.cadence == "daily":
        return judged, judged
    axis = days.bars.axis.cut(sessions)
    blocked = market.bars.blocked_at(np.arange(begin, market.column + 1))
    return judged, on_bars(judged, axis, bars, market.cadence, blocked)


def build_features(
    plan: matrix.Plan,
    market: Market,
    universe: Universe,
    first: int,
    *,
    executor: Executor = IN_PROCESS,
    dtype: npt.DTypeLike = np.float64,
) -> Matrix:
    """The columns of a plan from the column `first` to the market's own, not named."""
    return matrix.build(
        market.bars,
        plan,
        universe.members,
        first=first,
        last=market.column,
        finished=market.finished,
        executor=executor,
        dtype=dtype,
    )


def scanner_over(bundle: Bundle, plan: matrix.Plan, market: Market) -> Scanner:
    """The bundle's scanner, compiled against the plan's columns."""
    columns = {column.name: column.degree for column in plan.columns}
    return scanner_of(bundle, columns, sector=market.sectors, phrases=plan.phrases())


def decide(
    bundle: Bundle, market: Market, features: Matrix, scores: Scores, time: int = -1
) -> policy.Decisions:
    """What the policy says to an empty book at the close of one bar of a matrix."""
    column = market.bars.axis.column(features.axis.times[time])
    day = market.bars.axis.days[column]
    candidates = policy.candidates_of(
        scores,
        features,
        bundle.policy,
        session=int(market.dataset.sessions.positions(day[np.newaxis])[0]),
        sector=market.sectors,
        time=time,
    )
    book = policy.PolicyState.fresh(len(features.axis.tickers), bundle.policy)
    at = np.datetime64(market.closed_at(column).replace(tzinfo=None), "m")
    return policy.decide(candidates, book, bundle.policy, at)[0]
