"""Every planted leak is caught by the proof that is named with it, and says why."""

from __future__ import annotations

import pytest

from sigma_core import matrix
from sigma_core.indicators import cards
from sigma_core.proofs.canaries import canaries
from sigma_core.proofs.catalogue import fly
from sigma_core.proofs.pipeline import Pipeline
from sigma_core.proofs.trained import TrainedPipeline
from sigma_core.specs.bundle import load_bundle
from tests.core.proofs.conftest import MODEL, PACKS

_BUNDLE = load_bundle(PACKS, "swingsigma", MODEL)
_GBM = load_bundle(PACKS, "swingsigma", "universe_eq_swing_daily_gbm")
PLANTED = list(
    canaries(
        Pipeline(_BUNDLE, matrix.plan(_BUNDLE.indicator_set)),
        TrainedPipeline(_GBM, matrix.plan(_GBM.indicator_set)),
    )
)


@pytest.mark.parametrize("canary", PLANTED, ids=lambda canary: canary.name)
def test_it_is_caught_by_its_proof(canary, table):
    flight = fly(canary, table)
    assert flight.caught, flight.finding


def test_there_are_at_least_twelve_of_all_kinds():
    names = [canary.name for canary in PLANTED]
    assert len(names) == len(set(names)) >= 12
    wanted = "centred_window whole_sample_zscore bfill shift_minus_one same_bar_channel"
    wanted += " future_universe label_as_feature fit_on_all centred_swing running_sum"
    wanted += " cross_ticker whole_sample_winsorise"
    assert set(wanted.split()) <= set(names)


def test_none_is_in_the_catalogue():
    assert not [name for name in cards() if "canary" in name]


def test_a_finding_says_where_what_and_how_to_mend_it(table):
    flight = fly(next(c for c in PLANTED if c.name == "shift_minus_one"), table)
    finding = flight.finding
    cut = table.stage(1).sample.cuts[0]
    assert finding.session == str(table.stage(1).sample.times[cut - 1])
    assert finding.column == "shift_minus_one"
    assert finding.ticker == "AAM"
    assert finding.expected is not None
    assert finding.found is None  # what comes after the cut is not there
    assert "shift(-1)" in finding.cause
    assert "shift(1)" in finding.repair
