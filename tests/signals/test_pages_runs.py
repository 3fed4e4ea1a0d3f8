"""Runs and Run: what it does, how it ended, and what to do about it."""

from __future__ import annotations

import pytest
from django.test import Client

from signals.models import ConfigSnapshot, Run
from signals.views.runs import pace
from tests.builders import make_queued_run, make_run
from tests.signals.lists import make_two_lists

pytestmark = pytest.mark.django_db
LIVE = {"HX-Request": "true", "HX-Target": "live"}


@pytest.fixture
def reader(viewer, client_of) -> Client:
    return client_of(viewer)


@pytest.fixture
def maker(builder_user, client_of) -> Client:
    return client_of(builder_user)


def running(**fields: object) -> Run:
    return make_run(
        status="running", percent=46, doing="9 of 14 columns", ended_at=None, **fields
    )


def test_it_lists_runs_the_newest_first(reader):
    first, second = make_run(), make_run()
    answer = reader.get("/runs/").content.decode()
    assert answer.index(f"/runs/{second.pk}/") < answer.index(f"/runs/{first.pk}/")


def test_it_filters_by_status_and_kind(reader):
    make_run()
    failed = make_run(status="failed", reason="No bars.")
    answer = reader.get("/runs/?status=failed&kind=scan").content.decode()
    assert answer.count("data-href") == 1
    assert f"/runs/{failed.pk}/" in answer


def test_it_pages_fifty_at_a_time(reader, django_assert_num_queries):
    for _ in range(60):
        make_run()
    reader.get("/runs/")
    with django_assert_num_queries(5):
        answer = reader.get("/runs/")
    assert answer.content.decode().count("data-href") == 50
    assert reader.get("/runs/?page=2").content.decode().count("data-href") == 10


def test_without_a_run_it_says_how_one_starts(reader):
    assert "Bring your bars" in reader.get("/runs/").content.decode()


def test_it_says_how_far_a_run_is_and_looks_again(reader):
    run = running()
    answer = reader.get(f"/runs/{run.pk}/?looks=3", headers=LIVE).content.decode()
    assert "<html" not in answer
    assert "46 % done: 9 of 14 columns." in answer
    assert f"/runs/{run.pk}/?looks=4" in answer
    assert "delay:1s" in answer


def test_it_looks_ever_more_slowly():
    assert [pace(looks) for looks in (0, 14, 15, 30, 60, 5000)] == [1, 1, 2, 5, 10, 10]


def test_it_stops_looking_when_the_run_has_ended(reader):
    run = make_run()
    answer = reader.get(f"/runs/{run.pk}/", headers=LIVE)
    assert answer.headers["HX-Refresh"] == "true"
    assert "looks=" not in reader.get(f"/runs/{run.pk}/").content.decode()


def test_it_says_why_a_run_failed_and_what_to_do(reader):
    problem = {
        "code": "session.closed",
        "where": "as_of",
        "message": "2023-07-04 is not a session.",
        "hint": "Sessions beside it: 2023-07-03 and 2023-07-05.",
        "severity": "error",
    }
    run = make_run(status="failed", reason=problem["message"], problems=[problem])
    answer = reader.get(f"/runs/{run.pk}/").content.decode()
    assert "Sessions beside it: 2023-07-03 and 2023-07-05." in answer
    assert "session.closed" in answer


def test_it_leads_to_the_list_of_its_session(reader):
    run = make_two_lists()
    answer = reader.get(f"/runs/{run.pk}/").content.decode()
    assert "session=2023-06-30" in answer


def test_it_shows_the_definitions_as_they_were_read(reader):
    run = make_run()
    content = {"min_price": 5, "note": "<b>not bold</b>"}
    snapshot = ConfigSnapshot.objects.create(
        kind="universe", name="us_liquid", sha="f" * 64, content=content
    )
    run.inputs.add(snapshot)
    answer = reader.get(f"/runs/{run.pk}/").content.decode()
    assert "&quot;min_price&quot;: 5" in answer
    assert "<b>not bold</b>" not in answer


def test_it_hands_out_the_files_of_a_run_and_no_others(reader, home):
    run = make_run()
    folder = home / "runs" / str(run.pk)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "paths.parquet").write_bytes(b"PAR1")
    answer = reader.get(f"/runs/{run.pk}/files/paths.parquet")
    assert b"".join(answer.streaming_content) == b"PAR1"
    for name in ("nothing", "..%2f..%2fsecret_key", "%2e%2e"):
        assert reader.get(f"/runs/{run.pk}/files/{name}").status_code == 404


def test_a_waiting_run_can_be_cancelled(maker):
    run = make_queued_run()
    maker.post(f"/runs/{run.pk}/cancel/")
    run.refresh_from_db()
    assert run.status == "cancelled"


def test_a_failed_run_can_be_repeated(maker):
    run = make_run(status="failed", reason="No bars.")
    answer = maker.post(f"/runs/{run.pk}/retry/")
    again = Run.objects.latest("pk")
    assert again.params == run.params
    assert answer.headers["Location"] == f"/runs/{again.pk}/"


def test_an_ended_run_says_that_there_is_nothing_to_cancel(maker):
    run = make_run()
    answer = maker.post(f"/runs/{run.pk}/cancel/", follow=True)
    assert "there is nothing to cancel" in answer.content.decode()


@pytest.mark.parametrize("action", ["cancel", "retry"])
def test_looking_changes_nothing(maker, reader, action):
    run = make_queued_run()
    assert maker.get(f"/runs/{run.pk}/{action}/").status_code == 405
    assert reader.post(f"/runs/{run.pk}/{action}/").status_code == 403


def test_a_dry_run_shows_its_rows_and_offers_to_ingest(operator, client_of):
    bar = {"ticker": "NA", "ts": "2023-06-30T00:00:00Z", "open": 1.5, "close": 2.25}
    run = make_run(
        kind="ingest",
        dataset="main",
        params={"dry_run": True, "dataset": "main", "cadence": "daily"},
        summary={"rows_in": 1, "sample": [bar]},
    )
    answer = client_of(operator).get(f"/runs/{run.pk}/").content.decode()
    assert "Nothing was written yet." in answer
    assert "<b>NA</b>" in answer
    assert f'action="/data/ingest/{run.pk}/"' in answer


def test_a_scan_says_that_its_list_is_the_one_before(reader):
    before = make_run()
    run = make_run(summary={"unchanged": True, "same_as": before.pk})
    answer = reader.get(f"/runs/{run.pk}/").content.decode()
    link = f'<a href="/runs/{before.pk}/">run {before.pk}</a>'
    assert f"The same list as {link}, to the last bit." in answer
    assert "to the last bit" not in reader.get(f"/runs/{before.pk}/").content.decode()
