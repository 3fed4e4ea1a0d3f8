"""A model to be trained, tried out: a small training, and a backtest of what it tested.

Small: a short window, two folds, few trees. It shows that the definition can be trained
and traded on, not how good it is.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings

from sigma_core.specs.schema import GbmConfig

if TYPE_CHECKING:
    from sigma_core.backtests import Backtested
    from sigma_core.market import Market
    from sigma_core.specs.bundle import Bundle
    from sigma_core.training import Trained

#: most sessions that a model learns from, folds, and most trees of each
WINDOW, FOLDS, TREES = 60, 2, 20


def train_small(
    bundle: Bundle, market: Market, folder: Path
) -> tuple[Trained, Backtested | None]:
    """A training on the last sessions of a market, written to `folder`, and the
    backtest of all that its walk forward tested; None for purged k-fold.

    Raises what a training and a backtest raise.
    """
    from sigma_core import builds, training
    from sigma_core.backtests import backtest_model
    from sigma_core.run import plan_of, with_benchmark
    from sigma_core.training.scorer import open_out_of_sample

    small = replace(bundle, model=_small(bundle.model))
    plan = plan_of(small)
    market = with_benchmark(small, plan, market)
    first = max(market.column + 1 - _sessions(small.model), 0)
    prepared = builds.Prepared(small, plan, market, first)
    folder.mkdir(parents=True, exist_ok=True)
    limits = training.Limits(folder / "child", threads=settings.SIGMA_TRAIN_THREADS)
    trained = training.train(prepared, builds.build(prepared).matrix, limits)
    if not trained.predictions.backtestable:
        return trained, None
    trained.write(folder)
    known = open_out_of_sample(folder, prepared, {})
    begin = int(market.bars.axis.days.searchsorted(known.first))
    tested = replace(prepared, first=begin)
    return trained, backtest_model(tested, trained=known)


def _small(config: Any) -> GbmConfig:
    if not isinstance(config, GbmConfig):
        raise TypeError(f"{config.model_id} is not trained")
    short = {"window": min(config.train.window, WINDOW), "folds": FOLDS}
    train = config.train.model_copy(update=short | {"start": None, "end": None})
    params = dict(config.params)
    params["rounds"] = min(int(params.get("rounds", TREES)), TREES)
    return config.model_copy(update={"train": train, "params": params})


def _sessions(config: Any) -> int:
    """As many as its window, its gap and the least of tested ones take, and a few."""
    from sigma_core.training.schedule import label_sessions

    label = label_sessions(config)
    gap = max(label, config.train.embargo) + 1
    return int(config.train.window + gap + (FOLDS + 2) * max(label, 1))
