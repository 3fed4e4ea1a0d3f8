"""A draft beside what is saved: what is forecast is what the run then gives."""

import json
import shutil

import pytest

from packs_app import definitions
from packs_app.kinds import MODEL as KIND
from signals.models import Run
from signals.services import runs
from tests.builders import MODEL

pytestmark = pytest.mark.django_db
ABOUT = {"pack": "swingsigma", "model_id": MODEL, "dataset": "small"}

#: rules that need few bars, so that the short market has a list
SHORT = {
    "gates": {
        "all": [
            {"name": "adx", "when": "adx_14 >= adx_min"},
            {"name": "rsi", "when": "rsi_14 >= rsi_min"},
        ]
    },
    "score": {"rsi": {"weight": 100, "value": "rsi_14 / 100"}},
}


@pytest.fixture
def own(tmp_path, packs, settings):
    """A copy of the packs that a test may edit."""
    shutil.copytree(packs, tmp_path / "packs")
    settings.SIGMA_PACKS = tmp_path / "packs"
    return tmp_path / "packs"


@pytest.fixture
def diff(builder_client, own, market):
    """Asks what a draft would change."""

    def ask(**more):
        body = json.dumps(ABOUT | more)
        return builder_client.post("/api/diff", body, "application/json")

    return ask


@pytest.fixture
def model(own):
    """The breakout scanner's content with some parameters changed."""

    def make(**params):
        file = definitions.find(pack="swingsigma", kind=KIND, name=MODEL)
        return file.content | {"params": file.content["params"] | params}

    return make


def save(content):
    """The model as it shall be from now on."""
    draft = definitions.Draft(KIND, MODEL, content=content)
    definitions.save(pack="swingsigma", drafts=[draft], user=None)


def scan():
    run = runs.create_run(kind="scan", params=ABOUT | {"as_of": None})
    return runs.execute_here(run)


def tickers(run):
    return set(run.signals.values_list("ticker", flat=True))


def test_the_forecast_is_what_the_run_then_gives(diff, model):
    save(model(adx_min=5, rsi_min=20) | SHORT)
    before = scan()
    draft = model(adx_min=30)
    found = diff(draft={"model_config": draft}).json()
    (last,) = found["impact"][-1:]
    save(draft)
    after = scan()
    assert last["passes"] == [before.summary["passed"], after.summary["passed"]]
    assert last["passes"][0] > last["passes"][1]
    gone = {row["ticker"] for row in last["left"]}
    new = {row["ticker"] for row in last["entered"]}
    assert tickers(before) - gone | new == tickers(after)
    assert {row["code"] for row in last["left"]} == {"gate.adx"}


def listed(run):
    return {one.ticker: one for one in run.signals.all()}


def test_another_order_of_the_same_list_is_said(diff, model):
    save(model() | SHORT)
    before = listed(scan())
    upside_down = {"rsi": {"weight": 100, "value": "1 - rsi_14 / 100"}}
    draft = model() | SHORT | {"score": upside_down}
    last = diff(draft={"model_config": draft}).json()["impact"][-1]
    save(draft)
    after = listed(scan())
    assert before.keys() == after.keys()
    ranks = sum(before[name].rank != after[name].rank for name in before)
    verdicts = sum(before[name].verdict != after[name].verdict for name in before)
    assert (last["reordered"], last["rejudged"]) == (ranks, verdicts)
    assert 0 < verdicts < ranks
    assert f"{ranks} have another rank" in last["words"]


def test_a_tighter_limit_changes_no_name_but_what_may_be_traded(diff, model, own):
    save(model(adx_min=5, rsi_min=20) | SHORT)
    text = (own / "swingsigma/policies/topn_equal_v1.yaml").read_text()
    text = text.replace("max_trades_per_day: 10", "max_trades_per_day: 2")
    last = diff(draft={"policy": text}).json()["impact"][-1]
    may = sum(one.tradeable for one in listed(scan()).values())
    assert (last["entered"], last["left"]) == ([], [])
    assert last["tradeable"] == [may, 2]
    assert last["rejudged"] == may - 2
    assert f"tradeable {may} → 2" in last["words"]


def test_it_says_the_change_and_its_effect_in_a_sentence(diff, model):
    found = diff(draft={"model_config": model(adx_min=30)}).json()
    assert found["words"].startswith("adx_min 18 → 30: passes ")
    assert len(found["impact"]) == 2
    assert found["certificate"]["model"] == "none"


def test_a_text_draft_shows_the_lines_that_differ(diff, own):
    path = own / f"swingsigma/model_configs/{MODEL}.yaml"
    text = path.read_text().replace("adx_min: 18", "adx_min: 30")
    (file,) = diff(draft={"model_config": text}).json()["yaml"]
    changed = [line for line in file["lines"] if line[0] in "+-"][2:]
    assert [line[:8] for line in changed] == ["-params:", "+params:"]


def test_a_model_that_is_not_saved_yet_has_nothing_beside_it(diff, model):
    new = model(adx_min=30) | {"model_id": "universe_eq_swing_daily_new"}
    about = {"model_id": new["model_id"], "draft": {"model_config": new}}
    found = diff(**about).json()
    assert (found["is_new"], found["impact"], found["changes"]) == (True, [], [])


def test_a_draft_is_compared_with_what_the_last_run_read(diff, model):
    run = scan()
    content = model(adx_min=30)
    save(content)
    found = diff(draft={"model_config": content}, against="last_run").json()
    assert found["run"] == run.pk
    assert [one["words"] for one in found["changes"]] == ["adx_min 18 → 30"]


def test_without_a_run_there_is_none_to_compare_with(diff, model):
    answer = diff(draft={"model_config": model()}, against="last_run")
    assert (answer.status_code, answer.json()["code"]) == (409, "diff.no_run")


def test_a_policy_that_others_use_names_them(diff, model, own):
    text = (own / "swingsigma/policies/topn_equal_v1.yaml").read_text()
    text = text.replace("top_n: 50", "top_n: 5")
    save(model(adx_min=5, rsi_min=20) | SHORT)
    found = diff(draft={"policy": text}).json()
    names = found["affected"]["models"]
    assert "swingsigma/universe_eq_swing_daily_mean_revert_scanner" in names
    assert f"swingsigma/{MODEL}" not in names
    assert found["impact"][-1]["selected"][1] == 5
    assert {row["code"] for row in found["impact"][-1]["left"]} == {"rank.below_top_n"}


def test_a_draft_with_a_fault_is_refused_at_its_line(diff, own):
    path = own / f"swingsigma/model_configs/{MODEL}.yaml"
    text = path.read_text().replace("adx_14 >=", "adx_41 >=")
    answer = diff(draft={"model_config": text})
    (fault,) = answer.json()["errors"]
    assert answer.status_code == 422
    assert fault["pointer"] == "draft model_config:15: gate 'adx', column 1"
    assert not Run.objects.exists()
