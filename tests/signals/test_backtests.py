"""A backtest by command, API and page: one result, kept whole, read by all."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil

import numpy as np
import pandas as pd
import pytest
from django.core.management import CommandError, call_command

from sigma_core.backtests import backtest_model
from signals.management.backtest_text import backtest_text
from signals.models import Backtest, Run, Trial
from signals.queries import backtests as queries
from signals.services import endings, runs
from tests.builders import make_run
from tests.signals.backtests import (
    ASKED,
    DAYS,
    NAME,
    by_command,
    do_newest,
    done,
    ready,
)
from tests.small_market import DATASET, make_market

pytestmark = pytest.mark.django_db
JSON = "application/json"
PAGE = f"/models/{NAME}/"


@pytest.fixture(autouse=True)
def market(home) -> None:
    make_market(home)


def test_every_door_gives_the_same_numbers(builder_user, client_of) -> None:
    client = client_of(builder_user)
    command = by_command()
    answer = client.post("/api/backtest", json.dumps(ASKED), content_type=JSON)
    assert answer.status_code == 202, answer.content
    run = do_newest()
    api = client.get(f"/api/backtests/{run.pk}").json()
    started = client.post(f"{PAGE}backtest/", DAYS)
    page_run = do_newest()
    assert started.headers["Location"] == f"/runs/{page_run.pk}/?then=result"
    page = client.get(f"/api/backtests/{page_run.pk}").json()
    for other in (api, page):
        assert other["report"] == command["report"]
        assert other["output_sha"] == command["output_sha"]
    assert command["report"]["metrics"]["trades"] > 5
    html = client.get(f"/backtests/{page_run.pk}/").content.decode()
    sharpe = f"{command['report']['metrics']['sharpe']:,.2f}".replace("-", "−")
    shown = re.search(r"<dt>Sharpe</dt>\s*<dd>\s*([^<]+?)\s*</dd>", html)
    assert shown is not None
    assert shown[1] == sharpe
    rows = Backtest.objects.values_list("sharpe", "trades", "output_sha").distinct()
    assert len(rows) == 1


def test_what_is_downloaded_is_what_the_engine_made(builder_user, client_of) -> None:
    run, client = done(), client_of(builder_user)
    engine = backtest_model(ready(ASKED["model_id"])).result
    for door in (
        f"/api/backtests/{run.pk}/orders?format=csv",
        f"/backtests/{run.pk}/orders.csv",
    ):
        text = client.get(door).content.decode()
        rows = list(csv.DictReader(io.StringIO(text)))
        assert len(rows) == len(engine.orders) > 10
        for row, order in zip(rows, engine.orders.to_dict("records"), strict=True):
            assert row["session"] == str(order["session"].date())
            told = [row[name] for name in ("ticker", "side", "state", "reason")]
            assert told == [order[n] for n in ("ticker", "side", "state", "reason")]
            assert float(row["shares"]) == order["shares"]
    for name in ("fills", "trades", "refusals", "orders"):
        stored = pd.read_parquet(endings.run_folder(run.pk) / f"{name}.parquet")
        made = in_milliseconds(getattr(engine, name))
        pd.testing.assert_frame_equal(
            stored, made, check_dtype=False, check_categorical=False
        )


def in_milliseconds(table: pd.DataFrame) -> pd.DataFrame:
    """Parquet keeps no coarser unit of time."""
    days = table.select_dtypes("datetime").columns
    return table.astype(dict.fromkeys(days, "datetime64[ms]"))


def every_row(client, run: Run, table: str) -> list[dict]:
    """All rows of a table, page by page."""
    address, found = f"/api/backtests/{run.pk}/{table}?limit=97", []
    while address:
        page = client.get(address).json()
        found += page["results"]
        address = page["next"]
    assert len(found) == page["total"]
    return found


def test_the_downloaded_tables_hold_together(viewer, client_of) -> None:
    run, client = done(), client_of(viewer)
    fills = pd.DataFrame(every_row(client, run, "fills"))
    trades = pd.DataFrame(every_row(client, run, "trades"))
    days = pd.DataFrame(every_row(client, run, "daily"))
    signals = pd.DataFrame(every_row(client, run, "signals"))
    np.testing.assert_allclose(days["cash"] + days["invested"], days["equity"])
    sign = np.where(fills["side"] == "buy", -1.0, 1.0)
    moved = sign * fills["shares"] * fills["price"] - fills["commission"]
    spent = moved.groupby(fills["session"]).sum()
    change = days.set_index("session")["cash"].diff()
    paid = days.set_index("session")["dividends"]
    for session, amount in spent.items():
        wanted = pytest.approx(amount + paid[session], abs=1e-6)
        assert change[session] == wanted
    won = days["equity"].iloc[-1] - days["equity"].iloc[0]
    assert trades["pnl"].sum() == pytest.approx(won, abs=1e-6)
    bought = fills[fills["side"] == "buy"]
    keys = signals.set_index(["session", "ticker"])["rank"]
    for row in bought.to_dict("records"):
        assert keys[row["signal_session"], row["ticker"]] == row["signal_rank"]
        assert trades["row"].iloc[row["trade"]] == row["trade"]


def test_the_run_keeps_all_that_names_it() -> None:
    run = done(participation=0.05)
    row = run.backtest
    names = {one.kind for one in run.inputs.all()}
    assert names == {"indicator_set", "model_config", "policy", "universe"}
    assert run.fingerprint["terms"]["participation"] == 0.05
    assert row.comparable_sha == run.fingerprint["comparable_sha"]
    assert (str(row.first), str(row.last)) == (DAYS["start"], DAYS["end"])
    assert row.marks == run.summary["marks"]
    assert "synthetic" in row.marks
    files = {p.name for p in endings.run_folder(run.pk).iterdir()}
    tables = {f"{name}.parquet" for name in queries.TABLES}
    assert files == tables | {"orders.csv", "report.json"}
    report = json.loads((endings.run_folder(run.pk) / "report.json").read_text())
    assert report == run.summary


def test_files_of_another_database_are_not_those_of_the_run() -> None:
    """One that was put back gives its numbers anew."""
    run = runs.create_run(kind=Run.Kind.BACKTEST, params=ASKED)
    folder = endings.run_folder(run.pk)
    (folder / "models").mkdir(parents=True, exist_ok=True)
    for name in ("card.json", "models/model.txt", "daily.parquet"):
        (folder / name).write_text("of another")
    run = runs.execute_here(run)
    left = {path.name for path in folder.iterdir()}
    assert not left & {"card.json", "models"}
    assert len(pd.read_parquet(folder / "daily.parquet")) == run.summary["sessions"]


def test_the_same_again_is_the_same_and_other_terms_are_not() -> None:
    first, again, other = done(), done(), done(participation=1e-7)
    shas = [run.fingerprint["output_sha"] for run in (first, again, other)]
    assert shas[0] == shas[1] != shas[2]
    same = {run.fingerprint["comparable_sha"] for run in (first, again)}
    assert len(same | {other.fingerprint["comparable_sha"]}) == 2
    refused = other.summary["counts"]["refused_by"]
    assert "policy.participation" in {one["reason"] for one in refused}


def test_minus_zero_is_zero() -> None:
    first, again = done(), by_command("--delisting-return=-0")
    run = Run.objects.get(pk=again["run"])
    assert run.request_sha == first.request_sha
    assert run.backtest.trial_id == first.backtest.trial_id
    assert run.fingerprint == first.fingerprint


def test_fractions_of_shares_are_the_same_at_every_door(
    builder_user, client_of
) -> None:
    client = client_of(builder_user)
    command = by_command("--fractions")
    body = json.dumps(ASKED | {"whole_shares": False})
    assert client.post("/api/backtest", body, content_type=JSON).status_code == 202
    api = do_newest()
    client.post(f"{PAGE}backtest/", DAYS | {"whole_shares": "false"})
    page = do_newest()
    assert api.fingerprint == page.fingerprint == command["fingerprint"]
    assert command["report"]["terms"]["whole_shares"] is False
    assert any("Fractions of shares" in one for one in command["report"]["rules"])
    fills = pd.DataFrame(every_row(client, page, "fills"))
    assert (fills["shares"] % 1 != 0).any()
    standing = done()
    assert standing.params["whole_shares"] is True
    assert standing.fingerprint["comparable_sha"] != command["comparable_sha"]
    assert standing.fingerprint["output_sha"] != command["output_sha"]


def test_an_amount_below_one_share_buys_a_fraction(own_packs) -> None:
    """Of 50 the tenth part is less than any share here."""
    path = own_packs / "swingsigma/policies/topn_equal_v1.yaml"
    path.write_text(
        "name: topn_equal_v1\nversion: 2\npolicy:\n  risk:\n"
        "    capital: 50\n    max_exposure: 50\n"
    )
    assert done().backtest.trades == 0
    assert done(whole_shares=False).backtest.trades > 5


@pytest.mark.parametrize(
    ("limits", "passed"), [("1, 1.0, -99", True), ("9999, 1.0, -99", False)]
)
def test_the_run_gate_is_kept_both_ways(limits, passed, own_packs) -> None:
    trades, depth, sharpe = limits.split(", ")
    path = own_packs / "swingsigma/policies/topn_equal_v1.yaml"
    path.write_text(
        "name: topn_equal_v1\nversion: 2\npolicy:\n  run_gate:\n"
        f"    min_trades: {trades}\n    max_drawdown: {depth}\n"
        f"    min_sharpe: {sharpe}\n"
    )
    row = done().backtest
    assert row.gate_passed is passed
    checks = {check["check"]: check for check in row.gate_checks}
    assert checks["min_trades"]["limit"] == float(trades)
    assert checks["min_trades"]["passed"] is passed
    assert checks["max_drawdown"]["value"] == row.max_drawdown


@pytest.fixture
def own_packs(tmp_path, packs, settings):
    """A copy of the packs that may be changed."""
    shutil.copytree(packs, tmp_path / "packs")
    settings.SIGMA_PACKS = tmp_path / "packs"
    return tmp_path / "packs"


def test_it_is_entered_into_the_ledger_once() -> None:
    """With the returns of the longer one."""
    first, shorter = done(), done(end="2023-08-31")
    trial = Trial.objects.get()
    assert first.backtest.trial == shorter.backtest.trial == trial
    daily = pd.read_parquet(endings.run_folder(first.pk) / "daily.parquet")
    net = np.frombuffer(trial.returns, "<f8")
    excess = np.frombuffer(trial.excess, "<f8")
    np.testing.assert_array_equal(net, daily["return"].to_numpy()[1:])
    held = daily["universe"].pct_change().to_numpy()[1:]
    np.testing.assert_allclose(net - excess, held, atol=1e-12)
    assert (trial.family.dataset, trial.family.horizon) == (DATASET, 0)


def test_a_stopped_backtest_leaves_nothing() -> None:
    run = runs.create_run(kind=Run.Kind.BACKTEST, params=ASKED)

    def stop(label: str, percent: int, words: str) -> None:
        Run.objects.filter(pk=run.pk).update(cancel_requested=True)

    run = runs.execute_here(run, listener=stop)
    assert run.status == Run.Status.CANCELLED
    assert not Backtest.objects.exists()
    assert list(endings.run_folder(run.pk).glob("attempt_*")) == []


@pytest.mark.parametrize(
    ("changes", "pointer", "code"),
    [
        ({"start": "2023-09-15", "end": "2023-05-01"}, "/start", "window.order"),
        ({"start": "2023-05-06"}, "/start", "sessions.closed"),
        ({"start": "2009-05-06"}, "/start", "bars.no_session"),
        ({"end": "2024-05-06"}, "/end", "bars.no_session"),
        ({"start": "2023-09-15"}, "/start", "window.short"),
        ({"model_id": "nothing"}, "/model_id", "unknown.model"),
        ({"pack": "nothing"}, "/pack", "unknown.pack"),
        ({"dataset": "nothing"}, "/dataset", "unknown.dataset"),
        (
            {"model_id": "universe_eq_swing_daily_gbm"},
            "/model_id",
            "model.untrained",
        ),
        ({"participation": 0}, "/participation", "params.invalid"),
        ({"delisting_return": -2.0}, "/delisting_return", "params.invalid"),
    ],
)
def test_what_can_not_be_backtested(
    builder_user, client_of, changes, pointer, code
) -> None:
    body = json.dumps(ASKED | changes)
    answer = client_of(builder_user).post("/api/backtest", body, content_type=JSON)
    (fault,) = answer.json()["errors"]
    found = (answer.status_code, fault["pointer"], fault["code"])
    assert found == (422, pointer, code)
    assert fault["message"]
    assert not Run.objects.exists()


def test_a_closed_day_is_named_with_its_option() -> None:
    with pytest.raises(CommandError) as caught:
        by_command(end="2023-07-04")
    said = "end: XNYS was closed on 2023-07-04. Sessions beside it: 2023-07-03 and"
    assert said in str(caught.value)


def test_an_empty_universe_is_said_at_once(builder_user, client_of, own_packs) -> None:
    path = own_packs / "common/universes/us_liquid.yaml"
    path.write_text("name: us_liquid\nversion: 2\nbase: {list: [NOBODY]}\n")
    body = json.dumps(ASKED)
    answer = client_of(builder_user).post("/api/backtest", body, content_type=JSON)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["code"] == "universe.empty"
    with pytest.raises(CommandError, match="has no ticker") as caught:
        by_command()
    assert caught.value.returncode == 2


def test_the_command_prints_what_people_read() -> None:
    out = io.StringIO()
    options = [f"--{key}={value}" for key, value in DAYS.items()]
    call_command("backtest", NAME, *options, stdout=out, stderr=io.StringIO())
    text = out.getvalue()
    for words in ("Run gate", "Deepest drawdown", "bps a side", "output_sha"):
        assert words in text


def test_what_could_not_be_sold_stands_above_the_figures(viewer, client_of) -> None:
    run = done()
    assert run.summary["notes"] == run.summary["silent"] == []
    page = f"/backtests/{run.pk}/"
    assert "could not be sold" not in client_of(viewer).get(page).content.decode()
    run.summary["notes"] = ["1 position held at the end could not be sold: AAA."]
    run.save()
    html = client_of(viewer).get(page).content.decode()
    said = html.index("1 position held at the end could not be sold: AAA.")
    assert said < html.index('<dl class="metrics">')
    text = backtest_text(run)
    assert text.index("! 1 position held at the end") < text.index("Run gate")


def test_rows_are_filtered_by_reason_and_session(viewer, client_of) -> None:
    run, client = done(), client_of(viewer)
    counts = run.summary["counts"]["refused_by"]
    assert counts
    for one in counts:
        address = f"/api/backtests/{run.pk}/refusals?reason={one['reason']}&limit=1"
        assert client.get(address).json()["total"] == one["count"]
    first = every_row(client, run, "trades")[0]
    day = first["signal_session"]
    page = client.get(f"/api/backtests/{run.pk}/signals?session={day}").json()
    assert {row["session"] for row in page["results"]} == {day}
    assert first["ticker"] in {row["ticker"] for row in page["results"]}


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("orders?cursor=x", 400),
        ("orders?cursor=WyJ4Il0", 400),
        ("orders?colour=red", 400),
        ("daily?reason=policy.cash", 422),
        ("trades?reason=blah", 422),
        ("orders?format=xml", 400),
        ("orders?limit=501", 400),
        ("nothing", 404),
        ("..%2fdaily", 404),
    ],
)
def test_a_wrong_address_is_refused(viewer, client_of, address, status) -> None:
    run = done()
    answer = client_of(viewer).get(f"/api/backtests/{run.pk}/{address}")
    assert answer.status_code == status


def test_a_run_of_another_kind_has_no_report(viewer, client_of) -> None:
    run, client = make_run(), client_of(viewer)
    for address in ("/api/backtests/{}", "/backtests/{}/", "/backtests/{}/curves/"):
        assert client.get(address.format(run.pk)).status_code == 404
