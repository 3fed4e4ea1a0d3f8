"""The leaderboard and a comparison over the API: the page's order, a page at a time."""

from __future__ import annotations

import base64

import pytest

from signals.models import Run
from signals.services import judging
from tests.builders import MODEL, make_run
from tests.signals.evidence import make_backtest, make_trial, noise

pytestmark = pytest.mark.django_db


def tried(edge: float = 0.0, **fields):
    run = make_run(kind=Run.Kind.BACKTEST, tags=["mine"])
    returns = noise(run.pk, 250, edge)
    trial = make_trial(run, config=f"{run.pk:x}g", returns=returns)
    return make_backtest(run, trial=trial, **fields)


def board(client, query=""):
    answer = client.get(f"/api/leaderboard?{query}")
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_an_entry_says_all_that_the_page_does(viewer_client):
    row = tried(0.004)
    judging.judge_due()
    (found,) = board(viewer_client)["results"]
    assert (found["rank"], found["run"], found["tags"]) == (1, row.pk, ["mine"])
    assert found["gate"]["checks"][2] == {
        "check": "min_sharpe",
        "value": 1.2,
        "limit": 0.5,
        "passed": True,
    }
    assert found["forward_score"] is None
    assert found["luck"]["trials"] == 1
    assert found["luck"]["q_value"] == found["luck"]["p_value"]
    assert found["luck"]["line"].startswith("1 variant tried; a lucky one")
    assert found["fingerprint"]["output_sha"] == "e" * 64


def test_pages_follow_each_other_without_a_gap(viewer_client):
    for number in range(7):
        tried(sharpe=None if number == 3 else number / 7, gate_passed=number % 2 == 0)
    make_backtest(sharpe=0.3)
    judging.judge_due()
    whole = board(viewer_client)["results"]
    found, address = [], "limit=3"
    while address:
        part = board(viewer_client, address)
        found += part["results"]
        address = (part["next"] or "").partition("?")[2]
    assert found == whole
    assert [one["rank"] for one in found] == list(range(1, 9))


@pytest.mark.parametrize("sort", ["-sharpe", "sharpe", "luck", "model", "-made"])
def test_sorted_pages_follow_each_other_too(viewer_client, sort):
    for number in range(5):
        tried(sharpe=None if number == 2 else 0.1 * number)
    judging.judge_due()
    whole = board(viewer_client, f"sort={sort}")["results"]
    part = board(viewer_client, f"sort={sort}&limit=2")
    rest = board(viewer_client, part["next"].partition("?")[2])
    assert part["results"] + rest["results"] == whole[:4]


def test_it_narrows_as_the_page_does(viewer_client):
    tried(), tried(kind="gbm", gate_passed=False)
    for query in ("tag=mine&kind=gbm", f"model=swingsigma/{MODEL}&gate=failed"):
        assert len(board(viewer_client, query)["results"]) == 1
    assert board(viewer_client, "to=2020-01-01")["results"] == []


def test_rows_over_other_data_say_so(viewer_client):
    make_backtest(sharpe=2.0), make_backtest(comparable_sha="8" * 64, dataset="main")
    first, second = board(viewer_client)["results"]
    assert (first["differs"], second["differs"]) == ([], ["other dataset: main"])


FAULTS = {
    "unknown key": ("colour=red", 400, "?colour"),
    "gate": ("gate=open", 400, "?gate"),
    "sort": ("sort=size", 400, "?sort"),
    "from": ("from=2026-13-01", 400, "?from"),
    "limit": ("limit=501", 400, "?limit"),
    "pack": ("pack=swingsigm", 422, "?pack"),
    "dataset": ("dataset=nothing", 422, "?dataset"),
    "cursor": ("cursor=zzz", 400, "?cursor"),
    "nan": (
        "cursor=" + base64.b64encode(b'[true,NaN,0.5,1]').decode(),
        400,
        "?cursor",
    ),
    "other cursor": (
        "cursor=" + base64.b64encode(b'["x","y","z","w"]').decode(),
        400,
        "?cursor",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_a_query_that_can_not_be_is_refused(viewer_client, name):
    query, status, pointer = FAULTS[name]
    answer = viewer_client.get(f"/api/leaderboard?{query}")
    assert answer.status_code == status
    assert answer.json()["errors"][0]["pointer"] == pointer


def test_runs_are_compared(viewer_client, settings, tmp_path):
    settings.SIGMA_HOME = tmp_path
    one, other = make_backtest(sharpe=1.0), make_backtest(sharpe=2.0)
    answer = viewer_client.get(f"/api/compare?runs={other.pk},{one.pk}").json()
    assert [run["run"] for run in answer["runs"]] == [other.pk, one.pk]
    assert answer["runs"][1]["metrics"]["sharpe"] == 1.0
    assert answer["equity"] == {}  # no files were kept


@pytest.mark.parametrize(
    ("runs", "status"), [("1", 400), ("1,2,3,4,5", 400), ("a,b", 400), ("8,9", 422)]
)
def test_what_can_not_be_compared_is_refused(viewer_client, runs, status):
    answer = viewer_client.get(f"/api/compare?runs={runs}")
    assert answer.status_code == status
    assert answer.json()["errors"][0]["pointer"] == "?runs"
