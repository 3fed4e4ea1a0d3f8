"""Lists of 5-minute bars through all doors: a moment in, the same moment out."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from sigma_core import quality
from sigma_core.bars import demo
from sigma_core.bars.store import Dataset
from signals import words
from signals.forms import ScanForm
from signals.models import Run, Signal, SignalList
from signals.queries import lists

PACK, MODEL = "momentumsigma", "universe_eq_intraday_5m_momentum_scanner"
ADDRESS = f"{PACK}/{MODEL}"
DATASET = "fives"
NOON, LATER = "2023-06-15T16:00:00Z", "2023-06-15T16:05:00Z"

pytestmark = pytest.mark.django_db


@pytest.fixture
def market(home: Path) -> Dataset:
    """80 tickers: days up to June 2023, three sessions of 5-minute bars; made once."""
    dataset = Dataset(home / "datasets", DATASET, derive=quality.derive)
    if not dataset.exists:
        until, now = date(2023, 6, 15), datetime(2023, 6, 16, tzinfo=UTC)
        made = demo.demo_market(seed=7, until=until, tickers=80)
        demo.fill(dataset, made, ingested_at=now)
        since = date(2023, 6, 13)
        bars = demo.demo_minutes(seed=7, since=since, until=until, tickers=80)
        demo.fill_minutes(dataset, bars, ingested_at=now)
        dataset.bars("5m").arrays()
    return dataset


def scan(as_of: str | None) -> dict:
    out = StringIO()
    given = ["--as-of", as_of] if as_of else []
    call_command("scan", ADDRESS, "--dataset", DATASET, "--json", *given, stdout=out)
    return json.loads(out.getvalue())


@pytest.fixture
def two_lists(market: Dataset) -> list[dict]:
    return [scan("2023-06-15T12:00 exchange"), scan(LATER)]


def test_a_moment_is_kept_as_it_was_asked(two_lists) -> None:
    first, second = two_lists
    assert first["run"]["params"]["as_of"] == NOON
    assert {signal["ts"] for signal in first["signals"]} == {NOON}
    assert {signal["session"] for signal in first["signals"]} == {"2023-06-15"}
    assert first["run"]["summary"]["due"]["opens_at"] == "2023-06-15T16:00:00+00:00"
    assert first["run"]["output_sha"] != second["run"]["output_sha"]
    assert [row.ts for row in SignalList.objects.order_by("ts")] == [
        datetime(2023, 6, 15, 16, 0, tzinfo=UTC),
        datetime(2023, 6, 15, 16, 5, tzinfo=UTC),
    ]


def test_each_bar_has_its_own_list_and_a_second_scan_takes_its_place(two_lists) -> None:
    scan(NOON)
    assert SignalList.objects.count() == 2
    current = Signal.objects.current().values_list("ts", "ticker")
    assert len(current) == len(set(current)) > 0


def test_a_session_means_its_last_bar(market) -> None:
    found = scan("2023-06-14")
    assert found["run"]["summary"]["bar"]["closes_at"] == "2023-06-14T20:00:00+00:00"
    assert found["run"]["summary"]["due"]["opens_at"] == "2023-06-15T13:30:00+00:00"


@pytest.mark.parametrize(
    ("as_of", "said"),
    [
        ("2023-06-15T12:02 exchange", "closed at 2023-06-15T12:00-04:00"),
        ("2023-06-15T20:30:00Z", "closed at 2023-06-15T16:00-04:00"),
        ("2023-06-17T16:00:00Z", "closed at 2023-06-16T16:00-04:00"),
        ("2099-06-15T16:00:00Z", "lies in the future"),
        ("2023-06-15T12:00", "no time zone"),
        ("noon", "neither a date nor a moment"),
    ],
)
def test_a_bad_moment_is_refused_with_the_one_before(market, as_of, said) -> None:
    with pytest.raises(CommandError, match=said):
        call_command("scan", ADDRESS, "--dataset", DATASET, "--as-of", as_of)
    assert not Run.objects.exists()


def test_the_api_gives_one_bar_of_a_session(two_lists, viewer, token_client) -> None:
    caller = token_client(viewer)
    of_session = caller.get("/api/signals?session=2023-06-15&limit=500").json()
    of_bar = caller.get(f"/api/signals?ts={NOON}&limit=500").json()
    assert [one["ts"] for one in of_session["lists"]] == [NOON, LATER]
    assert [one["ts"] for one in of_bar["lists"]] == [NOON]
    tickers = [signal["ticker"] for signal in two_lists[0]["signals"]]
    assert [signal["ticker"] for signal in of_bar["results"]] == tickers
    wrong = caller.get("/api/signals?ts=2023-06-15T16:02:00Z")
    assert wrong.status_code == 422
    assert "12:00-04:00" in wrong.json()["errors"][0]["hint"]


def test_the_api_starts_a_scan_as_of_a_moment(market, builder_user, token_client):
    body = {"pack": PACK, "model_id": MODEL, "dataset": DATASET}
    caller, address = token_client(builder_user), reverse("api_scan")
    given = json.dumps(body | {"as_of": "2023-06-15T12:00 exchange"})
    answer = caller.post(address, given, content_type="application/json")
    assert answer.status_code == 202
    assert answer.json()["params"]["as_of"] == NOON
    assert answer.json()["session"] == "2023-06-15"


def test_the_page_shows_one_bar_and_the_way_to_the_others(
    two_lists, viewer, client_of
) -> None:
    page: Client = client_of(viewer)
    newest = page.get(f"/signals/?model={ADDRESS}").content.decode()
    assert "Thu 15 Jun 2023, 12:00–12:05 New York" in newest
    assert "since 12:00" in newest
    assert "ts=2023-06-15T16%3A00%3A00%2B00%3A00" in newest
    older = page.get(
        f"/signals/?model={ADDRESS}",
        {"model": ADDRESS, "session": "2023-06-15", "ts": "2023-06-15T16:00:00+00:00"},
    ).content.decode()
    assert "11:55–12:00 New York" in older


def test_a_moment_of_another_session_shows_the_sessions_last(
    two_lists, viewer, client_of
) -> None:
    """The date was changed in the form; the time of the old day came along."""
    asked = {"model": ADDRESS, "session": "2023-06-15"} | {
        "ts": "2023-06-14T16:00:00+00:00"
    }
    page = client_of(viewer).get("/signals/", asked).content.decode()
    assert "12:00–12:05 New York" in page


def test_the_drawer_draws_5_minute_bars(two_lists, viewer, client_of) -> None:
    row = Signal.objects.order_by("-ts", "rank").first()
    page = client_of(viewer).get(reverse("signal", args=[row.pk])).content.decode()
    assert "5-minute bars to Thu 15 Jun 2023, 12:05" in page


def test_an_export_names_the_bar(two_lists, viewer, client_of) -> None:
    asked = {"model": ADDRESS, "format": "csv"}
    answer = client_of(viewer).get(reverse("signals_export"), asked)
    assert "# as_of: 2023-06-15T16:05:00+00:00" in answer.content.decode()
    assert "2023-06-15_1605Z.csv" in answer.headers["Content-Disposition"]


def test_today_says_which_bar_and_when_it_was_due(two_lists) -> None:
    found = lists.newest(lists.held()[0])
    said = words.first_sentence(found, datetime(2023, 6, 15, 16, 7, tzinfo=UTC))
    assert "Thursday 15 June, 12:00–12:05 New York. " in said
    assert "These were due at the next bar's open, 12:05 New York." in said


def test_the_run_form_asks_for_a_time_only_where_it_means_something() -> None:
    assert "at" in ScanForm(initial={"model_id": MODEL}).fields
    daily = "universe_eq_swing_daily_breakout_scanner"
    assert "at" not in ScanForm(initial={"model_id": daily}).fields
    asked = {"pack": PACK, "model_id": MODEL, "as_of": "2023-06-15", "at": "12:00"}
    form = ScanForm(asked)
    assert form.is_valid(), form.errors
    assert form.params()["as_of"] == "2023-06-15T12:00:00-04:00"
    assert not ScanForm(asked | {"as_of": ""}).is_valid()


def test_the_demo_market_grows_to_the_last_closed_bar(home: Path, settings) -> None:
    from signals.jobs import demo as job

    settings.SIGMA_HOME = home / "growing"
    now = datetime(2023, 3, 1, 15, 2, tzinfo=UTC)
    dataset = job._dataset()
    dataset.mark_synthetic()
    demo.fill(
        dataset,
        demo.demo_market(seed=job.SEED, until=date(2023, 2, 27)),
        ingested_at=now,
    )
    assert job.catch_up(now, "demo", "demo", "5m")
    bars = dataset.bars("5m").arrays()
    assert (
        str(bars.axis.times[bars.spans.stop.max() - 1]) == "2023-03-01T14:55:00.000000"
    )
    assert not job.catch_up(now, "demo", "demo", "5m")


def printed(command: str, *given: str) -> dict:
    out = StringIO()
    call_command(command, ADDRESS, "--dataset", DATASET, "--json", *given, stdout=out)
    return json.loads(out.getvalue())


def test_a_preview_ends_with_a_moment_as_its_scan_does(two_lists) -> None:
    seen = printed("preview", "--end", "2023-06-15T12:00 exchange")
    assert seen["closes_at"] == "2023-06-15T16:00:00+00:00"
    (first, _) = two_lists
    tickers = [one["ticker"] for one in first["signals"]]
    best = [one["ticker"] for one in seen["candidates"]]
    assert best[: len(tickers)] == tickers[: len(best)]
    whole = printed("preview", "--end", "2023-06-15")
    assert whole["bars"] - seen["bars"] == 48  # the four hours to 16:00


def test_a_build_ends_with_a_moment(market) -> None:
    asked = ("--start", "2023-06-14", "--end", "2023-06-15T12:00 exchange")
    run = printed("build_matrix", *asked)["run"]
    assert run["params"]["end"] == NOON
    assert run["session"] == "2023-06-15"
    assert run["summary"]["bars"] == 78 + 30
    again = printed("build_matrix", "--start", "2023-06-14", "--end", NOON)["run"]
    assert again["summary"]["matrix_sha"] == run["summary"]["matrix_sha"]


@pytest.mark.parametrize("command", ["preview", "build_matrix"])
@pytest.mark.parametrize(
    ("end", "said"),
    [
        ("2023-06-15T12:01 exchange", "12:00"),
        ("2023-06-15T12:00", "time zone"),
        ("2030-06-14T12:00 exchange", "lies in the future"),
    ],
)
def test_a_bad_end_is_refused_and_named(market, command, end, said) -> None:
    with pytest.raises(CommandError, match=said) as refused:
        printed(command, "--end", end)
    assert "end" in str(refused.value)


@pytest.mark.parametrize("address", ["preview_matrix", "build_matrix", "diff"])
def test_the_api_points_at_an_end_at_which_no_bar_closes(
    market, builder_user, client_of, address
) -> None:
    body = {"pack": PACK, "model_id": MODEL, "dataset": DATASET}
    body |= {"end": "2023-06-15T12:01 exchange"}
    body |= {"draft": {}} if address == "diff" else {}
    answer = client_of(builder_user).post(
        f"/api/{address}", body, content_type="application/json"
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "as_of.moment")
    assert [one["pointer"] for one in answer.json()["errors"]] == ["/end"]


def test_the_page_asks_when_the_last_bar_closed(
    market, builder_user, client_of
) -> None:
    client, page = client_of(builder_user), f"/models/{ADDRESS}/"
    asked = {"end": "2023-06-15", "at": "12:00", "dataset": DATASET}
    shown = client.post(f"{page}preview/", asked).content.decode()
    assert "12:00" in shown
    client.post(f"{page}build/", asked | {"key": "k"})
    assert Run.objects.get(kind="build_matrix").params["end"] == NOON
    wrong = client.post(f"{page}preview/", {"at": "12:00"}).content.decode()
    assert "Say of which session that bar is." in wrong
    daily = "/models/momentumsigma/universe_eq_swing_daily_year_momentum_scanner/"
    assert 'name="at"' not in client.get(daily).content.decode()
