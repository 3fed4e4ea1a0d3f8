"""Finds of the quality rules: the command, the API, the page, and answers to them."""

from __future__ import annotations

import io
import json
import re
import shutil
from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from sigma_core.market import open_dataset
from sigma_core.sessions import exchange
from signals.models import DataIssue, Run
from signals.queries import issues
from signals.services import runs

pytestmark = pytest.mark.django_db
NAME = "flawed"
DAYS = exchange().between(np.datetime64("2024-01-02"), np.datetime64("2024-04-30"))


@pytest.fixture
def flawed(home):
    """One ticker that halves on the 41st session, with nothing recorded."""
    close = 100 + np.arange(60) % 7 + np.arange(60) / 64
    close[40:] /= 2
    prices = {"open": close, "high": close + 0.5, "low": close - 0.5, "close": close}
    bars = pd.DataFrame(
        {"ticker": "AAA", "ts": pd.to_datetime(DAYS[:60], utc=True).as_unit("us")}
        | prices
        | {"volume": 1000.0}
    ).astype({"ticker": "str"})
    dataset = open_dataset(home / "datasets", NAME)
    at = datetime(2024, 4, 1, tzinfo=UTC)
    dataset.bars().append(bars, source="test", adjustment="raw", ingested_at=at)
    dataset.bars().arrays()
    yield dataset
    shutil.rmtree(dataset.root)


def answer(**fields):
    params = {
        "dataset": NAME,
        "rule": "D6",
        "ticker": "AAA",
        "session": str(DAYS[40]),
        "note": "It halved, I saw it.",
    }
    run = runs.create_run(kind=Run.Kind.ACKNOWLEDGE, params=params | fields)
    return runs.execute_here(run)


def blocked():
    return [issue for issue in issues.issues(NAME) if issue.action == "block"]


def test_it_shows_the_bar_behind_a_find_among_its_neighbours(flawed):
    (issue,) = blocked()
    assert issue.ts.date() == DAYS[40].item()
    assert issue.bar["close"] == pytest.approx((100 + 40 % 7 + 40 / 64) / 2)
    bars, marked = issues.around(issue)
    assert bars[marked].day == DAYS[40].item()
    assert [bar.day for bar in bars] == DAYS[28:53].tolist()


def test_an_answer_lets_the_ticker_back_in_and_is_kept(flawed):
    run = answer()
    assert run.status == Run.Status.SUCCEEDED
    assert blocked() == []
    (kept,) = DataIssue.objects.standing()
    assert (kept.note, kept.known_at) == ("It halved, I saw it.", run.started_at)
    assert flawed.actions()["kind"].tolist() == ["acknowledged"]


def test_an_answer_can_be_taken_back(flawed):
    answer()
    answer(undo=True, note="It was a split after all.")
    assert len(blocked()) == 1
    assert not DataIssue.objects.standing().exists()
    assert DataIssue.objects.count() == 1


def test_a_delisting_needs_its_last_price(flawed):
    from sigma_core.errors import BadInput

    with pytest.raises(BadInput, match="last price"):
        answer(answer="delisted")
    answer(answer="delisted", price=51.5)
    (action,) = flawed.actions().itertuples()
    assert (action.kind, action.cash) == ("delisting", 51.5)


def test_the_command_lists_what_was_found(flawed):
    out = io.StringIO()
    call_command("check_bars", dataset=NAME, json=True, stdout=out)
    found = json.loads(out.getvalue())
    assert {"rule": "D6", "action": "block", "found": 1} in found["counts"]
    assert found["issues"][0]["ticker"] == "AAA"
    assert [problem["code"] for problem in found["problems"]] == ["quality.D11"]
    out = io.StringIO()
    call_command("check_bars", dataset=NAME, stdout=out)
    assert "quality.D6" in out.getvalue()


def test_the_api_lists_and_takes_answers(flawed, operator, client_of):
    client = client_of(operator)
    found = client.get(f"/api/data_issues?dataset={NAME}&limit=1").json()
    assert found["results"][0]["code"] == "quality.D6"
    body = {"dataset": NAME, "rule": "D6", "ticker": "AAA", "note": "yes"}
    given = body | {"session": str(DAYS[40])}
    sent = client.post("/api/data_issues", given, content_type="application/json")
    assert sent.status_code == 202
    assert Run.objects.get().params["ticker"] == "AAA"
    unknown = client.get("/api/data_issues?dataset=nowhere")
    assert unknown.status_code in (404, 422)


def test_the_page_shows_the_bars_and_who_answered(flawed, operator, client_of):
    client = client_of(operator)
    page = client.get(f"/data/issues/{NAME}/daily/").content.decode()
    assert "a split?" in page
    assert 'class="marked"' in page
    sent = client.post(
        f"/data/issues/{NAME}/daily/answer/",
        {"rule": "D6", "ticker": "AAA", "session": str(DAYS[40]), "note": "seen"},
    )
    run = Run.objects.get(kind=Run.Kind.ACKNOWLEDGE)
    assert sent.headers["Location"] == f"/runs/{run.pk}/"
    assert (run.user, run.params["note"]) == (operator, "seen")


def test_the_page_takes_back_an_answer_whose_find_is_gone(flawed, operator, client_of):
    """An acknowledged split is no find any more: what stands is the answer alone."""
    answer()
    client, address = client_of(operator), f"/data/issues/{NAME}/daily/"
    page = client.get(address).content.decode()
    assert "D6 block" not in page
    form = page.split("Answers that stand")[1]
    given = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form))
    given.pop("csrfmiddlewaretoken", None)
    assert given.pop("undo") == "on"
    answered = client.post(f"{address}answer/", given | {"undo": "on"})
    run = Run.objects.get(pk=answered.url.strip("/").split("/")[-1])
    assert runs.execute_here(run).status == Run.Status.SUCCEEDED
    assert "D6 block" in client.get(address).content.decode()


def test_only_an_operator_may_answer(flawed, viewer, client_of):
    address = f"/data/issues/{NAME}/daily/"
    client = client_of(viewer)
    assert "disabled" in client.get(address).content.decode()
    assert client.post(f"{address}answer/", {}).status_code == 403


def test_without_a_note_it_says_what_is_missing(flawed, operator, client_of):
    address = f"/data/issues/{NAME}/daily/answer/"
    given = {"rule": "D6", "ticker": "AAA", "session": str(DAYS[40]), "note": ""}
    page = client_of(operator).post(address, given)
    assert page.status_code == 200
    assert "This field is required" in page.content.decode()
    assert not Run.objects.exists()


ADDRESS = "/api/data_issues"
FIND = {"dataset": NAME, "rule": "D6", "ticker": "AAA", "session": str(DAYS[40])}


@pytest.mark.parametrize(
    ("wrong", "pointer", "hint"),
    [
        ({"ticker": "BBB"}, "/ticker", "lists all finds"),
        ({"rule": "D7"}, "/rule", "there is D6."),
        ({"rule": "D11"}, "/rule", "there is D6."),
        ({"session": str(DAYS[41])}, "/session", f"There is one of {DAYS[40]}."),
        ({"cadence": "5m"}, "/ticker", "lists all finds"),
    ],
)
def test_an_answer_to_a_find_there_is_not_is_refused(
    flawed, operator, client_of, wrong, pointer, hint
):
    client, given = client_of(operator), FIND | {"note": "yes"} | wrong
    sent = client.post(ADDRESS, given, content_type="application/json")
    assert sent.status_code == 422
    (fault,) = sent.json()["errors"]
    assert (fault["code"], fault["pointer"]) == ("issue.no_find", pointer)
    assert hint in fault["hint"]
    assert not Run.objects.exists()


def test_page_and_command_refuse_it_too(flawed, operator, client_of):
    wrong = FIND | {"ticker": "BBB", "note": "yes"}
    page = client_of(operator).post(f"/data/issues/{NAME}/daily/answer/", wrong)
    assert "there is no find D6 of BBB" in page.content.decode()
    with pytest.raises(CommandError, match="there is no find D6 of BBB"):
        call_command("check_bars", answer="acknowledged", **wrong)
    assert not Run.objects.exists()


def listed(client, **query):
    found = client.get(ADDRESS, {"dataset": NAME} | query).json()["results"]
    return [(row["rule"], row["settled"], row["note"]) for row in found]


def test_the_list_keeps_what_an_answer_settled(flawed, viewer, client_of):
    client = client_of(viewer)
    before = client.get(f"{ADDRESS}?dataset={NAME}").json()["results"][0]
    assert listed(client, state="open") == [("D6", False, None)]
    assert listed(client, state="answered") == []
    answer()
    said = [("D6", True, "It halved, I saw it.")]
    assert listed(client) == listed(client, state="answered") == said
    assert listed(client, state="open") == []
    (after,) = client.get(f"{ADDRESS}?dataset={NAME}&rule=D6").json()["results"]
    same = ("ts", "known", "action", "message", "bar")
    assert [after[name] for name in same] == [before[name] for name in same]
    assert listed(client, rule="D7") == listed(client, ticker="BBB") == []


def test_what_is_settled_can_be_answered_anew(flawed):
    answer()
    answer(answer="delisted", price=51.5)
    assert flawed.actions()["kind"].tolist() == ["delisting"]
    assert DataIssue.objects.standing().get().found["message"]


@pytest.mark.parametrize(
    ("query", "known"),
    [
        ({"rule": "D99"}, "D1, D2"),
        ({"ticker": "A B"}, "letters"),
        ({"ticker": "A" * 21}, "letters"),
        ({"state": "closed"}, "open, answered, all"),
        ({"cadence": "weekly"}, "daily"),
    ],
)
def test_an_unknown_filter_is_refused_at_its_place(
    flawed, viewer, client_of, query, known
):
    refused = client_of(viewer).get(ADDRESS, {"dataset": NAME} | query)
    assert refused.status_code == 400
    (fault,) = refused.json()["errors"]
    assert fault["pointer"] == f"?{next(iter(query))}"
    assert known in fault["hint"]
