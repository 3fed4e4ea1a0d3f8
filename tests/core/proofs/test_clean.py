"""No false alarm: all that is shipped keeps every promise, on a sample that tells."""

from __future__ import annotations

import numpy as np
import pytest

from sigma_core import matrix
from sigma_core.indicators import resolve
from sigma_core.proofs.params import calls, provable_cards
from sigma_core.proofs.prove import prove
from sigma_core.proofs.report import PROOFS
from sigma_core.proofs.subjects import FeatureSet, Indicator

CARDS = list(provable_cards().values())


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.name)
def test_every_indicator_keeps_every_promise(card, table):
    """With its other parameters; `prove --all`, which CI runs, tries the defaults."""
    verdict = prove(Indicator(calls(card)[-1]), table)
    assert not verdict.findings, [str(one) for one in verdict.findings]
    assert verdict.cells > 10_000


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.name)
def test_every_indicator_is_proved_with_other_parameters_too(card):
    tried = [call.params for call in calls(card)]
    assert tried[0] == card.defaults
    assert (len(tried) == 2) is bool(card.params)
    assert len({str(one) for one in tried}) == len(tried)


def test_a_shipped_set_keeps_every_promise(table, pipeline):
    verdict = prove(FeatureSet("swingsigma/set", pipeline.plan), table)
    assert verdict.certified


def test_a_shipped_model_keeps_every_promise_from_universe_to_list(table, pipeline):
    verdict = prove(pipeline, table)
    assert not verdict.findings, [str(one) for one in verdict.findings]
    assert verdict.notes == ()  # somebody passed, somebody did not
    assert {"universe", "rsi_14", "gate.adx", "score_total", "rank"} <= set(
        verdict.columns
    )
    assert set(verdict.proofs) == set(PROOFS) - {"pipeline"}


def test_the_sample_is_full_of_trouble(table, pipeline):
    stage = table.stage(1)
    bars = stage.world.bars
    assert bars.spans.gaps.any()
    assert bars.factor is not None
    assert bars.factor.max() == 2
    assert (bars.spans.start > 0).any()
    assert np.isnan(bars.close[bars.axis.row("BRO"), bars.axis.shape[1] // 3])
    values = pipeline.values(stage.world, first=0, last=bars.axis.shape[1] - 1)
    selected = values[[one.name for one in pipeline.columns].index("selected")]
    assert (selected.sum(axis=0) >= 2).sum() > 20
    members = values[0].sum(axis=0)
    assert len(np.unique(members)) > 3


def test_five_cuts_stand_in_a_row_and_three_apart(table):
    sample = table.stage(1).sample
    row, spread = sample.cuts[:5], sample.cuts[5:]
    assert list(row) == list(range(row[0], row[0] + 5))
    assert len(spread) == 3
    assert all(60 < cut < sample.sessions for cut in spread)


def test_a_long_warm_up_gets_a_longer_sample(table):
    call = resolve("sma", {"window": 400})
    verdict = prove(Indicator(call), table)
    assert verdict.certified
    assert verdict.cells > 10_000


def test_a_plan_says_which_columns_look_across(pipeline):
    across = {c.name for c in pipeline.columns if c.crosses}
    assert "score_total" in across
    assert "rsi_14" not in across
    assert matrix.plan(pipeline.bundle.indicator_set).columns == pipeline.plan.columns
