"""Sets and models of 5-minute bars keep every promise, and a leak of theirs is seen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from sigma_core import incremental, matrix
from sigma_core.bars.moments import Finished
from sigma_core.indicators import resolve
from sigma_core.proofs.leaky_stages import unfinished_day
from sigma_core.proofs.pipeline import Pipeline
from sigma_core.proofs.prove import JOINED, prove
from sigma_core.proofs.report import PROOFS
from sigma_core.proofs.subjects import Column, FeatureSet, Indicator, columns_of
from sigma_core.proofs.worlds import World
from sigma_core.run import plan_of
from sigma_core.specs.bundle import load_bundle
from sigma_core.specs.schema import IndicatorSet
from tests.core.proofs.conftest import PACKS

FIVES = "universe_eq_intraday_5m_momentum_scanner"
ENTRIES = [
    {"name": "ema", "window": 20},
    {"name": "ret", "window": 12},
    {"name": "ema", "window": 20, "cadence": "daily"},
    {"name": "ret", "window": 3, "cadence": "hourly"},
    {"expr": "close / ema_20_daily - 1", "as": "dist"},
    {"expr": "prev(zscore(ret_12), 3)", "as": "z_before"},
]


def a_set() -> FeatureSet:
    iset = IndicatorSet.model_validate({"name": "five", "indicators": ENTRIES})
    return FeatureSet("test/five", matrix.plan(iset, cadence="5m"))


def test_a_set_with_days_and_hours_keeps_every_promise(table) -> None:
    verdict = prove(a_set(), table)
    assert not verdict.findings, [str(one) for one in verdict.findings]
    assert set(verdict.proofs) == set(PROOFS) - {"pipeline"}
    assert verdict.notes == (JOINED,)
    assert verdict.cells > 100_000


def test_the_sample_has_days_that_are_joined_and_a_split(table) -> None:
    stage = table.stage(1, "5m")
    last = stage.sample.sessions - 1
    values = a_set().values(stage.world, first=0, last=last)
    assert (~np.isnan(values)).mean(axis=(1, 2)).min() > 0.2
    assert stage.world.bars.factor is not None
    assert stage.world.days is not None
    assert len(stage.world.days.axis.times) > 300


def test_the_day_under_way_is_seen_by_two_proofs(table) -> None:
    for proof in ("prefix", "perturbation"):
        verdict = prove(unfinished_day(), table, only=proof)
        assert verdict.findings[0].column == "sma_20_daily"
        assert "before it was over" in verdict.findings[0].cause


def test_the_hour_under_way_is_seen_by_two_proofs(table) -> None:
    entry = {"name": "sma", "window": 3, "cadence": "hourly"}
    iset = IndicatorSet.model_validate({"name": "early", "indicators": [entry]})
    leaky = UnfinishedHour("early", matrix.plan(iset, cadence="5m"))
    for proof in ("prefix", "perturbation"):
        verdict = prove(leaky, table, only=proof)
        assert verdict.findings[0].column == "sma_3_hourly", proof
    assert not prove(FeatureSet("sound", leaky.plan), table).findings


def test_a_set_of_finer_bars_is_held_to_units_and_short_histories(table) -> None:
    """What is said of its columns is not true: a price that is none, a memory that is
    longer."""
    for name, proof, changes in (
        ("ema_20_daily", "inputs", {"degree": 0}),
        ("ema_20", "start-up", {"stable": 21}),
    ):
        wrong = Misdescribed("test/five", a_set().plan, changes=changes, of=name)
        found = prove(wrong, table, only=proof).findings
        assert {one.column for one in found} == {name}, proof


def test_lists_of_a_shipped_model_are_held_to_those_from_a_state(
    table, monkeypatch
) -> None:
    bundle = load_bundle(PACKS, "momentumsigma", FIVES)
    subject = Pipeline(bundle, plan_of(bundle))
    assert not prove(subject, table, only="append").findings
    stage = table.stage(max(one.warmup for one in subject.columns), "5m")
    steps = subject.stepped(stage.world)
    assert len(steps.sessions) == 2 * 77
    names = [column.name for column in subject.columns]
    for name in ("universe", "score_total"):
        assert (steps.values[names.index(name)] > 0).any(), name
    assert (stage.world.bars.factor[:, steps.sessions[0]] == 2).any()
    right = incremental.advance

    def too_high(standing, time, fields, *, now):
        """The new bar closes a tenth higher than it did."""
        wrong = {**fields, "close": fields["close"] * 1.1}
        return right(standing, time, {**wrong, "high": wrong["close"] * 2}, now=now)

    monkeypatch.setattr(incremental, "advance", too_high)
    found = prove(subject, table, only="append").findings
    assert {one.trial for one in found} == {"bar by bar, from a state"}
    assert "score_total" in {one.column for one in found}


def test_a_model_that_looks_back_has_no_such_way(pipeline, table) -> None:
    assert pipeline.stepped(table.stage(1).world) is None


def test_a_set_that_looks_at_session_market_and_universe_keeps_every_promise(
    table,
) -> None:
    entries = [
        {"name": "vwap_session"},
        {"name": "first_minutes_range", "minutes": 15},
        {"name": "calendar_flags"},
        {"name": "beta", "window": 30},
        {"name": "beta", "window": 20, "cadence": "daily"},
        {"name": "breadth_above_ma", "window": 20},
        {"expr": "prev(breadth_above_ma_20, 3)", "as": "breadth_before"},
    ]
    iset = IndicatorSet.model_validate({"name": "around", "indicators": entries})
    subject = FeatureSet("test/around", matrix.plan(iset, cadence="5m"))
    verdict = prove(subject, table)
    assert not verdict.findings, [str(one) for one in verdict.findings]
    stage = table.stage(1, "5m")
    last = stage.sample.sessions - 1
    values = subject.values(stage.world, first=0, last=last)
    assert (~np.isnan(values)).mean(axis=(1, 2)).min() > 0.2


def test_who_reads_the_market_may_read_no_third_ticker(table) -> None:
    """Another ticker's close under the name of the benchmark is seen."""
    call = resolve("beta", {"window": 30})
    column = replace(columns_of(call)[0], market=False)
    verdict = prove(Undeclared(call, column=column), table, only="perturbation")
    assert "other tickers" in verdict.findings[0].cause
    assert not prove(Indicator(call), table, only="perturbation").findings


class UnfinishedHour(FeatureSet):
    """A 5-minute bar reads the hour in which it is."""

    def finished(self, world: World, last: int) -> Callable[[str], Finished]:
        found = world.market(last).finished("hourly")
        return lambda cadence: Finished(found.bars, found.bars.axis.times)


@dataclass(frozen=True)
class Misdescribed(FeatureSet):
    """A set of which something else is promised than it keeps."""

    changes: dict = field(default_factory=dict)
    of: str = ""

    @property
    def columns(self) -> tuple[Column, ...]:
        return tuple(
            replace(one, **self.changes) if one.name == self.of else one
            for one in super().columns
        )


@dataclass(frozen=True)
class Undeclared(Indicator):
    """An indicator that reads the benchmark and does not say so."""

    column: Column = field(kw_only=True)

    @property
    def columns(self) -> tuple[Column, ...]:
        return (self.column,)
