"""Promises of drafts: a model that is not on disk stands on what is."""

from __future__ import annotations

from pathlib import Path

import pytest

from sigma_core.errors import SpecError, UnknownName
from sigma_core.specs.bundle import load_bundle
from sigma_core.specs.drafts import drafted

PACKS = Path(__file__).resolve().parents[3] / "packs"
NAME = "universe_eq_swing_daily_idea"
SET = {"name": "idea", "indicators": [{"name": "rsi", "window": 14}]}
MODEL = {
    "model_id": NAME,
    "kind": "scanner",
    "universe": "us_liquid",
    "indicator_set": "idea",
    "policy": "topn_score_v1",
    "score": {"strength": {"weight": 100, "value": "rsi_14 / 100"}},
}


def idea(**changes: object) -> dict[str, object]:
    return {"model_config": MODEL | changes, "indicator_set": SET}


def test_a_model_that_is_nowhere_stands_on_what_is_on_disk() -> None:
    bundle = drafted(PACKS, "swingsigma", NAME, idea())
    assert bundle.indicator_set.name == "idea"
    assert bundle.policy.name == "topn_score_v1"
    assert bundle.universe.name == "us_liquid"
    assert bundle.files["model_config"] == "draft model_config"


def test_drafts_of_what_is_saved_have_the_saved_shas() -> None:
    model_id = "universe_eq_swing_daily_breakout_scanner"
    saved = load_bundle(PACKS, "swingsigma", model_id)
    parts = ("model_config", "indicator_set", "policy")
    contents = {part: dict(saved.contents[part]) for part in parts}
    assert drafted(PACKS, "swingsigma", model_id, contents).shas == saved.shas


def test_the_faults_of_all_drafts_come_at_once() -> None:
    with pytest.raises(SpecError) as caught:
        drafted(PACKS, "swingsigma", NAME, idea(kind="scaner") | {"policy": "x: ["})
    assert {one.code for one in caught.value.problems} == {"spec.choice", "yaml.syntax"}


def test_a_reference_that_leads_nowhere_is_named() -> None:
    with pytest.raises(UnknownName, match="topn_skore"):
        drafted(PACKS, "swingsigma", NAME, idea(policy="topn_skore"))
