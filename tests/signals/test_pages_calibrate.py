"""The Calibrate page: form, count, maps, cells, promotion; without JavaScript."""

from __future__ import annotations

import re
import shutil

import pytest

from packs_app import definitions
from packs_app.kinds import MODEL as MODEL_KIND
from signals.models import Run
from signals.services.runs import cancel_run
from tests.builders import MODEL, make_run
from tests.signals.calibrations import ASKED, FORM, NAME, PAGE, done
from tests.small_market import make_market

pytestmark = pytest.mark.django_db
#: person, session, runs, cells, history of the model, marks' datasets
MOST_QUERIES = 10


@pytest.fixture(autouse=True)
def pack(home, packs, tmp_path, settings):
    make_market(home)
    shutil.copytree(packs, tmp_path / "packs")
    settings.SIGMA_PACKS = tmp_path / "packs"
    return tmp_path / "packs" / "swingsigma"


@pytest.fixture
def client(client_of, builder_user):
    return client_of(builder_user)


def text(client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_it_has_a_field_for_each_parameter(client) -> None:
    page = text(client, PAGE)
    for name in ("epsilon", "bos_min", "adx_min", "rsi_min"):
        assert f'name="grid_{name}"' in page
    assert "Now 18." in page
    assert 'id="result"' not in page


def test_the_count_comes_while_one_types(client) -> None:
    found = text(client, f"{PAGE}count/?grid_adx_min=1,2,3&grid_rsi_min=50+60")
    assert "6 cells" in found
    assert "adx_min 3 × rsi_min 2" in found
    assert "<html" not in found
    over = text(client, f"{PAGE}count/?grid_adx_min={','.join(map(str, range(201)))}")
    assert "201 cells" in over
    assert "at most 200" in over
    assert "No cell yet" in text(client, f"{PAGE}count/?grid_adx_min=x")


def test_what_is_wrong_shows_beside_its_field_and_nothing_starts(client) -> None:
    for changes, words in (
        ({"grid_adx_min": "1, x"}, "Write numbers between commas"),
        ({"grid_adx_min": "1, 1"}, "1 is there 2 times. Give each value once."),
        (
            {"grid_adx_min": "", "grid_rsi_min": ""},
            "0 cells; 1 to 200 can be. Name a parameter (",
        ),
        ({"held_out_start": "2023-06-30"}, "does not come after"),
        (
            {"train_end": "2023-07-04"},
            '<a href="#calibrate_train_end">Train to</a>: XNYS was closed on '
            "2023-07-04. Sessions beside it: 2023-07-03 and 2023-07-05.",
        ),
    ):
        answer = client.post(f"{PAGE}start/", FORM | changes)
        assert answer.status_code == 200
        assert words in answer.content.decode()
    assert not Run.objects.exists()


def test_cells_are_counted_without_javascript(client) -> None:
    page = client.post(f"{PAGE}start/", FORM | {"count": "1"}).content.decode()
    assert "6 cells" in page
    assert not Run.objects.exists()


def test_a_second_click_starts_nothing_new(client) -> None:
    for _ in range(2):
        client.post(f"{PAGE}start/", FORM | {"key": "once"})
    assert Run.objects.count() == 1
    # back, and another grid: the page has the same key
    again = FORM | {"key": "once", "grid_adx_min": "15"}
    answer = client.post(f"{PAGE}start/", again, follow=True)
    assert "another request" not in answer.content.decode()
    assert Run.objects.count() == 2


def test_a_refusal_stands_at_the_top_and_leads_to_its_field(client) -> None:
    wrong = FORM | {"grid_rsi_min": "x", "grid_adx_min": "1, x"}
    page = client.post(f"{PAGE}start/", wrong).content.decode()
    top, _, form = page.partition('<form method="post"\n              action')
    assert "The calibration was not started." in top
    assert 'href="#calibrate_grid_adx_min"' in top
    (field,) = re.findall(r"<input [^>]*autofocus[^>]*>", form)
    assert 'id="calibrate_grid_adx_min"' in field


def test_the_result_shows_maps_cells_and_why(client) -> None:
    run = done(promote=False)
    page = text(client, f"{PAGE}?run={run.pk}")
    assert run.summary["why"].split(":")[0] in page
    assert page.count('class="heat"') == 3
    assert page.count('<tr id="cell-') == 6
    assert "★" in page
    assert f"{run.pk}/promote/?cell=5" in page
    assert "about" in text(client, f"{PAGE}count/?grid_adx_min=1,2")
    assert re.search(r"recipes/[a-z0-9_]+_[0-9a-f]{8}\"", page)


def test_swept_parameters_head_their_columns_as_all_others_do(client) -> None:
    page = text(client, f"{PAGE}?run={done(promote=False).pk}")
    heads = re.findall(r'<th scope="col"[^>]*>([^<]*)</th>', page)
    at = heads.index("Cell")
    assert heads[at : at + 4] == ["Cell", "adx_min", "rsi_min", "Objective"]
    assert heads.count("Promote") == 1


def test_of_two_cells_the_better_one_is_no_spike(client) -> None:
    run = done(promote=False, grid={"adx_min": [0.0, 24.0]}, min_trades=0)
    page = text(client, f"{PAGE}?run={run.pk}")
    few = "Too few cells to call it a plateau or a spike: its"
    assert few in run.summary["why"]
    assert few in page
    assert "▲ spike</td>" not in page
    assert "<td>–</td>" in page


def test_two_more_parameters_make_a_map_for_each_pair_of_values(client) -> None:
    grid = {"epsilon": [0.0, 0.002], "adx_min": [0.0, 18.0], "rsi_min": [50.0]}
    run = done(promote=False, grid=grid)
    page = text(client, f"{PAGE}?run={run.pk}")
    assert page.count('class="heat"') == 6
    assert "adx_min 18 · epsilon down, rsi_min across" in page


def test_a_promotion_is_shown_confirmed_and_taken_back(client) -> None:
    run = done(promote=False)
    ask = f"/calibrations/{run.pk}/promote/"
    page = text(client, f"{ask}?cell=5")
    assert "adx_min 18 → 24, rsi_min 55 → 60" in page
    assert "− params: {epsilon: 0.002, bos_min: 0.25, adx_min: 18, rsi_min: 55}" in page
    cell = run.cells.get(number=5)
    assert "What cell 5 brought" in page
    for half in (cell.swept, cell.held_out):
        assert (
            f'<td class="num">{half["metrics"]["sharpe"]:.2f}</td>'.replace("-", "−")
            in page
        )
    (seen,) = re.findall(r'name="if_match" value="([0-9a-f]{64})"', page)
    stale = client.post(ask, {"cell": "5", "if_match": "a" * 64}, follow=True)
    assert "has changed since it was read" in stale.content.decode()
    saved = client.post(ask, {"cell": "5", "if_match": seen}, follow=True)
    said = saved.content.decode()
    assert "Saved as revision 2" in said
    assert params_now()["adx_min"] == 24
    (before,) = re.findall(r'name="revision" value="(\d+)"', said)
    (now,) = re.findall(r'name="if_match" value="([0-9a-f]{64})"', said)
    undone = client.post(
        f"/packs/swingsigma/model_config/{MODEL}/restore/",
        {"revision": before, "if_match": now},
    )
    assert undone.status_code == 302
    assert params_now()["adx_min"] == 18


def params_now():
    one = definitions.find(pack="swingsigma", kind=MODEL_KIND, name=MODEL)
    return one.content["params"]


def test_a_viewer_reads_and_changes_nothing(client_of, viewer) -> None:
    run, reader = done(promote=False), client_of(viewer)
    assert "need the role builder" in text(reader, PAGE)
    assert "needs the role builder" in text(
        reader, f"/calibrations/{run.pk}/promote/?cell=5"
    )
    assert reader.post(f"{PAGE}start/", FORM).status_code == 403
    answer = reader.post(f"/calibrations/{run.pk}/promote/", {"cell": "5"})
    assert answer.status_code == 403
    assert params_now()["adx_min"] == 18


def test_a_gbm_and_a_stranger_name_have_no_page(client) -> None:
    gbm = client.get("/calibrate/swingsigma/universe_eq_swing_daily_gbm/")
    assert gbm.status_code == 404
    assert "only a scanner is calibrated" in gbm.content.decode()
    assert client.get("/calibrate/swingsigma/nothing/").status_code == 404
    assert client.get(f"/calibrations/{make_run().pk}/promote/").status_code == 404


def test_one_that_was_stopped_says_so(client) -> None:
    run = make_run(kind="calibrate", status="queued", params=ASKED, summary={})
    cancel_run(run=run, user=None)
    page = text(client, f"{PAGE}?run={run.pk}")
    assert "It did not end" in page
    assert "No cell was tried." in page
    assert "what follows" not in page
    assert client.get(f"/api/calibrations/{run.pk}").json()["why"] == (
        "No cell was tried."
    )


def test_the_run_leads_to_its_result_and_the_model_to_the_page(client) -> None:
    run = done(promote=False)
    assert f"{PAGE}?run={run.pk}#result" in text(client, f"/runs/{run.pk}/")
    assert PAGE in text(client, f"/models/{NAME}/")
    assert "6 cells, winner adx_min" in text(client, "/runs/")


def test_the_pack_lists_its_recipes(client) -> None:
    name = done(promote=False).summary["recipe"]
    page = text(client, "/packs/swingsigma/")
    assert f"/packs/swingsigma/recipes/{name}" in page
    file = client.get(f"/packs/swingsigma/recipes/{name}")
    assert file.json()["name"] == name
    assert "attachment" in file["Content-Disposition"]
    assert client.get("/packs/swingsigma/recipes/..").status_code == 404


def test_the_page_has_a_fixed_number_of_queries(
    client, django_assert_max_num_queries
) -> None:
    for _ in range(2):
        run = done(promote=False)
    with django_assert_max_num_queries(MOST_QUERIES):
        client.get(f"{PAGE}?run={run.pk}")
