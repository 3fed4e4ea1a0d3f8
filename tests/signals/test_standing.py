"""Marks and stale bars are seen wherever the numbers made from them are."""

from __future__ import annotations

import pytest

from sigma_core.quality.labels import MARKS
from signals.glossary import TERMS
from signals.models import Run
from signals.services import runs
from signals.templatetags.sigma import marks
from tests.signals.lists import SUMMARY, make_two_lists
from tests.small_market import SCAN, make_market

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


@pytest.mark.parametrize("page", ["/", LIST, "/runs/{pk}/"])
def test_a_stale_run_says_so_on_every_page(friday, viewer, client_of, page):
    found = client_of(viewer).get(page.format(pk=friday.pk)).content.decode()
    assert "Stale bars." in found
    assert "2023-07-05 has finished since" in found
    assert f'title="{str(TERMS["mark_survivors_only"])[:40]}' in found


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


def test_a_scan_of_the_last_session_of_an_old_market_is_stale(home):
    make_market(home)
    run = runs.create_run(kind=Run.Kind.SCAN, params=SCAN | {"as_of": None})
    summary = runs.execute_here(run).summary
    assert summary["stale"]
    assert "has finished since" in summary["freshness"][0]["message"]
    asked = runs.execute_here(runs.create_run(kind=Run.Kind.SCAN, params=SCAN))
    assert (asked.summary["stale"], asked.summary["freshness"]) == (False, [])
    assert asked.summary["marks"] == ["synthetic", "today's sectors"]
