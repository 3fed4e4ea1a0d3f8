"""The Signals DB over the API."""

import datetime as dt

import pytest

from signals.services.documents import signal_document
from tests.builders import MODEL, SESSION, make_list, make_run, make_signal

OTHER = "universe_eq_swing_daily_trend_follow_scanner"

pytestmark = pytest.mark.django_db


@pytest.fixture
def listed():
    """A list of three, as a run left it."""
    run = make_run()
    make_list(run)
    return [make_signal(run, rank=rank, ticker=f"T{rank}") for rank in (1, 2, 3)]


def tickers(client, query):
    rows = client.get(f"/api/signals{query}").json()["results"]
    return [row["ticker"] for row in rows]


def test_it_shows_a_signal_as_the_command_does(viewer_client, listed):
    found = viewer_client.get("/api/signals").json()["results"]
    assert found == [signal_document(signal) for signal in listed]


def test_it_goes_by_rank_within_a_list_and_by_day_before(viewer_client, listed):
    later = make_run(session=SESSION + dt.timedelta(days=4))
    make_signal(later, rank=1, ticker="NEW")
    assert tickers(viewer_client, "") == ["NEW", "T1", "T2", "T3"]


QUERIES = {
    "session": (f"?session={SESSION}", 3),
    "another session": ("?session=2023-06-29", 0),
    "model": (f"?model=swingsigma/{MODEL}", 3),
    "model by its id": (f"?model={MODEL}", 3),
    "model and its pack": (f"?model=swingsigma/{MODEL}&pack=swingsigma", 3),
    "model and another pack": (f"?model=swingsigma/{MODEL}&pack=momentumsigma", 0),
    "model that never ran": (f"?model=swingsigma/{OTHER}", 0),
    "model of a pack that is gone": ("?model=gone/old", 0),
    "pack": ("?pack=swingsigma", 3),
    "ticker": ("?ticker=T2", 1),
    "dataset": ("?dataset=demo", 3),
    "dataset that is gone": ("?dataset=lost", 0),
    "tradeable": ("?tradeable=false", 0),
    "replaced": ("?current=false", 1),
    "all": ("?current=all", 4),
}


@pytest.mark.parametrize("name", QUERIES)
def test_it_narrows_by(viewer_client, listed, name):
    make_signal(make_run(), rank=1, ticker="OLD", current=False)
    make_list(make_run(pack="gone", model_id="old", dataset="lost"))
    query, count = QUERIES[name]
    assert len(tickers(viewer_client, query)) == count


@pytest.mark.parametrize(
    ("query", "pointer", "hint"),
    [
        ("?model=abc", "?model", "Known: "),
        (f"?model=swingsigm/{MODEL}", "?model", f"Did you mean 'swingsigma/{MODEL}'?"),
        ("?pack=swingsigm", "?pack", "Did you mean 'swingsigma'?"),
        ("?dataset=dem", "?dataset", "Did you mean 'demo'?"),
    ],
)
def test_an_unknown_name_is_no_empty_answer(
    viewer_client, listed, query, pointer, hint
):
    answer = viewer_client.get(f"/api/signals{query}")
    assert answer.status_code == 422
    fault = answer.json()["errors"][0]
    assert fault["pointer"] == pointer
    assert hint in fault["hint"]


def test_it_narrows_by_run(viewer_client, listed):
    assert len(tickers(viewer_client, f"?run={listed[0].run_id}")) == 3


def test_an_empty_list_is_told_from_one_that_was_not_made(viewer_client):
    make_list(make_run())
    found = viewer_client.get(f"/api/signals?session={SESSION}").json()
    assert found["results"] == []
    assert [row["model_id"] for row in found["lists"]] == [MODEL]
    other = viewer_client.get("/api/signals?session=2023-06-29").json()
    assert other["lists"] == []


def test_pages_follow_each_other_without_gaps(viewer_client, listed):
    address, seen = "/api/signals?limit=2", []
    while address:
        found = viewer_client.get(address).json()
        seen += [row["ticker"] for row in found["results"]]
        address = found["next"]
    assert seen == ["T1", "T2", "T3"]


def test_it_takes_the_same_queries_however_long(
    viewer_client, listed, django_assert_num_queries
):
    with django_assert_num_queries(4):  # session, person, roles, signals
        viewer_client.get("/api/signals")
    with django_assert_num_queries(5):  # and the lists
        viewer_client.get(f"/api/signals?session={SESSION}")
