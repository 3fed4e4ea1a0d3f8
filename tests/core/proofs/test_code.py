"""What makes a certificate stale: another formula, parameter or promise; not words."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from sigma_core import matrix
from sigma_core.frames import Floats
from sigma_core.indicators import resolve
from sigma_core.indicators.registry import Call, OneTicker
from sigma_core.proofs import code
from sigma_core.proofs.code import indicator_sha, model_sha, set_sha
from sigma_core.run import plan_of
from sigma_core.specs.bundle import load_bundle
from sigma_core.specs.schema import IndicatorSet
from tests.core.proofs.conftest import PACKS

FACTOR = 2.0


def doubled(bars: OneTicker, p: Floats, out: Floats) -> None:
    """Some words."""
    out[0] = bars.close * FACTOR


def worded(bars: OneTicker, p: Floats, out: Floats) -> None:
    """Others."""
    # and a comment
    out[0] = bars.close * FACTOR


def halved(bars: OneTicker, p: Floats, out: Floats) -> None:
    """Some words."""
    out[0] = bars.close / FACTOR


def nested(bars: OneTicker, p: Floats, out: Floats) -> None:
    """It calls another function from within."""
    out[0] = [scale(close) for close in bars.close]


def scale(x: float) -> float:
    return 2.0 * x


def scaled_down(x: float) -> float:
    return 0.5 * x


def of(core, **changes: object) -> str:
    call = resolve("sma")
    core.__qualname__ = core.__name__ = "core"
    card = replace(call.card, core=core, **changes)
    return indicator_sha([Call(card, call.params, call.columns)])


def test_another_parameter_is_another_sha():
    one, other = resolve("sma"), resolve("sma", {"window": 21})
    assert indicator_sha([one]) == indicator_sha([resolve("sma")])
    assert indicator_sha([one]) != indicator_sha([other])
    assert indicator_sha([one, other]) != indicator_sha([one])


def test_another_formula_is_another_sha():
    assert of(doubled) != of(halved)


def test_another_formula_of_what_is_called_within_is_another_sha(monkeypatch):
    before = of(nested)
    monkeypatch.setitem(nested.__globals__, "scale", scaled_down)
    code._function.cache_clear()
    assert of(nested) != before


def test_another_promise_is_another_sha():
    assert of(doubled) != of(doubled, stable=lambda p: 99)
    assert of(doubled) != of(doubled, warmup=lambda p: 2)


def test_another_title_is_the_same_code():
    assert of(doubled) == of(doubled, title="Another", docs="Others")


def test_a_set_and_a_model_change_with_their_definitions(pipeline):
    content = pipeline.bundle.contents["indicator_set"]
    again = set_sha(content, pipeline.plan)
    assert set_sha({**content, "version": 2}, pipeline.plan) != again
    bundle = pipeline.bundle
    other = replace(bundle, shas={**bundle.shas, "policy_sha": "0" * 64})
    assert model_sha(bundle, pipeline.plan) != model_sha(other, pipeline.plan)


@pytest.fixture
def copied(tmp_path: Path, monkeypatch):
    """The engine's sources somewhere else, to be changed."""
    home = tmp_path / "sigma_core"
    shutil.copytree(code._HOME, home, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(code, "_HOME", home)
    code._files.cache_clear()
    yield home
    code._files.cache_clear()


def changed(copied: Path, file: str) -> None:
    """One line more in a source of the engine."""
    with (copied / file).open("a", encoding="utf-8") as source:
        source.write("\nLEAK = 1\n")
    code._files.cache_clear()


@pytest.mark.parametrize(
    "file", ["run.py", "market.py", "bars/asof.py", "bars/adjusted.py"]
)
def test_a_model_changes_with_the_code_that_reads_its_bars(pipeline, copied, file):
    before = model_sha(pipeline.bundle, pipeline.plan)
    code._files.cache_clear()
    assert model_sha(pipeline.bundle, pipeline.plan) == before
    changed(copied, file)
    assert model_sha(pipeline.bundle, pipeline.plan) != before


@pytest.mark.parametrize("file", ["frames.py", "bars/grid.py", "clock.py"])
def test_an_indicator_changes_with_what_says_which_bars_are_one_span(copied, file):
    call = resolve("rsi")
    before = indicator_sha([call])
    changed(copied, file)
    assert indicator_sha([call]) != before


@pytest.mark.parametrize("file", ["bars/coarser.py", "sessions.py"])
def test_a_set_changes_with_the_code_that_makes_its_coarser_bars(copied, file):
    shas = []
    for entry in ({"name": "sma"}, {"name": "sma", "cadence": "daily"}):
        content = {"name": "one", "indicators": [entry]}
        plan = matrix.plan(IndicatorSet.model_validate(content), cadence="5m")
        shas.append((content, plan, set_sha(content, plan)))
    changed(copied, file)
    stays, coarser = (set_sha(content, plan) == sha for content, plan, sha in shas)
    assert (stays, coarser) == (True, False)


@pytest.mark.parametrize("file", ["incremental.py", "state/advance.py"])
def test_a_model_of_finer_bars_changes_with_its_way_bar_by_bar(copied, file):
    name = "universe_eq_intraday_5m_momentum_scanner"
    bundle = load_bundle(PACKS, "momentumsigma", name)
    before = model_sha(bundle, plan_of(bundle))
    changed(copied, file)
    assert model_sha(bundle, plan_of(bundle)) != before
