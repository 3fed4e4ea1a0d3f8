"""Sets and models of 5-minute bars keep every promise, and a leak of theirs is seen."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from sigma_core import matrix
from sigma_core.indicators import resolve
from sigma_core.proofs.leaky_stages import unfinished_day
from sigma_core.proofs.prove import FINER, prove
from sigma_core.proofs.subjects import Column, FeatureSet, Indicator, columns_of
from sigma_core.specs.schema import IndicatorSet

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
    assert set(verdict.proofs) == {"prefix", "perturbation", "later", "append"}
    assert verdict.notes == (FINER,)
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


@dataclass(frozen=True)
class Undeclared(Indicator):
    """An indicator that reads the benchmark and does not say so."""

    column: Column = field(kw_only=True)

    @property
    def columns(self) -> tuple[Column, ...]:
        return (self.column,)
