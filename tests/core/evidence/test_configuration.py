"""What counts as a trial: the worked example, on the shipped breakout scanner."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from sigma_core.backtest import Terms
from sigma_core.evidence.configuration import config_sha
from sigma_core.specs.bundle import load_bundle
from tests.definitions import examples

MODEL = "universe_eq_swing_daily_breakout_scanner"
GBM = "universe_eq_swing_daily_gbm"
FILES = {
    "model": f"model_configs/{MODEL}.yaml",
    "set": "indicator_sets/swing_eq_breakout_scanner.yaml",
    "policy": "policies/topn_equal_v1.yaml",
}
(TRIALS,) = examples("trials")


@pytest.fixture
def own(packs: Path, tmp_path: Path) -> Path:
    shutil.copytree(packs, tmp_path / "packs")
    return tmp_path / "packs"


def sha(root: Path, model: str = MODEL) -> str:
    return config_sha(load_bundle(root, "swingsigma", model))


def change(path: Path, before: str, after: str) -> None:
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after.replace("⏎", "\n")))


@pytest.mark.parametrize("row", TRIALS.rows, ids=lambda row: row["to"])
def test_it_is_a_new_trial_or_the_same(own: Path, row: dict[str, str]) -> None:
    before = sha(own)
    change(own / "swingsigma" / FILES[row["file"]], row["from"], row["to"])
    assert ("same" if sha(own) == before else "new") == row["trial"]


def test_the_order_of_gates_makes_no_difference(own: Path) -> None:
    before = sha(own)
    path = own / "swingsigma" / FILES["model"]
    adx = '    - {name: adx, when: "adx_14 >= adx_min"}\n'
    rsi = '    - {name: rsi, when: "rsi_14 >= rsi_min"}\n'
    change(path, adx + rsi, rsi + adx)
    assert sha(own) == before


def test_another_name_and_pack_is_the_same_trial(own: Path) -> None:
    before = sha(own)
    home = own / "swingsigma"
    home.rename(own / "mine")
    change(own / "mine" / "pack.yaml", "id: swingsigma", "id: mine")
    other = "universe_eq_swing_daily_other_scanner"
    path = own / "mine" / FILES["model"]
    change(path, MODEL, other)
    path.rename(path.with_name(f"{other}.yaml"))
    assert config_sha(load_bundle(own, "mine", other)) == before


def test_a_cell_of_a_sweep_is_the_model_with_its_values(own: Path) -> None:
    bundle = load_bundle(own, "swingsigma", MODEL)
    cell = config_sha(bundle, {"adx_min": 20})
    assert cell != config_sha(bundle)
    change(own / "swingsigma" / FILES["model"], "adx_min: 18", "adx_min: 20")
    assert sha(own) == cell


def test_a_column_of_an_expression_counts_by_what_is_in_it(own: Path) -> None:
    home = own / "swingsigma"
    change(
        home / FILES["set"],
        "- {name: rsi, window: 14}",
        '- {name: rsi, window: 14}⏎  - {expr: "rsi_14 / 2", as: half}',
    )
    change(home / FILES["model"], "rsi_14 >= rsi_min", "half >= rsi_min")
    before = sha(own)
    change(home / FILES["set"], "as: half", "as: halved")
    change(home / FILES["model"], "half >= rsi_min", "halved >= rsi_min")
    assert sha(own) == before
    change(home / FILES["set"], "rsi_14 / 2", "rsi_14 / 3")
    assert sha(own) != before


def test_every_column_and_number_of_a_trained_model_counts(own: Path) -> None:
    home = own / "swingsigma"
    seen = {sha(own, GBM)}
    path = home / f"model_configs/{GBM}.yaml"
    for before, after in (("rounds: 300", "rounds: 200"), ("seed: 7", "seed: 8")):
        change(path, before, after)
        seen.add(sha(own, GBM))
    names = home / "indicator_sets/swing_eq_default.yaml"
    change(names, "indicators:\n", "indicators:\n  - {name: hma, window: 33}\n")
    seen.add(sha(own, GBM))
    assert len(seen) == 4
    change(path, "params:\n", "params:\n  max_depth: -1\n")  # what it is anyway
    change(path, "tags: [gbm]", "tags: []")
    assert sha(own, GBM) in seen


def test_other_terms_of_the_fills_are_another_trial(own: Path) -> None:
    bundle = load_bundle(own, "swingsigma", MODEL)
    standing = config_sha(bundle)
    assert config_sha(bundle, terms=Terms()) == standing
    others = (
        Terms(participation=0.1),
        Terms(participation=0.2),
        Terms(delisting_return=-1.0),
        Terms(whole_shares=False),
    )
    assert len({standing, *(config_sha(bundle, terms=one) for one in others)}) == 5
