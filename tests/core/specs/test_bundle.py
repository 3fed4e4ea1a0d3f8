"""Promises of packs: a model with all it refers to, and shas that mean content."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from sigma_core.errors import BadInput, SpecError, UnknownName
from sigma_core.specs import bundle, fingerprint
from sigma_core.specs.policies import warnings_of

PACKS = Path(__file__).resolve().parents[3] / "packs"
MODEL = "universe_eq_swing_daily_breakout_scanner"
TICKER_MODEL = """
model_id: brkb_eq_swing_daily
kind: scanner
ticker: BRK.B
indicator_set: swing_eq_breakout_scanner
score: {s: {weight: 100, value: rsi_14 / 100}}
"""


@pytest.fixture
def packs(tmp_path: Path) -> Path:
    """A copy of the shipped packs that a test may change."""
    return Path(shutil.copytree(PACKS, tmp_path / "packs"))


def edit(packs: Path, inside: str, old: str, new: str) -> None:
    path = packs / inside
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def shas(packs: Path) -> dict[str, str]:
    return dict(bundle.load_bundle(packs, "swingsigma", MODEL).shas)


def fault(packs: Path, model_id: str = MODEL) -> str:
    with pytest.raises((SpecError, UnknownName)) as caught:
        bundle.load_bundle(packs, "swingsigma", model_id)
    return str(caught.value)


def test_every_shipped_definition_loads_without_a_problem() -> None:
    manifests, faults = bundle.list_packs(PACKS)
    assert [manifest.id for manifest in manifests] == [
        "common",
        "momentumsigma",
        "swingsigma",
    ]
    models, more = bundle.list_models(PACKS)
    universes, most = bundle.list_universes(PACKS)
    assert faults + more + most == []
    assert len(models) >= 2
    assert {"us_liquid", "sp500"} <= {universe.name for universe in universes}
    for pack, model_id in models:
        found = bundle.load_bundle(PACKS, pack, model_id)
        assert warnings_of(found.policy) == []
        assert all(len(sha) == 64 for sha in found.shas.values())


def test_a_bundle_holds_the_content_behind_its_shas() -> None:
    found = bundle.load_bundle(PACKS, "swingsigma", MODEL)
    assert set(found.shas) == {
        "pack_sha",
        "indicator_set_sha",
        "model_config_sha",
        "policy_sha",
        "universe_sha",
    }
    for kind in ("indicator_set", "model_config", "policy", "universe"):
        assert found.shas[f"{kind}_sha"] == fingerprint.sha_of(found.contents[kind])


def test_comments_line_ends_and_key_order_do_not_change_a_sha(packs: Path) -> None:
    before = shas(packs)
    path = packs / "swingsigma" / "policies" / "topn_equal_v1.yaml"
    head, rest = path.read_text().split("\n", 1)
    text = "# a comment\n" + rest + f"\n{head}  # moved to the end\n"
    path.write_bytes(text.replace("\n", "\r\n").encode())
    assert shas(packs) == before


def test_a_changed_value_changes_its_sha_and_the_packs(packs: Path) -> None:
    before = shas(packs)
    edit(packs, "swingsigma/policies/topn_equal_v1.yaml", "top_n: 50", "top_n: 49")
    changed = {kind for kind, sha in shas(packs).items() if sha != before[kind]}
    assert changed == {"policy_sha", "pack_sha"}


def test_recipes_are_no_part_of_the_packs_sha(packs: Path) -> None:
    before = shas(packs)
    (packs / "swingsigma" / "recipes").mkdir()
    (packs / "swingsigma" / "recipes" / "a.json").write_text("{}")
    assert shas(packs) == before


def test_a_broken_neighbour_keeps_nobody_from_running(packs: Path) -> None:
    before = shas(packs)
    other = packs / "swingsigma" / "policies" / "broken.yaml"
    other.write_text("a: [")
    assert shas(packs)["pack_sha"] != before["pack_sha"]
    models, problems = bundle.list_models(packs)
    assert ("swingsigma", MODEL) in models
    assert problems == []


@pytest.mark.parametrize(
    ("pack", "model_id", "message"),
    [
        ("swing", MODEL, "unknown pack 'swing'. Did you mean 'swingsigma'?"),
        ("swingsigma", MODEL[:-1], f"Did you mean '{MODEL}'?"),
        ("../packs/swingsigma", MODEL, "unknown pack"),
        ("swingsigma", f"../model_configs/{MODEL}", "unknown model"),
        ("swingsigma", "a\0b", "unknown model"),
    ],
)
def test_an_unknown_name_suggests_the_nearest(
    pack: str, model_id: str, message: str
) -> None:
    with pytest.raises(UnknownName) as caught:
        bundle.load_bundle(PACKS, pack, model_id)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("set: swing_eq_br", "set: swing_eq_bl", ".yaml:7: unknown indicator set"),
        ("policy: topn", "policy: top", ".yaml:8: unknown policy 'top_equal_v1'."),
        ("universe: us", "universe: uk", ".yaml:6: unknown universe 'uk_liquid'."),
        ("model_id: uni", "model_id: unit", "model_id is 'unitverse_eq"),
        ("universe: us_liquid", "ticker: SPY", "means a universe; the file has ticker"),
    ],
)
def test_a_dangling_reference_is_named_with_its_line(
    packs: Path, old: str, new: str, message: str
) -> None:
    edit(packs, f"swingsigma/model_configs/{MODEL}.yaml", old, new)
    assert message in fault(packs)


def test_a_model_without_a_policy_takes_the_packs(packs: Path) -> None:
    inside = f"swingsigma/model_configs/{MODEL}.yaml"
    edit(packs, inside, "policy: topn_equal_v1\n", "")
    found = bundle.load_bundle(packs, "swingsigma", MODEL)
    assert found.policy.name == "topn_equal_v1"
    edit(packs, "swingsigma/pack.yaml", "default_policy: topn_equal_v1\n", "")
    assert "has no policy, and its pack no default_policy." in fault(packs)


def test_a_single_ticker_model_has_that_ticker_as_its_universe(packs: Path) -> None:
    path = packs / "swingsigma" / "model_configs" / "brkb_eq_swing_daily.yaml"
    path.write_text(TICKER_MODEL)
    found = bundle.load_bundle(packs, "swingsigma", "brkb_eq_swing_daily")
    assert found.universe.base.tickers == ("BRK.B",)
    path.write_text(TICKER_MODEL.replace("BRK.B", "BRK.A"))
    assert "means the ticker 'brkb'" in fault(packs, "brkb_eq_swing_daily")


def test_a_link_out_of_the_packs_is_not_followed(packs: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret.yaml"
    secret.write_text("name: secret\n")
    (packs / "common" / "universes" / "secret.yaml").symlink_to(secret)
    with pytest.raises(BadInput, match=r"path\.unsafe"):
        bundle.load_universe(packs, "secret")
    universes, problems = bundle.list_universes(packs)
    assert "us_liquid" in [universe.name for universe in universes]
    assert [problem.code for problem in problems] == ["path.unsafe"]


def test_no_packs_is_an_empty_list(tmp_path: Path) -> None:
    assert bundle.list_packs(tmp_path / "none") == ([], [])
    assert bundle.list_models(tmp_path) == ([], [])
    assert bundle.list_universes(tmp_path) == ([], [])


def test_the_canonical_spelling_is_fixed() -> None:
    content = {"b": [1, 0.1, None, True], "a": "ü"}
    assert fingerprint.canonical(content) == '{"a":"ü","b":[1,0.1,null,true]}'.encode()
    with pytest.raises(ValueError, match="JSON"):
        fingerprint.canonical(float("nan"))
