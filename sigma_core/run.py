"""The one place that knows the order of the steps: definitions → … → signals.

`scan` takes a model to its ranked list on one session:

1. definitions   pack files → frozen specs and their shas       `specs.bundle`
2. bars          the dataset's arrays as known by `now`         `bars.store`
3. universe      who could be chosen, from data up to t−1       `universe`
4. features      the model's columns on session t               `matrix`
5. scores        gates and score of every ticker                `signal_models`
6. policy        which are signals, and which may be traded     `policy`

and gives them back with what explains, names and repeats them (`results`). Nothing is
written.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import numpy as np

from sigma_core import matrix, policy
from sigma_core.errors import BadInput, Problem
from sigma_core.frames import MAX_GAP, Matrix
from sigma_core.indicators import registry
from sigma_core.market import Market, open_market
from sigma_core.results import ScanResult
from sigma_core.signal_models.base import Scores
from sigma_core.signal_models.rules import Scanner, scanner_of
from sigma_core.specs import naming
from sigma_core.specs.bundle import Bundle, load_bundle
from sigma_core.universe import Universe, evaluate

#: progress(step, fraction done of that step, what it is doing)
Progress = Callable[[str, float, str], None]


def quiet(step: str, fraction: float, words: str) -> None:
    """For callers that want no progress."""


def scan(
    *,
    packs_root: Path,
    datasets_root: Path,
    pack: str,
    model_id: str,
    as_of: date | None,
    dataset: str | None,
    default_dataset: str | None,
    now: datetime,
    progress: Progress = quiet,
) -> ScanResult:
    """The ranked signals of a model as of a session (None: the last one held).

    `now` (with time zone) says which rows and revisions count: those known by then.
    Raises BadInput for names, files and dates that can't be used, MissingData where
    the dataset holds no bar of the session.
    """
    progress("definitions", 0.0, f"{pack}/{model_id}")
    bundle = load_bundle(packs_root, pack, model_id)
    refuse_cadence(bundle)
    plan = matrix.plan(bundle.indicator_set, where=bundle.files["indicator_set"])
    progress("bars", 0.0, "")
    wanted = dataset or bundle.universe.dataset
    market = open_market(datasets_root, wanted, default_dataset, as_of, now)
    return scan_market(bundle, plan, market, progress=progress)


def scan_market(
    bundle: Bundle, plan: matrix.Plan, market: Market, *, progress: Progress = quiet
) -> ScanResult:
    """The same over a market that is open already: steps 3 to 6."""
    scanner = scanner_over(bundle, plan, market)
    progress("universe", 0.0, bundle.universe.name)
    back = scanner.lookback * (MAX_GAP + 1)
    universe = find_universe(bundle, market, back + plan.members_history)
    progress("features", 0.0, f"{len(market.bars.axis.tickers):,} tickers")
    features = matrix.build(
        market.bars,
        plan,
        universe.members,
        first=max(market.column - back, 0),
        last=market.column,
    )
    progress("scores", 0.0, "")
    scores = scanner.fit(features, None).transform(features)
    progress("policy", 0.0, bundle.policy.name)
    decisions = decide(bundle, market, features, scores)
    return ScanResult(bundle, market, universe, features, scores, decisions)


def find_universe(bundle: Bundle, market: Market, history: int = 0) -> Universe:
    """The universe on the market's session, and on `history` sessions before it."""
    return evaluate(
        bundle.universe,
        bundle.parts,
        market.bars,
        slice(max(market.column - history, 0), market.column + 1),
        reference=market.reference,
        membership=market.dataset.membership,
        benchmark=bundle.manifest.benchmark,
    )


def refuse_cadence(bundle: Bundle) -> None:
    """BadInput for a model whose name says that it decides more often than daily."""
    cadence = naming.parse(bundle.model_id).cadence
    if cadence == "daily":
        return
    raise BadInput(
        Problem(
            "scan.cadence",
            bundle.files["model_config"],
            f"{bundle.model_id!r} decides every {cadence}; this is about whole days.",
            "Take a model whose name says daily.",
        )
    )


def scanner_over(bundle: Bundle, plan: matrix.Plan, market: Market) -> Scanner:
    """The bundle's scanner, compiled against the plan's columns."""
    columns = {column.name: column.degree for column in plan.columns}
    return scanner_of(
        bundle, columns, sector=market.sectors, phrases=registry.phrases(plan.calls)
    )


def decide(
    bundle: Bundle, market: Market, features: Matrix, scores: Scores, time: int = -1
) -> policy.Decisions:
    """What the policy says to an empty book at the close of one session of a matrix."""
    day = features.axis.times[time]
    candidates = policy.candidates_of(
        scores,
        features,
        bundle.policy,
        session=market.bars.axis.column(day),
        sector=market.sectors,
        time=time,
    )
    book = policy.PolicyState.fresh(len(features.axis.tickers), bundle.policy)
    close = market.dataset.sessions.close(day.item())
    at = np.datetime64(close.replace(tzinfo=None), "m")
    return policy.decide(candidates, book, bundle.policy, at)[0]
