"""A saved model over a stretch of sessions: definitions → … → fills.

The first steps are those of every run (`builds.prepare`, `run`), so a candidate here is
one of the scan of its session, to the last bit.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from pathlib import Path

import pandas as pd

from sigma_core import builds
from sigma_core.backtest import (
    Backtest,
    Prices,
    Signals,
    Terms,
    backtest,
    prices_of,
    signals_of,
)
from sigma_core.backtest.curves import Curve
from sigma_core.backtest.metrics import Metrics, metrics
from sigma_core.backtest.silence import silent_positions
from sigma_core.backtests import compared
from sigma_core.backtests.dividends import in_units_of_bars
from sigma_core.backtests.gate import Check, checks
from sigma_core.backtests.scoring import (
    OutOfSample,
    Scored,
    require_scorable,
    scanner_of,
    scored,
)
from sigma_core.bars.moments import ends
from sigma_core.builds import Prepared
from sigma_core.errors import BadInput, Problem
from sigma_core.executor import IN_PROCESS, Executor
from sigma_core.frames import Matrix
from sigma_core.market import Market
from sigma_core.matrix.reach import first_needed
from sigma_core.run import Progress, build_features, find_universe, quiet
from sigma_core.signal_models.base import Scores
from sigma_core.signal_models.funnel import FunnelStep
from sigma_core.signal_models.rules import Scanner
from sigma_core.specs.bundle import Bundle, load_bundle
from sigma_core.specs.schema import ScannerConfig
from sigma_core.universe import Universe
from sigma_core.window import last_columns


@dataclass(frozen=True)
class Backtested:
    """A backtest with all it rests on and is held against.

    `scores` are of its sessions; `curves` the universe's first, then the benchmark's if
    there is one; `funnel` counts candidates from the universe on, all sessions summed;
    `regimes[session]` by `regime_of`; `silent` are the positions that
    had no bars while they were held (`silent_positions`).
    """

    prepared: Prepared
    scores: Scores
    funnel: list[FunnelStep]
    result: Backtest
    curves: tuple[Curve, ...]
    regimes: list[str]
    regime_of: str
    skill: compared.Skill
    silent: pd.DataFrame

    @cached_property
    def metrics(self) -> Metrics:
        """Of its net equity, its trades and its book."""
        return metrics(self.result)

    @cached_property
    def checks(self) -> list[Check]:
        """The run gate's."""
        return checks(self.metrics, self.result.policy.rules.run_gate)

    @property
    def passed(self) -> bool:
        """Whether every check of the run gate holds."""
        return all(check.passed for check in self.checks)


def prepare(
    *,
    packs_root: Path,
    datasets_root: Path,
    pack: str,
    model_id: str,
    start: date | None,
    end: date | None,
    dataset: str | None,
    default_dataset: str | None,
    now: datetime,
    progress: Progress = quiet,
) -> Prepared:
    """What a backtest of a model from `start` to `end` rests on.

    `start` None: the first session on which every column can be warm; `end` None: the
    last session held. Raises what `builds.prepare` does; BadInput `backtest.cadence`
    for a model that decides within sessions, `window.short` for fewer than two.
    """
    require_daily(load_bundle(packs_root, pack, model_id))
    prepared = builds.prepare(
        packs_root=packs_root,
        datasets_root=datasets_root,
        pack=pack,
        model_id=model_id,
        start=start,
        end=end,
        dataset=dataset,
        default_dataset=default_dataset,
        now=now,
        progress=progress,
    )
    if start is not None or isinstance(prepared.bundle.model, ScannerConfig):
        require_stretch(prepared)  # else the model's predictions say where it begins
    return prepared


def require_stretch(prepared: Prepared) -> None:
    """BadInput `window.short` for fewer than two sessions."""
    if prepared.first < prepared.market.column:
        return
    message = f"{prepared.market.session} alone is no stretch to trade on."
    hint = (
        "Give an earlier start or a later end: orders are filled on the session after."
    )
    raise BadInput(Problem("window.short", "start", message, hint))


def require_daily(bundle: Bundle) -> None:
    """BadInput for a model that decides more often than once a session."""
    if bundle.cadence != "daily":
        message = (
            f"{bundle.model_id!r} decides on bars of {bundle.cadence}, and orders are "
            "filled at the opens of days."
        )
        hint = "Backtest a daily model; scan this one."
        raise BadInput(Problem("backtest.cadence", "model_id", message, hint))


def backtest_model(
    prepared: Prepared,
    *,
    terms: Terms | None = None,
    trained: OutOfSample | None = None,
    progress: Progress = quiet,
    executor: Executor = IN_PROCESS,
) -> Backtested:
    """The whole of it. Raises BadInput `universe.empty` where no ticker is in the
    universe on any session, `model.untrained` for a trainable model without `trained`;
    SpecError or ExpressionError for rules that can't be understood."""
    terms = terms or Terms()
    require_scorable(prepared, trained)
    require_stretch(prepared)
    wide, found = _scored(prepared, trained, progress, executor)
    scores = found.scores
    progress("fills", 0.0, f"{scores.axis.shape[1]:,} sessions")
    prices, signals = book_of(prepared, wide, scores, terms)
    result = backtest(prices, signals, prepared.bundle.policy, terms=terms)
    progress("report", 0.0, "")
    returns = compared.session_returns(prices, delisting_return=terms.delisting_return)
    curves = compared.curves(prepared, prices, returns, scores.members, result.capital)
    regimes, regime_of = compared.regimes_of(prepared, curves)
    return Backtested(
        prepared=prepared,
        scores=scores,
        funnel=found.funnel,
        result=result,
        curves=curves,
        regimes=regimes,
        regime_of=regime_of,
        skill=compared.skill(prepared, scores),
        silent=silent_positions(result, prices),
    )


def _scored(
    prepared: Prepared,
    trained: OutOfSample | None,
    progress: Progress,
    executor: Executor,
) -> tuple[Matrix, Scored]:
    """Universe, features and scores; features begin where the rules look back to."""
    scanner = scanner_of(prepared)
    wide = features_of(prepared, scanner, progress, executor)
    progress("scores", 0.0, "")
    return wide, scored(prepared, scanner, wide, trained)


def features_of(
    prepared: Prepared,
    scanner: Scanner | None,
    progress: Progress = quiet,
    executor: Executor = IN_PROCESS,
) -> Matrix:
    """Universe and features, from where the rules look back to. Raises BadInput
    `universe.empty`."""
    market, first, bundle = prepared.market, prepared.first, prepared.bundle
    lookback = scanner.lookback if scanner else 0
    low = first_needed(market.bars, lookback, first, market.column)
    progress("universe", 0.0, bundle.universe.name)
    universe = find_universe(bundle, prepared.plan, market, low)
    _require_members(prepared, universe)
    words = f"{len(prepared.plan.columns)} columns of {len(market.bars.axis.tickers):,}"
    progress("features", 0.0, f"{words} tickers, by {executor.name}")
    return build_features(prepared.plan, market, universe, low, executor=executor)


def require_somebody(prepared: Prepared) -> None:
    """BadInput `universe.empty` where nobody could be chosen on any session."""
    market, bundle = prepared.market, prepared.bundle
    universe = find_universe(bundle, prepared.plan, market, prepared.first)
    _require_members(prepared, universe)


def _require_members(prepared: Prepared, universe: Universe) -> None:
    count = prepared.market.column - prepared.first + 1
    if universe.members[:, -count:].any():
        return
    first, last = prepared.sessions
    name = prepared.bundle.universe.name
    message = f"universe {name!r} has no ticker on any session from {first} to {last}."
    hint = "Its page says which rule removes the last ones; or choose another dataset."
    raise BadInput(Problem("universe.empty", "model_id", message, hint))


def book_of(
    prepared: Prepared, wide: Matrix, scores: Scores, terms: Terms
) -> tuple[Prices, Signals]:
    """What `backtest` reads, over the sessions of `prepared`; `wide` ends with them."""
    market, policy = prepared.market, prepared.bundle.policy
    first, last = prepared.first, market.column
    features = last_columns(wide, last - first + 1)
    times, sessions = features.axis.times, market.dataset.sessions
    prices = prices_of(
        market.bars,
        policy,
        first=first,
        last=last,
        actions=_dividends(market),
        reference=market.reference,
        terms=terms,
    )
    signals = signals_of(
        scores,
        features,
        policy,
        now=ends(times, sessions, market.cadence),
        first_session=int(sessions.positions(times[:1])[0]),
        sector=market.sectors,
    )
    return prices, signals


def _dividends(market: Market) -> pd.DataFrame:
    """Actions with what was paid, in the units of the bars."""
    store = market.dataset.bars("daily")
    if not store.table.exists:
        store = market.dataset.bars("5m")
    actions = market.dataset.actions(known_by=market.known_by)
    return in_units_of_bars(actions, store.adjustments())
