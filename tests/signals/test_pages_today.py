"""Today: the first sentence, the lists, the checklist and its timer."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import ApiToken
from signals import words
from signals.models import Milestone
from signals.queries import lists
from signals.queries.milestones import checklist
from tests.builders import make_list, make_queued_run, make_run
from tests.signals.lists import SUMMARY, make_two_lists, signal_of

pytestmark = pytest.mark.django_db
SUNDAY = dt.datetime(2023, 7, 2, 18, 0, tzinfo=dt.UTC)
MONDAY_NOON = dt.datetime(2023, 7, 3, 16, 0, tzinfo=dt.UTC)
WEEKS_LATER = dt.datetime(2023, 7, 20, 16, 0, tzinfo=dt.UTC)


@pytest.fixture
def reader(viewer, client_of) -> Client:
    return client_of(viewer)


def newest() -> lists.Listing:
    found = lists.newest(lists.held()[0])
    assert found is not None
    return found


def test_it_says_first_what_passed_and_how_to_read_it():
    make_two_lists()
    assert words.first_sentence(newest(), WEEKS_LATER) == (
        "Synthetic market, Friday 30 June. 3 of 187 passed all gates; here they are in "
        "order of score. Gates decide who may enter; score only decides the order."
    )


def test_it_says_on_a_closed_day_when_the_signals_are_due():
    make_two_lists()
    assert (
        "Market closed; signals of Friday, due at Monday's open, 09:30 New York."
        in words.first_sentence(newest(), SUNDAY)
    )


def test_it_says_during_the_session_that_they_were_due():
    make_two_lists()
    said = words.first_sentence(newest(), MONDAY_NOON)
    assert "These were due at the open, 09:30 New York." in said


def test_it_shows_the_lists_and_what_changed(reader):
    friday = make_two_lists()
    answer = reader.get("/").content.decode()
    assert "3 of 187 passed all gates" in answer
    assert "▲ Entered" in answer
    assert f'href="/signals/{signal_of(friday, "DDD").pk}/">DDD</a>' in answer


def test_it_hides_the_demo_once_real_bars_are_in(reader, home):
    mark = home / "datasets" / "demo" / "SYNTHETIC"
    mark.parent.mkdir(parents=True, exist_ok=True)
    mark.touch()
    make_two_lists()
    make_list(make_run(dataset="main", summary=SUMMARY | {"synthetic": False}))
    answer = reader.get("/").content.decode()
    mark.unlink()
    assert "dataset=main" in answer
    assert "dataset=demo" not in answer


def test_without_a_list_it_says_where_one_comes_from(reader):
    answer = reader.get("/").content.decode()
    assert "No list yet" in answer
    assert "/models/" in answer


def test_it_shows_what_is_running(reader):
    run = make_queued_run()
    assert f'href="/runs/{run.pk}/"' in reader.get("/").content.decode()


def test_what_is_running_is_a_fragment_until_it_has_ended(reader):
    run = make_queued_run()
    answer = reader.get("/", headers={"HX-Request": "true", "HX-Target": "running"})
    assert "<html" not in answer.content.decode()
    assert "HX-Refresh" not in answer.headers
    type(run).objects.update(status="succeeded")
    answer = reader.get("/", headers={"HX-Request": "true", "HX-Target": "running"})
    assert answer.headers["HX-Refresh"] == "true"


def test_it_asks_a_fixed_number_of_queries(reader, django_assert_num_queries):
    make_two_lists()
    reader.get("/")
    with django_assert_num_queries(21):
        reader.get("/")


def test_the_timer_runs_from_arriving_to_the_first_signal_opened(viewer):
    start = timezone.now() - dt.timedelta(minutes=5)
    for name, after in (("arrived", 0), ("opened_signal", 154)):
        reached_at = start + dt.timedelta(seconds=after)
        Milestone.objects.create(user=viewer, name=name, reached_at=reached_at)
    assert words.duration_words(checklist(viewer).to_first_signal) == "2 min 34 s"


def test_the_checklist_counts_what_was_done_with_real_bars(viewer):
    make_run(user=viewer, dataset="demo")
    make_run(kind="ingest", dataset="main", params={"dry_run": True})
    assert checklist(viewer).done == 0
    make_run(kind="ingest", dataset="main", params={"dry_run": False})
    make_run(user=viewer, dataset="main")
    ApiToken.issue(user=viewer, name="notebook", scopes=["viewer"])
    assert checklist(viewer).done == 3


def test_the_checklist_can_be_put_away(reader):
    assert "First steps" in reader.get("/").content.decode()
    assert reader.get("/checklist/dismiss/").status_code == 405
    reader.post("/checklist/dismiss/")
    assert "First steps" not in reader.get("/").content.decode()
