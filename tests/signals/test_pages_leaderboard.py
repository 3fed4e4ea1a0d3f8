"""Leaderboard and Compare: in order, filtered, paged, and what can't be compared."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.test import Client

from sigma_core.specs.fingerprint import sha_of
from signals.models import Backtest, ConfigSnapshot, Run
from signals.queries.bases import bases
from signals.services import judging
from signals.words import short_model
from tests.builders import MODEL, make_run
from tests.signals.evidence import make_backtest, make_trial, noise

pytestmark = pytest.mark.django_db
FALLEN = [
    {"check": "min_trades", "value": 120, "limit": 30, "passed": True},
    {"check": "min_sharpe", "value": 0.31, "limit": 0.5, "passed": False},
]


@pytest.fixture
def reader(viewer, client_of) -> Client:
    return client_of(viewer)


@pytest.fixture
def maker(builder_user, client_of) -> Client:
    return client_of(builder_user)


def page(client: Client, address: str = "/leaderboard/") -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def shown(text: str) -> list[int]:
    """The runs of a board, in order."""
    return [int(pk) for pk in re.findall(r'name="runs" value="(\d+)"', text)]


def tried(edge: float, **fields: object) -> Backtest:
    """A backtest with a trial of its own."""
    run = make_run(kind=Run.Kind.BACKTEST, fingerprint={"output_sha": "e" * 64})
    trial = make_trial(run, config=f"{run.pk:x}g", returns=noise(run.pk, 250, edge))
    return make_backtest(run, trial=trial, **fields)


def test_a_tick_says_of_which_model_the_run_is(reader):
    run = make_backtest().run
    said = f'aria-label="Compare run {run.pk}, {short_model(run.model_id)}"'
    assert said in page(reader)


def test_the_gate_comes_first_then_q_then_sharpe(reader):
    failed = tried(0.006, gate_passed=False, sharpe=9.0)
    lucky, skilled = tried(0.0, sharpe=2.0), tried(0.004, sharpe=1.0)
    plain, better = make_backtest(sharpe=0.5), make_backtest(sharpe=0.7)
    judging.judge_due()
    wanted = [skilled.pk, lucky.pk, better.pk, plain.pk, failed.pk]
    assert shown(page(reader)) == wanted


def test_it_says_how_much_of_a_result_is_luck(reader):
    tried(0.0), tried(0.004)
    judging.judge_due()
    text = page(reader)
    line = "2 variants tried; the best of 2 lucky ones would look this good"
    assert text.count(line) == 2
    for name in ("SPA p", "Deflated Sharpe", "Weighed 0 s ago"):
        assert name in text


def test_a_trial_that_is_not_weighed_yet_says_so(reader):
    tried(0.0)
    assert "Being weighed against all that was tried" in page(reader)


def test_a_failed_gate_says_which_check_and_by_how_much(reader):
    make_backtest(gate_passed=False, gate_checks=FALLEN)
    text = page(reader)
    assert "✗ not passed" in text
    assert "Sharpe 0.31, at least 0.50" in text


@pytest.mark.parametrize(
    ("query", "left"),
    [
        ("pack=mine", 1),
        ("kind=gbm", 1),
        ("dataset=main", 1),
        ("gate=failed", 1),
        ("gate=passed", 3),
        ("tag=breakout", 1),
        ("tag=break", 0),
        ("tag=BREAKOUT", 1),
        ("from=2026-01-01&to=2026-01-31", 1),
        ("kind=gbm&gate=failed", 0),
    ],
)
def test_it_filters(reader, query, left):
    make_backtest(kind="gbm")
    old = make_backtest(dataset="main")
    moment = dt.datetime(2026, 1, 15, tzinfo=dt.UTC)
    Backtest.objects.filter(pk=old.pk).update(created_at=moment)
    make_backtest(
        make_run(kind=Run.Kind.BACKTEST, pack="mine", tags=["breakout", "mine"])
    )
    make_backtest(gate_passed=False)
    assert len(shown(page(reader, f"/leaderboard/?{query}"))) == left


@pytest.mark.parametrize(
    "sort", ["sharpe", "-sharpe", "-ic", "trades", "model", "luck"]
)
def test_it_sorts_by_any_column_what_has_no_value_last(reader, sort):
    low = make_backtest(sharpe=0.1, ic=0.01, trades=3)
    none = make_backtest(sharpe=None, ic=None, trades=4)
    high = make_backtest(sharpe=0.9, ic=0.02, trades=5)
    wanted = {
        "sharpe": [low.pk, high.pk, none.pk],
        "-sharpe": [high.pk, low.pk, none.pk],
        "-ic": [high.pk, low.pk, none.pk],
        "trades": [low.pk, none.pk, high.pk],
    }
    newest_first = [high.pk, none.pk, low.pk]
    found = shown(page(reader, f"/leaderboard/?sort={sort}"))
    assert found == wanted.get(sort, newest_first)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("colour=red", "The filter &#x27;colour&#x27; is not known"),
        ("sort=sharp", "Did you mean &#x27;sharpe&#x27;"),
        ("gate=open", "Select a valid choice"),
        ("from=yesterday", "Enter a valid date"),
    ],
)
def test_a_filter_that_is_not_known_is_said_and_shows_nothing(reader, query, said):
    make_backtest()
    text = page(reader, f"/leaderboard/?{query}")
    assert said in text
    assert shown(text) == []


def test_a_row_over_other_data_says_what_is_other(reader):
    make_backtest(sharpe=2.0)
    fingerprint = {"universe_sha": "0" * 64, "data_sha": "2" * 64, "benchmark": "SPY"}
    other = make_run(kind=Run.Kind.BACKTEST, fingerprint=fingerprint)
    universe = ConfigSnapshot.objects.create(
        kind="universe", name="sp500", sha="0" * 64, content={}
    )
    universe.runs.add(other)
    make_backtest(other, comparable_sha="8" * 64, first=dt.date(2020, 1, 2))
    text = page(reader)
    assert text.count("≠ not comparable with the first") == 1
    for said in ("other bars", "other universe: sp500", "2 Jan 2020 to 31 Dec 2021"):
        assert said in text


def test_other_costs_are_said_with_their_numbers(reader):
    make_backtest(sharpe=2.0)
    content = {"name": "dear", "policy": {"execution": {"slippage_bps": 5.0}}}
    sha = sha_of(content)
    ConfigSnapshot.objects.create(kind="policy", name="dear", sha=sha, content=content)
    make_backtest(comparable_sha="8" * 64, policy_sha=sha)
    assert "other costs: 5 + 0 bps a side on 100,000" in page(reader)


def test_other_terms_are_said_with_their_numbers(reader):
    make_backtest(sharpe=2.0)
    terms = {"participation": 0.05, "delisting_return": -0.3, "whole_shares": True}
    other = make_run(kind=Run.Kind.BACKTEST, fingerprint={"terms": terms})
    of_other = make_backtest(other, comparable_sha="8" * 64)
    said = (
        "other terms: entries of at most 5 % of the average volume, "
        "delisted 30 % below the last price"
    )
    first, second = Backtest.objects.order_by("pk")
    both = f"runs={first.pk},{second.pk}"
    for address in ("leaderboard/", "api/leaderboard", f"compare/?{both}"):
        assert said in page(reader, f"/{address}"), address
    assert said in page(reader, f"/api/compare?{both}")
    found = bases(Backtest.objects.select_related("run"))
    assert said in found[of_other.pk].against(found[first.pk])
    back = "other terms: entries of any size, delisted at the last price"
    assert back in found[first.pk].against(found[second.pk])


def test_a_board_that_is_empty_says_what_to_do(reader):
    assert "manage.py backtest PACK/MODEL" in page(reader)
    make_backtest()
    assert "No backtest like that" in page(reader, "/leaderboard/?kind=gbm")


def test_it_asks_a_fixed_number_of_queries(reader, django_assert_num_queries):
    for number in range(60):
        make_backtest(sharpe=number / 10)
    page(reader)
    with django_assert_num_queries(10):
        first = shown(page(reader))
    with django_assert_num_queries(11):  # and the board's first
        second = shown(page(reader, "/leaderboard/?page=2"))
    assert (len(first), len(second)) == (50, 10)


def test_a_builder_gives_a_run_other_tags(maker):
    row = make_backtest()
    answer = maker.post(
        f"/leaderboard/{row.pk}/tags/",
        {"tags": "mine, breakout", "next": "/leaderboard/?kind=scanner"},
    )
    assert answer.headers["Location"] == "/leaderboard/?kind=scanner"
    assert Run.objects.get(pk=row.pk).tags == ["mine", "breakout"]


def test_a_tag_that_is_no_name_changes_nothing(maker):
    row = make_backtest()
    answer = maker.post(f"/leaderboard/{row.pk}/tags/", {"tags": "a!"}, follow=True)
    assert "is no tag" in answer.content.decode()
    assert Run.objects.get(pk=row.pk).tags == ["quickstart"]


def test_a_viewer_sets_no_tags_and_is_shown_no_form(reader):
    row = make_backtest()
    assert reader.post(f"/leaderboard/{row.pk}/tags/", {"tags": "a"}).status_code == 403
    assert "/tags/" not in page(reader)


# --- compare -----------------------------------------------------------------


def with_definitions(adx: int, **fields: object) -> Backtest:
    """A backtest whose model asks for so much ADX."""
    row = make_backtest(**fields)
    contents = {
        "model_config": {"model_id": MODEL, "params": {"adx_min": adx}},
        "policy": {"name": "p", "policy": {"selection": {"top_n": adx}}},
    }
    for kind, content in contents.items():
        snapshot, _ = ConfigSnapshot.objects.get_or_create(
            sha=sha_of(content),
            defaults={"kind": kind, "name": kind, "content": content},
        )
        snapshot.runs.add(row.run)
    return row


def test_it_says_what_definitions_say_otherwise(reader):
    one, other = with_definitions(18), with_definitions(20)
    text = page(reader, f"/compare/?runs={one.pk},{other.pk}")
    assert "adx_min 18 → 20" in text
    assert "policy.selection.top_n 18 → 20" in text
    assert "not kept with both runs" in text  # no indicator set, no universe


def test_metrics_stand_side_by_side(reader):
    one = make_backtest(sharpe=1.25, metrics={"calmar": 2.5})
    other = make_backtest(sharpe=0.75, metrics={"calmar": None})
    text = page(reader, f"/compare/?runs={one.pk},{other.pk}")
    for said in ("1.25", "0.75", "2.50", "✓ same bars, universe, sessions, costs"):
        assert said in text


def test_the_curves_are_those_of_the_files(reader, tmp_path, settings):
    import pandas as pd

    settings.SIGMA_HOME = tmp_path
    rows = [make_backtest(), make_backtest()]
    for row, last in zip(rows, (110.0, 90.0), strict=True):
        folder = tmp_path / "runs" / str(row.pk)
        folder.mkdir(parents=True)
        curve = pd.DataFrame({"session": pd.to_datetime(["2021-01-04", "2021-01-05"])})
        names = ("gross", "universe", "benchmark", "drawdown", "exposure", "turnover")
        zeros = dict.fromkeys(names, 0.0)
        curve.assign(equity=[100.0, last], **zeros).to_parquet(folder / "daily.parquet")
    asked = ",".join(str(row.pk) for row in rows)
    text = page(reader, f"/compare/?runs={asked}")
    assert '<svg class="curves"' in text
    answer = reader.get(f"/compare/curves/?runs={asked}").json()
    lines = answer["figures"]["equity"]["lines"]
    assert [line["values"] for line in lines] == [[0.0, 0.1], [0.0, -0.1]]


def test_runs_whose_files_are_gone_keep_their_numbers(reader, tmp_path, settings):
    settings.SIGMA_HOME = tmp_path
    one, other = make_backtest(), make_backtest()
    text = page(reader, f"/compare/?runs={one.pk},{other.pk}")
    assert f"No curve of run {one.pk}, daily.parquet: it is missing" in text
    assert "The numbers of the report stand" in text


def test_ticked_rows_come_as_one_address(reader):
    one, other = make_backtest(), make_backtest()
    answer = reader.get(f"/compare/?runs={one.pk}&runs={other.pk}")
    assert answer.headers["Location"] == f"/compare/?runs={one.pk},{other.pk}"


@pytest.mark.parametrize(
    ("runs", "said"),
    [
        ("", "Give 2 to 4 different runs; these are 0."),
        ("7", "these are 1."),
        ("7,7", "these are 1."),
        ("1,2,3,4,5", "these are 5."),
        ("1,x", "given by their numbers"),
        ("7,8", "There is no backtest of run 7."),
    ],
)
def test_what_can_not_be_compared_is_said(reader, runs, said):
    assert said in page(reader, f"/compare/?runs={runs}")


def test_compare_asks_a_fixed_number_of_queries(reader, django_assert_num_queries):
    pks = ",".join(str(with_definitions(at).pk) for at in range(1, 5))
    page(reader, f"/compare/?runs={pks}")
    with django_assert_num_queries(7):
        page(reader, f"/compare/?runs={pks}")
