"""Silent tickers, and two datasets that dispute: asked on page, API and command."""

from __future__ import annotations

import io
import json
import shutil

import numpy as np
import pytest
from django.core.management import call_command

from sigma_core.errors import BadInput
from signals.models import DataIssue, Run
from signals.services import runs
from tests.builders import make_run, make_signal
from tests.core.quality_grids import blocked_from
from tests.core.test_crosscheck import DAYS, stored, walk
from tests.core.test_standing import store

pytestmark = pytest.mark.django_db
PAGE = "/data/issues/main/daily/"
GONE = str(DAYS[20])
DELISTED = {
    "rule": "D11",
    "ticker": "AAA",
    "session": GONE,
    "answer": "delisted",
    "price": 51.5,
    "note": "Taken over.",
}


@pytest.fixture
def quiet(home):
    """AAA was signalled and has no bar since session 20 of 30; BBB has all."""
    root = home / "datasets"
    store(root, {"AAA": 20, "BBB": 30})
    from sigma_core.market import open_dataset

    dataset = open_dataset(root, "main")
    dataset.bars().arrays()
    run = make_run(dataset="main", session=DAYS[25].item())
    make_signal(run, ticker="AAA")
    yield dataset
    shutil.rmtree(root / "main")


def answer(**fields: object) -> Run:
    params = {"dataset": "main"} | DELISTED | fields
    return runs.execute_here(runs.create_run(kind=Run.Kind.ACKNOWLEDGE, params=params))


def test_the_page_asks_about_a_silent_ticker(quiet, operator, client_of):
    client = client_of(operator)
    page = client.get(PAGE).content.decode()
    assert "Delisted, or late?" in page
    assert f'value="{GONE}"' in page  # the first session without it
    client.post(f"{PAGE}answer/", DELISTED)
    run = runs.execute_here(Run.objects.get(kind=Run.Kind.ACKNOWLEDGE))
    assert run.status == "succeeded"
    assert quiet.actions()["kind"].tolist() == ["delisting"]
    assert "Taken over." in client.get(PAGE).content.decode()


def test_what_was_answered_can_be_taken_back(quiet):
    answer()
    answer(undo=True, answer="acknowledged", note="No, it was not.")
    assert quiet.actions().empty
    assert not DataIssue.objects.standing().exists()


def test_another_answer_replaces_the_one_before(quiet):
    answer()
    answer(answer="wait", price=None, note="It may come back.")
    assert quiet.actions().empty
    assert DataIssue.objects.standing().get().answer == "wait"


def test_api_and_command_say_the_same(quiet, operator, client_of):
    found = client_of(operator).get("/api/data_issues/silent?dataset=main").json()
    assert [(one["ticker"], one["since"], one["answer"]) for one in found] == [
        ("AAA", GONE, None)
    ]
    out = io.StringIO()
    call_command("check_bars", dataset="main", json=True, stdout=out)
    assert json.loads(out.getvalue())["silent"] == found


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"session": str(DAYS[19])}, "/session"),  # its last bar
        ({"ticker": "BBB"}, "/ticker"),
    ],
)
def test_a_ticker_that_is_not_silent_or_was_not_yet_is_refused(quiet, wrong, pointer):
    with pytest.raises(BadInput) as refused:
        answer(**wrong)
    (problem,) = refused.value.problems
    assert (problem.code, problem.where) == ("issue.no_find", pointer)


def test_an_answered_one_is_in_the_list_of_finds(quiet, viewer, client_of):
    answer()
    found = client_of(viewer).get("/api/data_issues?dataset=main&state=answered")
    (one,) = found.json()["results"]
    assert (one["rule"], one["answer"], one["settled"]) == ("D11", "delisted", True)
    assert f"no bar since {DAYS[19]}" in one["message"]


def test_the_command_answers_too(quiet):
    out = io.StringIO()
    given = {name: DELISTED[name] for name in ("rule", "ticker", "session", "note")}
    call_command(
        "check_bars", dataset="main", answer="delisted", price=51.5, stdout=out, **given
    )
    assert f"D11 AAA {GONE}: delisted" in out.getvalue()
    assert quiet.actions()["cash"].tolist() == [51.5]


@pytest.fixture
def two(home):
    """Raw bars that fall on session 21 without an action, and a series without."""
    root = home / "datasets"
    raw = walk()
    raw[20:] /= 1.19
    made = (
        stored(root, "raw_side", raw, "raw"),
        stored(root, "vendor_side", walk() / 1.19, "split"),
    )
    yield made
    for dataset in made:
        shutil.rmtree(dataset.root)


def test_comparing_two_datasets_blocks_and_shows_where(two, operator, client_of):
    client = client_of(operator)
    sent = client.post("/data/check/raw_side/", {"against": "vendor_side"})
    run = runs.execute_here(Run.objects.get())
    assert sent.headers["Location"] == f"/runs/{run.pk}/"
    assert (run.summary["blocked"], run.summary["tickers"]) == (1, 1)
    page = client.get(f"/runs/{run.pk}/").content.decode()
    assert "raw_side against vendor_side" in page
    found = client.get("/api/data_issues?dataset=raw_side&rule=D10").json()["results"]
    assert [(one["ticker"], one["action"]) for one in found] == [("AAA", "block")]
    issues = client.get("/data/issues/raw_side/daily/?rule=D10").content.decode()
    assert "against another series the factor changes by 1.19" in issues


def test_the_command_compares_and_an_answer_settles_it(two):
    out = io.StringIO()
    call_command("check_bars", dataset="raw_side", against="vendor_side", stdout=out)
    assert "1 blocks" in out.getvalue()
    answer(dataset="raw_side", rule="D10", answer="acknowledged", price=None)
    bars = two[0].bars().arrays()
    assert blocked_from(bars) == [30]
    assert not np.isnan(bars.close).any()


@pytest.mark.parametrize("against", ["raw_side", "nowhere"])
def test_a_comparison_with_nothing_is_refused(two, operator, client_of, against):
    body = {"dataset": "raw_side", "against": against}
    client = client_of(operator)
    sent = client.post("/api/check_bars", body, content_type="application/json")
    assert sent.status_code == 422
    assert not Run.objects.exists()
