"""Pipelines, and a set, with one leaky stage."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from sigma_core import matrix
from sigma_core.bars.moments import Finished
from sigma_core.frames import Floats, Matrix
from sigma_core.market import Market
from sigma_core.proofs.pipeline import Pipeline
from sigma_core.proofs.subjects import FeatureSet
from sigma_core.proofs.trained import TrainedPipeline
from sigma_core.proofs.worlds import World
from sigma_core.signal_models.base import Scores
from sigma_core.specs.schema import IndicatorSet
from sigma_core.universe import Universe


class FutureUniverse(Pipeline):
    """Members of t are those of t+5."""

    def universe(self, market: Market) -> Universe:
        """Five sessions too late; on the last ones, what there is."""
        found = super().universe(market)
        members = np.repeat(found.members[:, -1:], found.members.shape[1], axis=1)
        members[:, :-5] = found.members[:, 5:]
        return replace(found, members=members)


class SameDayUniverse(Pipeline):
    """Members of t are judged on t itself."""

    def universe(self, market: Market) -> Universe:
        """Without those whose price on the day is below 5.5."""
        found = super().universe(market)
        cheap = market.bars.raw("close")[:, : found.members.shape[1]] < 5.5
        return replace(found, members=found.members & ~cheap)


class SurvivorsOnly(Pipeline):
    """Only tickers with a bar at the end are members, on every session."""

    def universe(self, market: Market) -> Universe:
        """Those that are left."""
        found = super().universe(market)
        gone = np.isnan(market.bars.close[:, -3:]).all(axis=1, keepdims=True)
        return replace(found, members=found.members & ~gone)


class HindsightBlocks(Pipeline):
    """A suspected split puts a ticker out from its day on, once five bars have told."""

    def universe(self, market: Market) -> Universe:
        """Blocks as they are found at the end of the data."""
        store = market.dataset.bars(market.cadence)
        found = store.problems(known_by=market.known_by)
        told = found[(found["action"] == "block") & (found["known"] > found["ts"])]
        axis = market.bars.axis
        blocked = np.zeros(axis.shape, np.bool_)
        days = told["ts"].dt.tz_localize(None).to_numpy().astype(axis.times.dtype)
        for ticker, first in zip(
            told["ticker"], np.searchsorted(axis.times, days), strict=True
        ):
            blocked[axis.row(ticker), first:] = True
        bars = replace(market.bars, blocked=blocked)
        return super().universe(replace(market, bars=bars))


class FitOnAll(Pipeline):
    """The score is ranked against all scores that were ever given."""

    def scores(self, market: Market, features: Matrix) -> Scores:
        """A scaler fitted on the whole sample."""
        found = super().scores(market, features)
        total = found.score_total
        known = total[~np.isnan(total)]
        scaled = (total - known.mean()) / known.std() if len(known) > 1 else total
        return replace(found, score_total=np.clip(50 + 10 * scaled, 0, 100))


class NextReturn(Pipeline):
    """The score gets a bonus for tickers that close higher tomorrow."""

    def scores(self, market: Market, features: Matrix) -> Scores:
        """Ten points for what is to come."""
        found = super().scores(market, features)
        close = features.columns["close"]
        rises = np.zeros(close.shape)
        rises[:, :-1] = close[:, 1:] > close[:, :-1]
        return replace(found, score_total=0.9 * found.score_total + 10 * rises)


class NormalisedPredictions(TrainedPipeline):
    """Predictions are put on one scale by the mean and spread of all dates."""

    def predicted(self, features: Matrix) -> Floats:
        """Of the whole matrix at once, the sessions to come among them."""
        found = super().predicted(features)
        known = found[np.isfinite(found)]
        return (found - known.mean()) / known.std() if len(known) > 1 else found


class UnfinishedDay(FeatureSet):
    """A 5-minute bar reads the daily bar of its own session."""

    def finished(self, world: World, last: int) -> Callable[[str], Finished]:
        """Daily bars that count from the session's open on."""

        def early(cadence: str) -> Finished:
            found = world.market(last).finished(cadence)
            sessions = world.dataset.sessions
            at = sessions.positions(found.bars.axis.times)
            return Finished(found.bars, sessions.opens[at])

        return early


def unfinished_day() -> UnfinishedDay:
    """The leak in a set of one daily column on 5-minute bars."""
    entry = {"name": "sma", "window": 20, "cadence": "daily"}
    content = {"name": "unfinished_day", "indicators": [entry]}
    plan = matrix.plan(IndicatorSet.model_validate(content), cadence="5m")
    return UnfinishedDay("unfinished_day", plan)
