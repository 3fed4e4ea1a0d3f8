"""One bench and one shipped model for all tests of the proofs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sigma_core import matrix
from sigma_core.proofs.bench import Bench, bench
from sigma_core.proofs.pipeline import Pipeline
from sigma_core.specs.bundle import load_bundle
from tests.market import ROOT  # it says where compiled kernels are kept

PACKS = ROOT / "packs"
MODEL = "universe_eq_swing_daily_breakout_scanner"


@pytest.fixture(scope="session")
def table() -> Iterator[Bench]:
    with bench() as made:
        yield made


@pytest.fixture(scope="session")
def pipeline() -> Pipeline:
    bundle = load_bundle(PACKS, "swingsigma", MODEL)
    return Pipeline(bundle, matrix.plan(bundle.indicator_set))
