"""Leaderboard, comparison and tables of a backtest by command: what the API answers."""

from __future__ import annotations

import json
from io import StringIO
from urllib.parse import urlencode

import pytest
from django.core.management import CommandError, call_command

from signals.models import Run
from signals.services import endings, judging
from tests.builders import MODEL, make_run
from tests.signals.backtests import done
from tests.signals.evidence import make_backtest, make_trial, noise
from tests.small_market import make_market

pytestmark = pytest.mark.django_db


@pytest.fixture
def api(viewer, client_of):
    client = client_of(viewer)

    def get(address: str):
        answer = client.get(f"/api/{address}")
        assert answer.status_code == 200, answer.content
        return answer

    return get


def printed(*args: str) -> str:
    out = StringIO()
    call_command(*args, stdout=out, stderr=StringIO())
    return out.getvalue()


def refused(*args: str) -> tuple[CommandError, dict]:
    """How it ended, and the document beside."""
    out = StringIO()
    with pytest.raises(CommandError) as caught:
        call_command(*args, "--json", stdout=out, stderr=StringIO())
    return caught.value, json.loads(out.getvalue())


def test_a_rank_ic_of_nearly_nothing_has_no_sign_on_the_board():
    make_backtest(ic=-0.00001)
    make_backtest(ic=-0.0123)
    rows = printed("leaderboard")
    assert "−0.0123" in rows
    assert "−0.0000" not in rows
    assert " 0.0000 " in rows


@pytest.fixture
def board() -> list[Run]:
    """Four rows; two with a trial, one of other data."""
    found = []
    for number in range(2):
        run = make_run(kind=Run.Kind.BACKTEST, tags=["mine"])
        returns = noise(run.pk, 250, 0.001 * number)
        trial = make_trial(run, config=f"{run.pk:x}g", returns=returns)
        found.append(make_backtest(run, trial=trial, sharpe=0.5 + number))
    found.append(make_backtest(gate_passed=False, kind="gbm", sharpe=None))
    found.append(make_backtest(dataset="main", comparable_sha="8" * 64))
    judging.judge_due()
    return [row.run for row in found]


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"sort": "-sharpe"},
        {"tag": "mine", "kind": "scanner"},
        {"gate": "failed"},
        {"model": f"swingsigma/{MODEL}", "dataset": "demo"},
        {"to": "2020-01-01"},
        {"from": "2020-01-01", "pack": "swingsigma"},
    ],
    ids=str,
)
def test_the_board_is_that_of_the_api(board, api, asked) -> None:
    options = [f"--{name}={value}" for name, value in asked.items()]
    found = json.loads(printed("leaderboard", *options, "--json"))
    assert found == api(f"leaderboard?{urlencode(asked)}").json()


def test_the_pages_of_the_board_follow_each_other(board, api) -> None:
    first = json.loads(printed("leaderboard", "--limit=3", "--json"))
    cursor = first["next"].partition("cursor=")[2]
    rest = json.loads(printed("leaderboard", f"--cursor={cursor}", "--json"))
    assert rest["next"] is None
    whole = api("leaderboard").json()
    assert first["results"] + rest["results"] == whole["results"]
    assert "There are more" in printed("leaderboard", "--limit=3")
    assert "There are more" not in printed("leaderboard")


def test_people_read_the_board_as_a_table(board) -> None:
    text = printed("leaderboard")
    for words in ("Sharpe", "1.50", "+18.0 %", f"swingsigma/{MODEL}", "✗", "–"):
        assert words in text
    assert "variants tried" in text
    assert f"run {board[3].pk}: ≠ other dataset: main;" in text
    assert printed("leaderboard", "--to=2020-01-01") == "No backtest like that.\n"


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("--sort=size", "Known: model"),
        ("--gate=open", "Known: passed, failed."),
        ("--limit=501", "500"),
        ("--from=2026-13-01", "2017-06-30"),
        ("--pack=swingsigm", "Did you mean 'swingsigma'?"),
        ("--model=nope/x", "unknown model"),
        ("--dataset=nope", "unknown dataset"),
        ("--cursor=zzz", "cursor"),
    ],
)
def test_a_wrong_option_of_the_board_is_bad_input(board, option, said) -> None:
    error, document = refused("leaderboard", option)
    assert error.returncode == 2
    assert said in str(error)
    name = option.partition("=")[0]
    assert str(error).startswith(f"{name}: ")
    assert [one["pointer"] for one in document["errors"]] == [name]


def test_a_comparison_is_that_of_the_api(board, api, tmp_path, settings) -> None:
    settings.SIGMA_HOME = tmp_path
    ids = [str(run.pk) for run in board]
    found = json.loads(printed("compare", *ids, "--json"))
    assert found == api(f"compare?runs={','.join(ids)}").json()
    assert [str(one["run"]) for one in found["runs"]] == ids
    text = printed("compare", *ids)
    for words in ("Sharpe", "1.50", "rank IC", f"run {ids[3]}", "other dataset: main"):
        assert words in text
    assert f"What run {ids[1]} says otherwise than run {ids[0]}:" in text
    assert f"! No curve of run {ids[0]}, daily.parquet: it is missing" in text


@pytest.mark.parametrize(
    ("ids", "said"),
    [
        (("7",), "Give 2 to 4 different runs"),
        (("7", "x"), "given by their numbers"),
        (("70001", "70002"), "unknown backtest '70001'"),
    ],
)
def test_what_can_not_be_compared_is_bad_input(ids, said) -> None:
    error, document = refused("compare", *ids)
    assert error.returncode == 2
    assert said in str(error)
    assert document["errors"][0]["pointer"] == "RUN"


@pytest.fixture
def run(home) -> Run:
    make_market(home)
    return done()


def test_a_table_is_exported_to_the_same_bytes(run, api, tmp_path) -> None:
    reason = run.summary["counts"]["refused_by"][0]["reason"]
    for table, *options in (
        ("daily",),
        ("orders",),
        ("refusals", f"--reason={reason}"),
        ("signals", f"--session={run.summary['last_session']}"),
    ):
        query = "".join(f"&{one.removeprefix('--')}" for one in options)
        wanted = api(f"backtests/{run.pk}/{table}?format=csv{query}").content
        assert printed("export_backtest", str(run.pk), table, *options).encode() == (
            wanted
        )
        path = tmp_path / f"{table}.csv"
        to = f"--to={path}"
        said = printed("export_backtest", str(run.pk), table, *options, to)
        assert path.read_bytes() == wanted
        rows = wanted.count(b"\r\n") - 1
        assert said == f"{rows:,} rows of {table} of run {run.pk} in {path}.\n"
    assert sorted(one.name for one in tmp_path.iterdir()) == [
        "daily.csv", "orders.csv", "refusals.csv", "signals.csv",
    ]  # fmt: skip


def test_its_json_is_the_document_of_the_api(run, api) -> None:
    found = json.loads(printed("export_backtest", str(run.pk), "trades", "--json"))
    assert found == api(f"backtests/{run.pk}/trades?limit=500").json()
    assert found["total"] > 0


def test_what_can_not_be_exported_is_said(run, tmp_path) -> None:
    for args, said, status in (
        (("70001", "orders"), "There is no backtest of that number.", 2),
        ((str(run.pk), "order"), "Did you mean 'orders'?", 2),
        ((str(run.pk), "orders", "--session=June"), "2017-06-30", 2),
        ((str(run.pk), "daily", "--reason=blah"), "--reason: rows of daily have no", 2),
        (
            (str(run.pk), "trades", "--reason=blah"),
            "--reason: unknown reason 'blah'",
            2,
        ),
        ((str(run.pk), "fills", "--reason=fill.stops"), "Did you mean 'fill.stop'?", 2),
        ((str(run.pk), "orders", f"--to={tmp_path}/no/x.csv"), "no folder", 2),
        ((str(run.pk), "orders", f"--to={tmp_path}"), "is a folder", 2),
        ((str(run.pk), "orders", "--to=/proc/x.csv"), "--to: /proc/x.csv can't be", 2),
        ((str(run.pk), "orders", f"--to={'x' * 300}"), "File name too long", 2),
    ):
        error, document = refused("export_backtest", *args)
        assert (error.returncode, said in str(error)) == (status, True), error
        assert document["errors"]
    (endings.run_folder(run.pk) / "orders.parquet").unlink()
    error, document = refused("export_backtest", str(run.pk), "orders")
    assert (error.returncode, document["code"]) == (1, "backtest.damaged")
