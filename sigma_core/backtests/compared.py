"""What a backtest is held against: curves, regimes, and what followed its scores."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from sigma_core.backtest.breakdown import regimes
from sigma_core.backtest.curves import (
    Curve,
    grown,
    held_equity,
    session_returns,
    universe_equity,
)
from sigma_core.backtest.inputs import Prices
from sigma_core.bars.benchmark import find_benchmark
from sigma_core.builds import Prepared
from sigma_core.frames import BarArrays, Benchmark, Bools, Floats
from sigma_core.labels import labels
from sigma_core.signal_models.base import Scores
from sigma_core.specs.schema import GbmConfig, Label
from sigma_core.validation.measures import Measures, judged, measures

__all__ = ["Skill", "curves", "regimes_of", "session_returns", "skill"]


@dataclass(frozen=True)
class Skill:
    """How the scores of the members went with what followed.

    `label` names what followed, which is known `horizon` sessions later. `ticker` is
    that of a single-ticker model, whose sessions are compared with each other.
    """

    ticker: str | None
    label: str
    horizon: int
    measures: Measures


def curves(
    prepared: Prepared, prices: Prices, returns: Floats, members: Bools, capital: float
) -> tuple[Curve, ...]:
    """The universe's curve and, where the dataset has a benchmark, that one's.

    `returns[time, ticker]` are of `session_returns`, `members[ticker, time]`.
    """
    price_only = not len(prices.dividend)
    equity = universe_equity(returns, members, capital)
    name = prepared.bundle.universe.name
    found = (Curve("universe", name, equity, price_only),)
    benchmark = _benchmark(prepared)
    if benchmark is None:
        return found
    if benchmark.source == "index":
        bought = held_equity(benchmark.close, prepared.first, capital)
        if bought is None:
            return found
        return (*found, Curve("benchmark", benchmark.name, bought, True))
    own = returns[1:, prices.axis.row(benchmark.name)]
    if np.isnan(own).any():  # it was not traded yet when the stretch begins
        return found
    bought = grown(own, capital)
    return (*found, Curve("benchmark", benchmark.name, bought, price_only))


def regimes_of(prepared: Prepared, curves: tuple[Curve, ...]) -> tuple[list[str], str]:
    """The regime of each session, and by which curve: the benchmark's, which is known
    from before the first session, else the universe's."""
    benchmark = _benchmark(prepared)
    if benchmark is None:
        return regimes(curves[0].equity), curves[0].name
    closes = benchmark.close[: prepared.market.column + 1]
    return regimes(closes)[prepared.first :], benchmark.name


def skill(prepared: Prepared, scores: Scores) -> Skill:
    """Scores of the members beside what followed within the stretch.

    A trained model's label; of a scanner the return of a position of its policy: from
    the next open to the close `hold` sessions on.
    """
    config, policy = prepared.bundle.model, prepared.bundle.policy
    hold = policy.rules.selection.hold
    spec = Label(kind="fwd_ret", horizon=min(hold, _LONGEST))
    if isinstance(config, GbmConfig) and config.label.kind != "none":
        spec = config.label
    bars, last = _until(prepared.market.bars, prepared.market.column)
    made = labels(spec, bars, scores.members, first=prepared.first, last=last)
    if made is None:
        raise ValueError("a label of kind none says nothing of what followed")
    keep = judged(scores.axis, config.ticker)
    said = np.where(scores.members, scores.score_total, np.nan)[keep]
    came = made.values[keep]
    found = measures(said, came, label_start=made.start, label_end=made.end)
    return Skill(config.ticker, made.name, made.end, found)


_LONGEST = 252


def _until(bars: BarArrays, column: int) -> tuple[BarArrays, int]:
    """Bars that end with a column: what comes later is not asked about."""
    cut = slice(column + 1)
    ended = replace(
        bars,
        axis=bars.axis.cut(cut),
        open=bars.open[:, cut],
        high=bars.high[:, cut],
        low=bars.low[:, cut],
        close=bars.close[:, cut],
        volume=bars.volume[:, cut],
    )
    return ended, column


def _benchmark(prepared: Prepared) -> Benchmark | None:
    market = prepared.market
    wanted = prepared.bundle.manifest.benchmark
    return find_benchmark(market.dataset, market.bars, wanted)
