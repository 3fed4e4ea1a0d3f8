"""Marks and stale bars are seen wherever the numbers made from them are."""

from __future__ import annotations

import html
import re

import pytest

from sigma_core.quality.labels import MARKS
from signals.glossary import TERMS
from signals.models import Run
from signals.services import runs
from signals.templatetags.sigma import _key_of, marks
from tests.signals.lists import ADDRESS, SUMMARY, make_two_lists
from tests.small_market import DATASET, SCAN, make_market

pytestmark = pytest.mark.django_db
STALE = {
    "marks": ["synthetic", "survivors only"],
    "stale": True,
    "freshness": [
        {
            "code": "quality.D11",
            "where": "2023-06-30",
            "message": "the last bar is of 2023-06-30; 2023-07-05 has finished since.",
            "hint": "Ingest the newest bars.",
            "severity": "error",
        }
    ],
}
LIST = "/signals/?session=2023-06-30"


def marks_in(page: str) -> set[str]:
    """The names of the chips of marks."""
    named = {term.name for key, term in TERMS.items() if key.startswith("mark_")}
    chips = re.findall(
        r'<span class="chip (?:synthetic|warn)"[^>]*>([^<]*)</span>', page
    )
    return {html.unescape(one) for one in chips} & named


@pytest.fixture
def friday():
    run = make_two_lists()
    run.summary = SUMMARY | STALE
    run.save()
    return run


@pytest.mark.parametrize("mark", MARKS)
def test_every_mark_has_its_meaning(mark):
    ((said, term),) = marks([mark])["marks"]
    assert said == mark
    assert term.meaning.endswith(".")


@pytest.mark.parametrize(
    "page", ["/", LIST, "/runs/{run}/", "/signals/{signal}/", f"/models/{ADDRESS}/"]
)
def test_a_stale_run_says_so_on_every_page(friday, viewer, client_of, page):
    address = page.format(run=friday.pk, signal=friday.signals.first().pk)
    found = client_of(viewer).get(address).content.decode()
    assert "Stale bars." in found
    assert "2023-07-05 has finished since" in found
    assert marks_in(found) >= {"synthetic data", "survivors only"}


@pytest.mark.parametrize("page", ["/runs/", "/models/"])
def test_a_page_of_many_runs_says_what_any_of_them_can_not_know(
    friday, viewer, client_of, page
):
    found = client_of(viewer).get(page).content.decode()
    assert marks_in(found) >= {"synthetic data", "survivors only"}


def test_a_run_of_before_marks_were_kept_is_marked_as_made_up(
    friday, viewer, client_of
):
    friday.summary = SUMMARY
    friday.save()
    assert friday.marks == ["synthetic"]
    assert client_of(viewer).get(f"/api/runs/{friday.pk}").json()["marks"] == [
        "synthetic"
    ]


def test_the_list_of_runs_shows_which_are_stale(friday, viewer, client_of):
    found = client_of(viewer).get("/runs/").content.decode()
    assert found.count("stale bars") == 1


def test_the_api_says_it_of_runs_and_lists(friday, viewer, client_of):
    client = client_of(viewer)
    run = client.get(f"/api/runs/{friday.pk}").json()
    (row, _) = client.get("/api/runs").json()["results"]
    lists = client.get("/api/signals?session=2023-06-30").json()["lists"]
    for said in (run, row, *lists):
        assert (said["marks"], said["stale"]) == (STALE["marks"], True)


def test_an_export_names_the_marks_first(friday, viewer, client_of):
    address = f"/signals/export/{LIST[9:]}&format="
    csv = client_of(viewer).get(f"{address}csv").content.decode()
    assert "# marks: synthetic, survivors only\r\n# stale: True\r\n" in csv
    assert client_of(viewer).get(f"{address}json").json()["marks"] == STALE["marks"]


def test_every_page_of_a_market_has_the_marks_of_its_scan(
    home, builder_user, client_of
):
    make_market(home)
    run = runs.execute_here(runs.create_run(kind=Run.Kind.SCAN, params=SCAN))
    client, asked = client_of(builder_user), {"dataset": DATASET, "end": SCAN["as_of"]}
    body = {"pack": SCAN["pack"], "model_id": SCAN["model_id"], **asked}
    names = {TERMS[_key_of(mark)].name for mark in run.marks}
    assert names == {"synthetic data", "today's sectors"}
    for page in (
        f"/models/{ADDRESS}/",
        f"/data/issues/{DATASET}/daily/",
        f"/indicators/rsi/?dataset={DATASET}",
        f"/universes/us_liquid/?dataset={DATASET}",
        "/universes/",
    ):
        assert marks_in(client.get(page).content.decode()) == names, page
    assert marks_in(client.get("/data/").content.decode()) >= names  # of all datasets
    shown = client.post(f"/models/{ADDRESS}/preview/", asked).content.decode()
    assert marks_in(shown) == names
    for address, more in (
        ("/api/preview_matrix", {}),
        ("/api/diff", {"draft": {}}),
    ):
        answer = client.post(address, body | more, content_type="application/json")
        assert answer.json()["marks"] == run.marks, address


def test_a_scan_of_the_last_session_of_an_old_market_is_stale(home):
    make_market(home)
    run = runs.create_run(kind=Run.Kind.SCAN, params=SCAN | {"as_of": None})
    summary = runs.execute_here(run).summary
    assert summary["stale"]
    assert "has finished since" in summary["freshness"][0]["message"]
    asked = runs.execute_here(runs.create_run(kind=Run.Kind.SCAN, params=SCAN))
    assert (asked.summary["stale"], asked.summary["freshness"]) == (False, [])
    assert asked.summary["marks"] == ["synthetic", "today's sectors"]
