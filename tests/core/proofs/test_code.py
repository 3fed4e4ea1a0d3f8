"""What makes a certificate stale: another formula, parameter or promise; not words."""

from __future__ import annotations

from dataclasses import replace

from sigma_core.frames import Floats
from sigma_core.indicators import resolve
from sigma_core.indicators.registry import Call, OneTicker
from sigma_core.proofs.code import indicator_sha, model_sha, set_sha

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
