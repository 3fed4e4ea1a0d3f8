"""Promises of saving: what was shown is written, and is what the run then gives."""

from __future__ import annotations

import re

import pytest

from builder import opening, previews, services
from builder.draft import Form
from packs_app.models import DefinitionVersion
from signals.models import Run, Signal
from signals.services import runs
from tests.builder.drafts import new_form, posted, query, saved_form
from tests.builders import MODEL
from tests.signals import training
from tests.signals.training import learner

pytestmark = pytest.mark.django_db
SAVE = "/builder/save/"
EDIT = f"/builder/swingsigma/{MODEL}/"
IDEA = "universe_eq_swing_daily_idea"


def files(own) -> dict[str, bytes]:
    """All definition files and what is in them."""
    return {
        path.relative_to(own).as_posix(): path.read_bytes()
        for path in own.rglob("*.yaml")
    }


def edited(**changes: str):
    """What the form of the breakout scanner sends after a change."""
    form = saved_form()
    seen = {f"seen.{part}": said for part, said in services.seen_of(form).items()}
    return posted(form) | seen | changes


def text(response) -> str:
    return response.content.decode()


def test_a_new_scanner_is_two_files(builder, own) -> None:
    before = files(own)
    answer = builder.post(SAVE, new_form())
    assert answer.url == f"/builder/swingsigma/{IDEA}/"
    made = files(own).keys() - before.keys()
    assert made == {
        f"swingsigma/model_configs/{IDEA}.yaml",
        "swingsigma/indicator_sets/swing_eq_idea.yaml",
    }


def test_a_change_touches_its_own_file_and_keeps_its_comments(builder, own) -> None:
    before = files(own)
    builder.post(SAVE, edited(set_description="Up and on"))
    changed = {name for name, raw in files(own).items() if raw != before.get(name)}
    path = "swingsigma/indicator_sets/swing_eq_breakout_scanner.yaml"
    assert changed == {path}
    assert b'description: "Up and on"' in files(own)[path]
    assert b"# the prior 20 bars, today excluded" in files(own)[path]
    assert b"version: 2" in files(own)[path]


def test_saving_what_is_saved_writes_nothing(builder, own) -> None:
    before = files(own)
    assert builder.post(SAVE, edited()).status_code == 302
    assert files(own) == before
    assert not DefinitionVersion.objects.filter(action="saved").exists()


def test_a_file_that_changed_meanwhile_is_not_overwritten(builder, own) -> None:
    sent = edited(**{"param.p2.value": "25"})
    builder.post(SAVE, edited(**{"param.p2.value": "20"}))
    before = files(own)
    page = text(builder.post(SAVE, sent))
    assert "has changed since it was read" in page
    assert 'value="25"' in page
    assert files(own) == before


def test_the_name_of_another_set_is_not_taken(builder, own) -> None:
    before = files(own)
    taken = new_form() | {"set_name": "swing_eq_breakout_scanner"}
    page = text(builder.post(SAVE, taken))
    assert "in swingsigma already" in page
    assert files(own) == before


def test_a_scanner_without_a_name_of_its_own_is_not_saved(builder, own) -> None:
    before = files(own)
    assert "Give it a last part" in text(builder.post(SAVE, new_form("")))
    assert files(own) == before


def test_a_policy_of_ones_own_is_written_with_the_model(builder, own) -> None:
    own_policy = {"own_policy": "on", "policy_name": "tight", "policy_from": ""}
    sent = new_form() | own_policy | {"policy.selection.top_n": "5"}
    builder.post(SAVE, sent)
    written = files(own)["swingsigma/policies/tight.yaml"].decode()
    assert "top_n: 5" in written
    assert (
        "policy: tight" in files(own)[f"swingsigma/model_configs/{IDEA}.yaml"].decode()
    )


def test_a_bad_policy_keeps_the_model_from_being_written(builder, own) -> None:
    before = files(own)
    own_policy = {"own_policy": "on", "policy_name": "tight"}
    sent = new_form() | own_policy | {"policy.risk.max_drawdown": "40"}
    assert "it must be at most 1" in text(builder.post(SAVE, sent))
    assert files(own) == before


def test_a_saved_version_can_be_taken_up_again(builder, own) -> None:
    before = files(own)
    builder.post(SAVE, edited(**{"param.p2.value": "25"}))
    page = text(builder.get(f"{EDIT}?version=1"))
    assert 'name="param.p2.value" value="18"' in page
    seen = dict(re.findall(r'name="(seen\.\w+)" value="([^"]+)"', page))
    builder.post(SAVE, edited() | seen | {"param.p2.value": "18"})
    name = f"swingsigma/model_configs/{MODEL}.yaml"
    assert files(own)[name] == before[name]


def test_the_forecast_is_what_the_run_then_gives(builder, market) -> None:
    form = saved_form()
    form.rows.param[2].value = "24"
    forecast = previews.panel(form, None)
    assert forecast.scan is not None
    assert forecast.impact is not None
    answer = builder.post(
        SAVE, edited(**{"param.p2.value": "24", "then": "scan", "page": "a1"})
    )
    assert answer.url.endswith("?then=result")
    run = runs.execute_here(Run.objects.get())
    assert run.status == "succeeded"
    found = Signal.objects.filter(run=run).values_list("ticker", "rank")
    assert dict(found) == {one.ticker: one.rank for one in forecast.scan.signals}
    steps = {one["name"]: one["survivors"] for one in run.summary["funnel"]}
    assert steps["score"] == forecast.impact.passes[1]
    assert forecast.impact.passes[0] > forecast.impact.passes[1] > 0


def test_the_saved_side_of_the_forecast_is_the_saved_models_list(
    builder, market
) -> None:
    run = runs.execute_here(
        runs.create_run(
            kind="scan", params={"pack": "swingsigma", "model_id": MODEL}, queue=False
        )
    )
    form = saved_form()
    form.rows.param[2].value = "30"
    shown = previews.panel(form, None)
    assert shown.scan is not None
    assert shown.impact is not None
    kept = set(Signal.objects.filter(run=run).values_list("ticker", flat=True))
    assert shown.impact.selected[0] == len(kept)
    left = {moved.ticker for moved in shown.impact.left}
    assert left == kept - {one.ticker for one in shown.scan.signals}
    assert {moved.code for moved in shown.impact.left} == {"gate.adx"}


def test_a_second_click_is_the_same_run(builder, market) -> None:
    sent = new_form() | {"then": "scan", "page": "a1"}
    builder.post(SAVE, sent)
    form = builder.get(f"/builder/swingsigma/{IDEA}/").context["form"]
    seen = {f"seen.{part}": said for part, said in services.seen_of(form).items()}
    builder.post(SAVE, posted(form) | seen | {"then": "scan", "page": "a1"})
    assert Run.objects.count() == 1


def test_who_waited_for_a_run_comes_to_its_list(builder, market) -> None:
    answer = builder.post(SAVE, new_form() | {"then": "scan", "page": "a1"})
    assert "then=result" in text(builder.get(answer.url))
    runs.execute_here(Run.objects.get())
    headers = {"HX-Request": "true", "HX-Target": "live"}
    ended = builder.get(answer.url, headers=headers)
    assert ended["HX-Redirect"].startswith("/signals/?model=swingsigma%2F" + IDEA)
    assert builder.get(answer.url).url == ended["HX-Redirect"]


def test_yaml_is_saved_as_it_is_typed(builder, own) -> None:
    form = saved_form()
    seen = {f"seen.{part}": said for part, said in services.seen_of(form).items()}
    path = f"swingsigma/model_configs/{MODEL}.yaml"
    model = files(own)[path].decode().replace("adx_min: 18", "adx_min:   19")
    model = f"# stricter\n{model}"
    sets = files(own)["swingsigma/indicator_sets/swing_eq_breakout_scanner.yaml"]
    sent = {"mode": "yaml", "pack": "swingsigma", "saved": MODEL}
    texts = {"yaml.model_config": model, "yaml.indicator_set": sets.decode()}
    assert builder.post(SAVE, sent | seen | texts).status_code == 302
    assert files(own)[path].decode() == model


def test_comments_typed_in_yaml_outlive_the_rows(builder, own) -> None:
    form = saved_form()
    form.base = {"model_config": "# mine\n" + files(own)[
        f"swingsigma/model_configs/{MODEL}.yaml"
    ].decode()}  # fmt: skip
    form.rows.param[2].value = "21"
    sent = query(edited(**{"param.p2.value": "21"})).dict()
    lists = {k: v for k, v in edited().items() if isinstance(v, list)}
    base = {"base.model_config": form.base["model_config"]}
    builder.post(SAVE, sent | lists | base)
    written = files(own)[f"swingsigma/model_configs/{MODEL}.yaml"].decode()
    assert written.startswith("# mine\n")
    assert "adx_min: 21" in written


def test_save_and_backtest_leads_to_a_report(builder, market) -> None:
    sent = new_form() | {"then": "backtest", "page": "a1"}
    answer = builder.post(SAVE, sent)
    run = Run.objects.get()
    assert answer.url == f"/runs/{run.pk}/?then=result"
    assert (run.kind, run.model_id) == ("backtest", IDEA)
    run = runs.execute_here(run)
    assert run.status == Run.Status.SUCCEEDED, run.reason
    report = text(builder.get(f"/backtests/{run.pk}/"))
    assert "Month by month" in report


def test_a_model_to_be_trained_says_why_it_has_no_backtest(builder, market) -> None:
    page = text(builder.get("/builder/swingsigma/universe_eq_swing_daily_gbm/"))
    button = re.search(r'<button[^>]*value="backtest"[^>]*>', page)
    assert button is not None
    assert " disabled" in button[0]
    assert "Train it first" in button[0]
    scanner = text(builder.get(EDIT))
    button = re.search(r'<button[^>]*value="backtest"[^>]*>', scanner)
    assert button is not None
    assert " disabled" not in button[0]


def button_of(page: str, name: str) -> str:
    found = re.search(rf'<button[^>]*value="{name}"[^>]*>', page)
    assert found is not None
    return found[0]


def test_save_and_train_queues_a_training(builder, own, market) -> None:
    with learner(own):
        page = text(builder.get(f"/builder/{training.NAME}/"))
        assert " disabled" not in button_of(page, "train")
        assert "Train it first" in button_of(page, "scan")
        form = opening.saved(training.PACK, training.MODEL)
        assert isinstance(form, Form)
        seen = {f"seen.{part}": sha for part, sha in services.seen_of(form).items()}
        sent = posted(form) | seen | {"then": "train", "page": "a1"}
        answer = builder.post(SAVE, sent)
        run = Run.objects.get()
        assert answer.url == f"/runs/{run.pk}/?then=result"
        assert (run.kind, run.model_id) == ("train", training.MODEL)


def test_a_scanner_is_not_trained(builder, own) -> None:
    button = button_of(text(builder.get(EDIT)), "train")
    assert " disabled" in button
    assert "A scanner is not trained" in button
