"""Planted leaks: each must be caught, by the proof that is named with it.

They are real cards with real cores, and real pipelines with one stage replaced, but in
no catalogue. Whoever weakens a proof sees a canary fly.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from sigma_core.indicators.registry import Core
from sigma_core.proofs import leaky_cores as cores
from sigma_core.proofs import leaky_stages as stages
from sigma_core.proofs.leaky_cores import (
    WINDOW,
    Endless,
    Planted,
    planted_call,
)
from sigma_core.proofs.pipeline import Pipeline
from sigma_core.proofs.report import Verdict
from sigma_core.proofs.subjects import Subject
from sigma_core.proofs.trained import TrainedPipeline


@dataclass(frozen=True)
class Canary:
    """A planted leak and the proof that must catch it; `cause` is a part of the
    sentence that should be found."""

    name: str
    leak: str
    proof: str
    cause: str
    subject: Subject

    def caught(self, verdict: Verdict) -> bool:
        """Whether the named proof found it and named its cause."""
        return any(
            finding.proof == self.proof and self.cause in finding.cause
            for finding in verdict.findings
        )


def canaries(pipeline: Pipeline, trained: TrainedPipeline | None) -> Iterator[Canary]:
    """All canaries; those of pipelines are planted in a copy of `pipeline`, that of
    predictions in one of `trained` (None: it is left out)."""
    yield from _cards()
    yield from _paths()
    yield from _stages(pipeline)
    if trained is not None:
        yield Canary(
            "normalised_predictions",
            "predictions scaled by the mean and spread of all dates",
            "prefix",
            "whole sample",
            stages.NormalisedPredictions(trained.bundle, trained.plan, say=trained.say),
        )


def _cards() -> Iterator[Canary]:
    """Leaks in a core."""
    planted: list[tuple[str, str, str, str, Core]] = [
        ("centred_window", "a mean of the bars around", "prefix", "centred window",
         cores.centred_mean),
        ("whole_sample_zscore", "z-score over all sessions", "prefix", "scaled",
         cores.whole_zscore),
        ("whole_sample_winsorise", "clipped at percentiles of all sessions", "prefix",
         "clipped", cores.whole_winsorise),
        ("bfill", "a warm-up filled backwards", "prefix", "bfill", cores.bfill),
        ("shift_minus_one", "tomorrow's return", "prefix", "shift(-1)", cores.tomorrow),
        ("label_as_feature", "the return of the next five bars", "prefix", "label",
         cores.label),
        ("centred_swing", "a swing high dated at its peak", "prefix",
         "centred swing", cores.swing),
        ("future_extreme", "drawdown from a peak still to come", "prefix",
         "ahead", cores.coming_peak),
    ]  # fmt: skip
    for name, leak, proof, cause, core in planted:
        yield Canary(name, leak, proof, cause, Planted(planted_call(name, core)))
    yield Canary(
        "same_bar_channel",
        "a breakout above a channel that holds today's high",
        "inputs",
        "no market can set it",
        Planted(planted_call("same_bar_channel", cores.same_bar)),
    )
    yield Canary(
        "fixed_dollars",
        "a limit in dollars inside a formula without a unit",
        "inputs",
        "does not scale",
        Planted(planted_call("fixed_dollars", cores.dollars)),
    )
    yield Canary(
        "running_sum",
        "a mean as the difference of two running sums",
        "start-up",
        "running sum",
        Planted(planted_call("running_sum", cores.running, degree=1)),
    )
    yield Canary(
        "short_memory",
        "an average that claims to be stable when it has just begun",
        "start-up",
        "`stable`",
        Planted(
            planted_call("short_memory", cores.average, degree=1, stable=WINDOW + 1)
        ),
    )


def _paths() -> Iterator[Canary]:
    """Leaks in the way to a core: which bars, whose, from where."""
    mean = partial(planted_call, core=cores.mean, degree=1)
    yield Canary(
        "cross_ticker",
        "distance to the mean of all tickers, not declared so",
        "perturbation",
        "other tickers",
        Planted(mean("cross_ticker"), across=cores.less_mean),
    )
    yield Canary(
        "shortened_window",
        "an average restarted a few bars before the window",
        "append",
        "windowed path",
        Planted(
            planted_call("shortened_window", cores.average, degree=1, anchored=True),
            shortened=True,
        ),
    )
    yield Canary(
        "endless_state",
        "a state that lives on through a long gap",
        "append",
        "step",
        Endless(planted_call("endless_state", cores.average, degree=1, anchored=True)),
    )
    yield Canary(
        "back_adjusted",
        "prices in the units of the last session held",
        "later",
        "back-adjustment",
        Planted(mean("back_adjusted"), bars_of=cores.back_adjusted),
    )
    yield Canary(
        "latest_revision",
        "bars as they are known today",
        "later",
        "known then",
        Planted(mean("latest_revision"), bars_of=cores.latest),
    )


def _stages(pipeline: Pipeline) -> Iterator[Canary]:
    """Leaks in a stage of a set or a model."""
    yield Canary(
        "unfinished_day",
        "the daily bar of a session that is still under way",
        "perturbation",
        "before it was over",
        stages.unfinished_day(),
    )
    given = pipeline.bundle, pipeline.plan
    universe = "belongs to the universe"
    yield Canary(
        "future_universe",
        "members judged on bars of the week to come",
        "prefix",
        universe,
        stages.FutureUniverse(*given),
    )
    yield Canary(
        "same_day_universe",
        "members judged on the close of the day itself",
        "perturbation",
        universe,
        stages.SameDayUniverse(*given),
    )
    yield Canary(
        "survivors_only",
        "a universe of those that still trade at the end",
        "prefix",
        universe,
        stages.SurvivorsOnly(*given),
    )
    yield Canary(
        "hindsight_blocks",
        "tickers left out from a split on that five later bars made certain",
        "prefix",
        universe,
        stages.HindsightBlocks(*given),
    )
    yield Canary(
        "fit_on_all",
        "scores scaled by a fit on all sessions",
        "prefix",
        "whole sample",
        stages.FitOnAll(*given),
    )
    yield Canary(
        "next_return_score",
        "a score that knows tomorrow's close",
        "prefix",
        "ahead",
        stages.NextReturn(*given),
    )
