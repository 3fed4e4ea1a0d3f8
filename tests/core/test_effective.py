"""What a definition means: the worked examples, and that nothing else is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from sigma_core.effective import effective, parts_of
from sigma_core.errors import SpecError
from sigma_core.specs.bundle import list_models, load_bundle
from sigma_core.specs.diff import changes
from sigma_core.specs.policies import Policy
from sigma_core.specs.schema import IndicatorSet, ModelConfig
from sigma_core.specs.yaml_events import parse
from tests.definitions import examples

PACKS = Path(__file__).resolve().parents[2] / "packs"
MODEL = {
    "model_id": "universe_eq_swing_daily_x",
    "kind": "scanner",
    "indicator_set": "x",
    "score": {"one": {"weight": 100, "value": "x"}},
}
#: what → its kind, and a whole file around the part that a row shows
KINDS = {
    "policy": (Policy, lambda part: {"name": "p", "policy": part}),
    "set": (IndicatorSet, lambda part: {"name": "s", "indicators": part}),
    "gates": (ModelConfig, lambda part: MODEL | {"gates": part}),
}
ROWS = [row for found in examples("changes") for row in found.rows]


def meaning(what: str, text: str) -> dict[str, object]:
    kind, whole = KINDS[what]
    part = parse(f"part: {text}".encode(), where="example").value["part"]
    return effective(whole(part), kind)


@pytest.mark.parametrize("row", ROWS, ids=range(len(ROWS)))
def test_a_change_is_said_of_what_is_meant(row: dict[str, str]) -> None:
    before, after = (meaning(row["what"], row[side]) for side in ("before", "after"))
    said = "; ".join(change.words for change in changes(before, after))
    assert said == row["said"].replace("–", "")


@pytest.mark.parametrize(("pack", "model_id"), list_models(PACKS)[0])
def test_a_shipped_model_means_what_it_means_again(pack: str, model_id: str) -> None:
    bundle = load_bundle(PACKS, pack, model_id)
    found = parts_of(bundle)
    assert set(found) == {"model_config", "indicator_set", "policy", "universe"}
    for part, kind in (("indicator_set", IndicatorSet), ("policy", Policy)):
        assert effective(found[part], kind) == found[part]


def test_what_a_model_leaves_to_its_pack_is_filled_in() -> None:
    bundle = load_bundle(PACKS, "swingsigma", "universe_eq_swing_daily_gbm")
    said = {k: v for k, v in bundle.contents["model_config"].items() if k != "policy"}
    found = parts_of(bundle)["model_config"]
    assert found["policy"] == bundle.contents["model_config"]["policy"]
    assert found["train"]["embargo"] == 10
    assert effective(said, ModelConfig)["max_age_days"] == 90


def test_content_that_breaks_a_rule_has_no_meaning() -> None:
    with pytest.raises(SpecError, match="top_n"):
        meaning("policy", "{selection: {top_n: 0}}")


def test_an_unknown_indicator_stays_as_it_is_said() -> None:
    found = meaning("set", "[{name: rsl, window: 3}]")
    assert found["indicators"] == [{"name": "rsl", "window": 3}]
