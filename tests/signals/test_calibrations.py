"""A calibration by command, API and page: kept cell by cell, judged, promoted."""

from __future__ import annotations

import json
import shutil
import time
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from packs_app import definitions, linting
from packs_app.kinds import MODEL as MODEL_KIND
from packs_app.recipes import find_recipe
from signals.management.calibration_text import calibration_text
from signals.models import Run, SweepCell, Trial
from signals.queries.calibrations import document
from signals.services import calibrations, runs
from signals.services.recorder import QUIET
from tests.builders import MODEL, make_run
from tests.signals.calibrations import (
    ASKED,
    DAYS,
    FORM,
    GRID,
    NAME,
    PAGE,
    by_command,
    do_newest,
    done,
)
from tests.small_market import make_market

pytestmark = pytest.mark.django_db
JSON = "application/json"
CELLS = 6


@pytest.fixture(autouse=True)
def pack(home, packs, tmp_path, settings):
    """A small market, and packs that a test may write into."""
    make_market(home)
    shutil.copytree(packs, tmp_path / "packs")
    settings.SIGMA_PACKS = tmp_path / "packs"
    return tmp_path / "packs" / "swingsigma"


def params_now() -> dict[str, Any]:
    one = definitions.find(pack="swingsigma", kind=MODEL_KIND, name=MODEL)
    params: dict[str, Any] = one.content["params"]
    return params


def test_every_door_gives_the_same_numbers(builder_user, client_of) -> None:
    client = client_of(builder_user)
    command = by_command()
    body = json.dumps(ASKED | {"promote": False})
    answer = client.post("/api/calibrate_thresholds", body, content_type=JSON)
    assert answer.status_code == 202, answer.content
    api = client.get(f"/api/calibrations/{do_newest().pk}").json()
    started = client.post(f"{PAGE}start/", FORM)
    page_run = do_newest()
    assert started.headers["Location"] == f"/runs/{page_run.pk}/?then=result"
    page = client.get(f"/api/calibrations/{page_run.pk}").json()
    for other in (api, page):
        assert other | {"run": 0} == command | {"run": 0}
    assert len(command["cells"]) == CELLS
    assert command["winner"] is not None
    assert command["cells"][0]["params"] == {"adx_min": 0, "rsi_min": 50}


def test_terms_are_the_same_at_every_door(builder_user, client_of) -> None:
    terms = {"participation": 1e-6, "delisting_return": -0.5, "whole_shares": False}
    options = ("--participation=1e-6", "--delisting-return=-0.5", "--fractions")
    command = by_command(*options)
    client = client_of(builder_user)
    body = json.dumps(ASKED | terms | {"promote": False})
    assert client.post("/api/calibrate_thresholds", body, content_type=JSON)
    api = client.get(f"/api/calibrations/{do_newest().pk}").json()
    client.post(f"{PAGE}start/", FORM | terms | {"whole_shares": "false"})
    run = do_newest()
    page = client.get(f"/api/calibrations/{run.pk}").json()
    for other in (api, page):
        assert other | {"run": 0} == command | {"run": 0}
    assert {name: command[name] for name in terms} == terms
    standing = by_command()
    assert command["cells"] != standing["cells"]
    assert command["recipe"] != standing["recipe"]
    recipe = find_recipe(pack="swingsigma", name=command["recipe"])
    assert {name: getattr(recipe, name) for name in terms} == terms
    shown = client.get(f"{PAGE}?run={run.pk}").content.decode()
    assert "entries of at most 0.0001 % of the average volume" in shown
    assert "delisted 50 % below the last price, fractions of shares" in shown


def test_a_run_from_before_a_term_was_there_has_the_standing_one(
    viewer, client_of
) -> None:
    run = done(promote=False)
    for name in ("participation", "delisting_return", "whole_shares"):
        del run.params[name]
    run.save()
    found = client_of(viewer).get(f"/api/calibrations/{run.pk}").json()
    assert (found["delisting_return"], found["whole_shares"]) == (0.0, True)


def test_each_cell_is_a_row_and_a_trial_and_the_whole_a_recipe(pack) -> None:
    run = done(promote=False)
    assert [cell.number for cell in run.cells.all()] == list(range(CELLS))
    assert Trial.objects.filter(run=run, origin="sweep").count() == CELLS
    name = run.summary["recipe"]
    kept = json.loads((pack / "recipes" / f"{name}.json").read_text())
    assert kept["grid"] == GRID
    assert kept["cells"] == document(run)["cells"]
    assert kept["winner"] == run.summary["winner"]
    assert kept["fingerprint"]["model_config_sha"]
    assert find_recipe(pack="swingsigma", name=name).why == run.summary["why"]
    assert not linting.problems_of("swingsigma")
    kinds = [one.kind for one in run.inputs.order_by("kind")]
    assert kinds == ["indicator_set", "model_config", "policy", "universe"]


def test_the_same_again_is_no_new_trial_and_the_same_recipe(pack) -> None:
    first, again = done(promote=False), done(promote=False)
    assert first.summary["recipe"] == again.summary["recipe"]
    assert len(list((pack / "recipes").iterdir())) == 1
    assert Trial.objects.count() == CELLS


def test_minus_zero_is_zero() -> None:
    asked = ASKED | {"grid": {"adx_min": [-0.0, 18.0]}, "delisting_return": -0.0}
    run = runs.create_run(kind=Run.Kind.CALIBRATE, params=asked)
    assert str(run.params["grid"]["adx_min"]) == "[0.0, 18.0]"
    assert str(run.params["delisting_return"]) == "0.0"


def test_the_winner_goes_into_the_model_with_its_comments(pack, builder_user) -> None:
    path = pack / "model_configs" / f"{MODEL}.yaml"
    noted = path.read_text().replace("kind: scanner", "kind: scanner  # rules")
    path.write_text(noted)
    run = runs.create_run(
        kind=Run.Kind.CALIBRATE, params=ASKED, user=builder_user, queue=True
    )
    run = runs.execute_here(run)
    won = run.summary["winner_params"]
    assert run.summary["promoted"]["revision"] == 2
    assert {name: params_now()[name] for name in won} == won
    assert "# rules" in path.read_text()
    assert "epsilon: 0.002" in path.read_text()
    newest = definitions.history(pack="swingsigma", kind=MODEL_KIND, name=MODEL)[0]
    assert (newest.note, newest.user) == (f"calibrated by run {run.pk}", builder_user)


def test_a_model_changed_meanwhile_is_left_alone(pack, monkeypatch) -> None:
    path = pack / "model_configs" / f"{MODEL}.yaml"
    whole = calibrations.keep_cell

    def and_edit(run: Run, laid: Any, cell: Any) -> None:
        whole(run, laid, cell)
        path.write_text(path.read_text().replace("epsilon: 0.002", "epsilon: 0.003"))

    monkeypatch.setattr(calibrations, "keep_cell", and_edit)
    run = done()
    assert run.summary["promoted"] is None
    assert "was changed while" in run.summary["not_promoted"]
    assert params_now() == {
        "epsilon": 0.003, "bos_min": 0.25, "adx_min": 18, "rsi_min": 55,
    }  # fmt: skip


def test_nothing_is_promoted_without_enough_trades(pack) -> None:
    before = params_now()
    run = done(min_trades=100_000)
    assert run.summary["winner"] is None
    assert "100000 trades" in run.summary["not_promoted"]
    assert params_now() == before


@pytest.fixture
def stopped(pack, monkeypatch) -> Run:
    """A calibration that was cancelled after its second cell."""
    whole = calibrations.keep_cell

    def stop_after_two(run: Run, laid: Any, cell: Any) -> None:
        whole(run, laid, cell)
        if cell.number == 1:
            runs.cancel_run(run=run, user=None)
            time.sleep(QUIET)  # so long that the next progress looks

    with monkeypatch.context() as patched:
        patched.setattr(calibrations, "keep_cell", stop_after_two)
        return done()


def test_a_stopped_one_says_on_what_its_cells_stand(stopped, viewer, client_of) -> None:
    client = client_of(viewer)
    found = client.get(f"/api/calibrations/{stopped.pk}").json()
    whole = client.get(f"/api/calibrations/{done(promote=False).pk}").json()
    assert (found["complete"], whole["complete"]) == (False, True)
    for name in ("dates", "marks", "stale", "dataset"):
        assert found[name] == whole[name], name
    assert "today's sectors" in found["marks"]
    assert found["dates"] == DAYS
    assert "synthetic" in client.get(f"/api/runs/{stopped.pk}").json()["marks"]
    page = client.get(f"{PAGE}?run={stopped.pk}").content.decode()
    assert "trained Mon 24 Apr 2023 to Fri 30 Jun 2023, 48 sessions" in page
    assert "held out Mon 10 Jul 2023 to Thu 31 Aug 2023, 39" in page
    assert "today&#x27;s sectors" in page


def test_one_that_is_begun_says_on_what_it_stands(pack, monkeypatch) -> None:
    seen: list[dict[str, Any]] = []
    whole = calibrations.keep_cell

    def look(run: Run, laid: Any, cell: Any) -> None:
        seen.append(document(Run.objects.get(pk=run.pk)))
        whole(run, laid, cell)

    monkeypatch.setattr(calibrations, "keep_cell", look)
    done(promote=False)
    assert (seen[0]["status"], seen[0]["cells"]) == ("running", [])
    assert seen[0]["dates"] == DAYS
    assert "synthetic" in seen[0]["marks"]


def test_a_cancelled_one_keeps_its_cells_and_their_trials(stopped, pack) -> None:
    run = stopped
    assert run.status == Run.Status.CANCELLED
    assert run.cells.count() == 2
    assert Trial.objects.filter(run=run).count() == 2
    found = document(run)
    assert (found["complete"], len(found["cells"])) == (False, 2)
    assert not (pack / "recipes").exists()


def test_one_that_breaks_has_tried_the_cells_it_shows(pack, monkeypatch) -> None:
    whole = calibrations.keep_cell

    def break_at_two(run: Run, laid: Any, cell: Any) -> None:
        if cell.number == 2:
            raise ZeroDivisionError("on purpose")
        whole(run, laid, cell)

    monkeypatch.setattr(calibrations, "keep_cell", break_at_two)
    run = done()
    assert run.status == Run.Status.FAILED
    assert [cell["number"] for cell in document(run)["cells"]] == [0, 1]
    assert Trial.objects.filter(run=run, origin="sweep").count() == 2


def test_a_promoted_cell_changes_no_name_of_the_same_calibration(pack) -> None:
    first, again = done(), done()
    assert first.summary["promoted"]["revision"] == 2
    assert again.summary["promoted"]["revision"] is None
    assert again.summary["recipe"] == first.summary["recipe"]
    path = pack / "model_configs" / f"{MODEL}.yaml"
    path.write_text(path.read_text().replace("epsilon: 0.002", "epsilon: 0.003"))
    assert done().summary["recipe"] != first.summary["recipe"]


def test_a_cell_of_an_attempt_that_died_is_done_again(pack) -> None:
    run = runs.create_run(
        kind=Run.Kind.CALIBRATE, params=ASKED | {"promote": False}, queue=False
    )
    SweepCell.objects.create(run=run, number=3, params={}, swept={})
    run = runs.execute_here(run)
    assert run.cells.count() == CELLS
    assert run.cells.get(number=3).params == {"adx_min": 18.0, "rsi_min": 60.0}


MILLION = {name: list(range(1000)) for name in ("adx_min", "rsi_min")}


@pytest.mark.parametrize(
    ("changes", "status", "code", "pointer"),
    [
        ({"grid": MILLION}, 422, "calibrate.cells", "/grid"),
        ({"grid": {}}, 422, "calibrate.cells", "/grid"),
        ({"grid": {"adx_mni": [1]}}, 422, "unknown.parameter", "/grid/adx_mni"),
        ({"grid": {"adx/min~": [1]}}, 422, "unknown.parameter", "/grid/adx~1min~0"),
        ({"grid": {"a/~": ["x"]}}, 422, "params.invalid", "/grid/a~1~0/0"),
        ({"grid": {"adx_min": [1, 1]}}, 422, "calibrate.values", "/grid/adx_min"),
        ({"grid": {"adx_min": ["x"]}}, 422, "params.invalid", "/grid/adx_min/0"),
        (
            {"model_id": "universe_eq_swing_daily_gbm"},
            422,
            "calibrate.kind",
            "/model_id",
        ),
        ({"model_id": "nothing"}, 422, "unknown.model", "/model_id"),
        ({"pack": "nothing"}, 422, "unknown.pack", "/pack"),
        ({"objective": "luck"}, 422, "unknown.objective", "/objective"),
        ({"held_out_start": "2023-06-30"}, 422, "calibrate.dates", "/held_out_start"),
        ({"held_out_end": "2023-07-14"}, 422, "calibrate.sessions", "/held_out_start"),
        ({"train_end": "2023-07-04"}, 422, "sessions.closed", "/train_end"),
        ({"held_out_end": "2031-06-16"}, 422, "bars.no_session", "/held_out_end"),
        ({"dataset": "nothing"}, 422, "unknown.dataset", "/dataset"),
        ({"gird": {}}, 400, "input.unknown_key", "/gird"),
        ({"min_trades": -1}, 400, "input.min_value", "/min_trades"),
    ],
)
def test_what_can_not_be_calibrated(
    builder_user, client_of, pack, changes, status, code, pointer
) -> None:
    body = json.dumps(ASKED | changes)
    answer = client_of(builder_user).post(
        "/api/calibrate_thresholds", body, content_type=JSON
    )
    fault = answer.json()["errors"][0]
    assert (answer.status_code, fault["code"], fault["pointer"]) == (
        status, code, pointer,
    )  # fmt: skip
    assert not Run.objects.exists()
    assert not (pack / "recipes").exists()


def test_the_limit_is_named(builder_user, client_of) -> None:
    body = json.dumps(ASKED | {"grid": MILLION})
    answer = client_of(builder_user).post(
        "/api/calibrate_thresholds", body, content_type=JSON
    )
    assert "1,000,000 cells; 1 to 200" in answer.json()["errors"][0]["message"]


def test_a_cell_is_promoted_over_the_api(builder_user, client_of, pack) -> None:
    run, client = done(promote=False), client_of(builder_user)
    one = definitions.find(pack="swingsigma", kind=MODEL_KIND, name=MODEL)
    address = f"/api/calibrations/{run.pk}/promote"

    def post(body: Any, seen: str) -> Any:
        headers = {"If-Match": f'"{seen}"'}
        return client.post(address, body, content_type=JSON, headers=headers)

    assert post({"cell": 5}, "a" * 64).status_code == 412
    made = post({"cell": 5}, one.sha)
    assert made.status_code == 200
    assert made.json()["words"] == "adx_min 18 → 24, rsi_min 55 → 60"
    assert params_now()["adx_min"] == 24
    again = client.post(address, {"cell": 5}, content_type=JSON).json()
    assert again["revision"] is None
    unknown = client.post(address, {"cell": 77}, content_type=JSON)
    assert (unknown.status_code, unknown.json()["errors"][0]["pointer"]) == (
        422, "/cell",
    )  # fmt: skip


def test_of_an_incomplete_one_only_a_named_cell_is_promoted(
    stopped, builder_user, client_of
) -> None:
    client, before = client_of(builder_user), params_now()
    address = f"/api/calibrations/{stopped.pk}/promote"
    best = client.get(f"/api/calibrations/{stopped.pk}").json()["winner"]
    for body in ({}, {"cell": None}):
        answer = client.post(address, body, content_type=JSON)
        (fault,) = answer.json()["errors"]
        assert (answer.status_code, fault["code"], fault["pointer"]) == (
            422, "calibrate.incomplete", "/cell",
        )  # fmt: skip
        assert "cancelled: 2 of 6 cells are done" in fault["message"]
        assert f"the best so far is {best}." in fault["hint"]
        assert params_now() == before
    page = client.get(f"{PAGE}?run={stopped.pk}").content.decode()
    assert "Promote the winner" not in page
    assert f"Promote cell {best}, the best so far" in page
    ask = f"/calibrations/{stopped.pk}/promote/"
    asked = client.get(f"{ask}?cell={best}").content.decode()
    assert "Provisional: calibration" in asked
    assert f"Write cell {best} into the model" in asked
    client.post(ask, {})
    assert params_now() == before
    named = client.post(address, {"cell": best}, content_type=JSON)
    assert named.status_code == 200
    assert params_now()["adx_min"] == 0


def test_recipes_are_read_over_the_api(builder_user, client_of, pack) -> None:
    run, client = done(promote=False), client_of(builder_user)
    name = run.summary["recipe"]
    (row,) = client.get("/api/packs/swingsigma/recipes").json()["recipes"]
    assert (row["name"], row["cells"]) == (name, CELLS)
    whole = client.get(f"/api/packs/swingsigma/recipes/{name}").json()
    assert whole["why"] == run.summary["why"]
    missing = client.get("/api/packs/swingsigma/recipes/nothing")
    assert missing.status_code == 404


def test_the_command_says_it_in_a_table_and_refuses_a_grid_it_can_not_read() -> None:
    out = StringIO()
    days = [f"--{k.replace('_', '-')}={v}" for k, v in ASKED.items() if "_start" in k]
    call_command(
        "calibrate", NAME, "--grid", "adx_min=0,24", *days, "--train-end=2023-06-30",
        "--dataset=summer", "--min-trades=5", "--held-out-end=2023-08-31",
        stdout=out, stderr=StringIO(),
    )  # fmt: skip
    said = out.getvalue()
    assert "2 cells, dataset summer" in said
    assert "recipe swingsigma/recipes/" in said
    for bad in ("adx_min", "adx_min=", "adx_min=1,x"):
        with pytest.raises(CommandError, match="no parameter with its values"):
            call_command("calibrate", NAME, "--grid", bad, stderr=StringIO())


def test_a_run_of_another_kind_is_no_calibration(builder_user, client_of) -> None:
    run = make_run()
    assert client_of(builder_user).get(f"/api/calibrations/{run.pk}").status_code == 404


def test_its_text_counts_cells_and_says_shares_as_the_page_does() -> None:
    run = done(promote=False, grid={"adx_min": [18.0]})
    run.summary["pbo"] = 0.876
    said = calibration_text(run)
    assert f"{MODEL}, 1 cell, dataset" in said
    assert "overfitting: 87.6 %." in said
    assert f"{MODEL}, 6 cells, dataset" in calibration_text(done(promote=False))
