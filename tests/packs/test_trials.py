"""A pack tried out on the small market says what became of each model."""

import shutil

import pytest

from signals.services.pack_trials import trial_text, try_pack
from tests.builders import MODEL

#: of the shipped scanners, signals on the last 20 sessions of that market: more than
#: none is what a user needs to see; how many is the market's business
SCANNERS = (
    "breakout",
    "high_momentum",
    "mean_revert",
    "relative_strength",
    "trend_follow",
    "volatility_contraction",
)


@pytest.fixture(scope="module")
def trial(home):
    """SwingSigma, tried."""
    return try_pack(pack="swingsigma")


def test_the_shipped_pack_passes(trial):
    assert trial["ok"]
    assert trial["lint"]["problems"] == []


@pytest.mark.parametrize("name", SCANNERS)
def test_each_scanner_gives_signals(trial, name):
    model_id = f"universe_eq_swing_daily_{name}_scanner"
    model = next(one for one in trial["models"] if one["model_id"] == model_id)
    assert model["scan"]["total"] == sum(model["scan"]["by_session"]) > 0


@pytest.mark.parametrize("name", SCANNERS)
def test_each_scanner_is_backtested(trial, name):
    model_id = f"universe_eq_swing_daily_{name}_scanner"
    model = next(one for one in trial["models"] if one["model_id"] == model_id)
    found, sessions = model["backtest"], model["scan"]["by_session"]
    assert found["last_session"] == model["scan"]["session"]
    assert found["orders"] >= found["fills"] > 0
    assert 0 <= found["trades"] <= sum(sessions)
    assert f"trades of {found['orders']} orders" in trial_text(trial)


def test_a_trained_model_is_previewed_with_its_label(trial):
    models = {one["model_id"]: one for one in trial["models"]}
    gbm = models["universe_eq_swing_daily_gbm"]
    assert (gbm["scan"], gbm["preview"]["label"]["name"]) == (None, "fwd_ret_10d")
    assert models["spy_eq_swing_daily_gbm"]["stand_in"] is not None


@pytest.mark.parametrize(
    "name", ["universe_eq_swing_daily_gbm", "universe_eq_swing_daily_alpha158"]
)
def test_a_model_to_be_trained_is_trained_small_and_backtested(trial, name):
    model = next(one for one in trial["models"] if one["model_id"] == name)
    found = model["backtest"]
    # one model every 20 of the 41 sessions that are tested, and the newest
    assert model["training"]["models"] == 4
    assert found["last_session"] == trial["market"]["last_session"]
    assert found["orders"] >= found["fills"] > 0
    assert "trained 4 small models on " in trial_text(trial)


def test_a_broken_model_fails_with_its_reason(tmp_path, packs, settings):
    shutil.copytree(packs / "common", tmp_path / "packs/common")
    shutil.copytree(packs / "swingsigma", tmp_path / "packs/swingsigma")
    settings.SIGMA_PACKS = tmp_path / "packs"
    for path in (tmp_path / "packs/swingsigma/model_configs").glob("*.yaml"):
        if path.stem != MODEL:
            path.unlink()
    path = tmp_path / f"packs/swingsigma/model_configs/{MODEL}.yaml"
    path.write_text(path.read_text().replace("adx_14 >=", "adx_41 >="))
    found = try_pack(pack="swingsigma")
    (model,) = found["models"]
    assert (found["ok"], model["status"]) == (False, "fail")
    assert model["problems"][0]["where"].endswith(":15: gate 'adx', column 1")
