"""What is wrong with a question about evidence is named, and changes nothing."""

from __future__ import annotations

import base64
import json

import pytest

from signals.models import Run
from tests.signals import backtests, calibrations, training
from tests.signals.evidence import make_backtest
from tests.small_market import make_market

pytestmark = pytest.mark.django_db
JSON = "application/json"
BACKTEST, SWEEP, TRAIN = "backtest", "calibrate_thresholds", "train"
ASKED = {BACKTEST: backtests.ASKED, SWEEP: calibrations.ASKED, TRAIN: training.ASKED}
MILLION = {name: list(range(1000)) for name in ("adx_min", "rsi_min")}
DIGITS = "9" * 400


def body(call: str, **changes: object) -> str:
    return json.dumps(ASKED[call] | changes)


def literal(call: str, name: str, text: str) -> str:
    """A body with a value that `json.dumps` does not write."""
    return body(call, **{name: "@"}).replace('"@"', text)


#: name: (call, body, status, pointer, code)
BODIES = {
    "true for a number": (
        BACKTEST, body(BACKTEST, participation=True),
        400, "/participation", "input.invalid",
    ),
    "a text for a flag": (
        BACKTEST, body(BACKTEST, whole_shares="no"),
        400, "/whole_shares", "input.invalid",
    ),
    "a text for a number": (
        BACKTEST, body(BACKTEST, delisting_return="-0.5"),
        400, "/delisting_return", "input.invalid",
    ),
    "NaN": (
        BACKTEST, literal(BACKTEST, "participation", "NaN"), 400, "", "json.number",
    ),
    "infinite": (
        BACKTEST, literal(BACKTEST, "delisting_return", "-Infinity"),
        400, "", "json.number",
    ),
    "400 digits": (
        BACKTEST, literal(BACKTEST, "participation", DIGITS),
        400, "", "json.number",
    ),
    "more than the whole volume": (
        BACKTEST, body(BACKTEST, participation=1.5),
        422, "/participation", "params.invalid",
    ),
    "a key twice": (
        BACKTEST, body(BACKTEST)[:-1] + ', "pack": "other"}',
        400, "", "json.duplicate_key",
    ),
    "a day before the calendar": (
        BACKTEST, body(BACKTEST, start="0001-01-01"), 422, "/start", "sessions.range",
    ),
    "a day after the data": (
        BACKTEST, body(BACKTEST, end="2031-06-16"), 422, "/end", "bars.no_session",
    ),
    "a million cells": (
        SWEEP, body(SWEEP, grid=MILLION), 422, "/grid", "calibrate.cells",
    ),
    "no grid": (SWEEP, body(SWEEP, grid=[1]), 422, "/grid", "params.invalid"),
    "a parameter twice": (
        SWEEP, body(SWEEP).replace("rsi_min", "adx_min"),
        400, "", "json.duplicate_key",
    ),
    "an infinite value": (
        SWEEP, literal(SWEEP, "grid", '{"adx_min": [1e400]}'), 400, "", "json.number",
    ),
    "true for a value": (
        SWEEP, body(SWEEP, grid={"adx_min": [True]}),
        422, "/grid/adx_min/0", "params.invalid",
    ),
    "50,000 equal values": (
        SWEEP, body(SWEEP, grid={"adx_min": [1] * 50_000}),
        422, "/grid/adx_min", "calibrate.values",
    ),
    "50,000 of true": (
        SWEEP, body(SWEEP, grid={"adx_min": [True] * 50_000}),
        422, "/grid/adx_min/0", "params.invalid",
    ),
    "a name of 100,000 letters": (
        SWEEP, body(SWEEP, grid={"a" * 100_000: [1]}),
        422, f"/grid/{'a' * 140}…", "unknown.parameter",
    ),
    "no value": (
        SWEEP, body(SWEEP, grid={"adx_min": []}),
        422, "/grid/adx_min", "calibrate.values",
    ),
    "no parameter": (SWEEP, body(SWEEP, grid={}), 422, "/grid", "calibrate.cells"),
    "zero and minus zero": (
        SWEEP, body(SWEEP, grid={"adx_min": [0, -0.0]}),
        422, "/grid/adx_min", "calibrate.values",
    ),
    "a name with a slash": (
        SWEEP, body(SWEEP, grid={"a/b~c": [1]}),
        422, "/grid/a~1b~0c", "unknown.parameter",
    ),
    "a value of a name with a slash": (
        SWEEP, body(SWEEP, grid={"a/b~c": [None]}),
        422, "/grid/a~1b~0c/0", "params.invalid",
    ),
    "dates that overlap": (
        SWEEP, body(SWEEP, train_end="2023-08-15"),
        422, "/held_out_start", "calibrate.dates",
    ),
    "training that ends before it starts": (
        SWEEP, body(SWEEP, train_start="2023-07-07"),
        422, "/train_end", "calibrate.dates",
    ),
    "trades as 30.0": (
        SWEEP, body(SWEEP, min_trades=30.0), 400, "/min_trades", "input.invalid",
    ),
    "trades as a text": (
        SWEEP, body(SWEEP, min_trades="30"), 400, "/min_trades", "input.invalid",
    ),
    "more trades than can be": (
        SWEEP, body(SWEEP, min_trades=10**30), 400, "/min_trades", "input.max_value",
    ),
    "promote as 1": (SWEEP, body(SWEEP, promote=1), 400, "/promote", "input.invalid"),
    "a dataset that is a path": (
        TRAIN, body(TRAIN, dataset="../x"), 422, "/dataset", "params.invalid",
    ),
    "a start as a number": (
        TRAIN, body(TRAIN, start=1), 400, "/start", "input.invalid",
    ),
    "a training of a list": (TRAIN, "[]", 400, "", "input.invalid"),
}  # fmt: skip


@pytest.mark.parametrize("name", BODIES)
def test_a_bad_body_starts_nothing(home, builder_client, name):
    make_market(home)
    call, text, status, pointer, code = BODIES[name]
    answer = builder_client.post(f"/api/{call}", text, content_type=JSON)
    fault = answer.json()["errors"][0]
    found = (answer.status_code, fault["pointer"], fault["code"])
    assert found == (status, pointer, code), answer.content
    assert fault["message"]
    assert len(answer.content) < 10_000  # what came is not sent back whole
    assert not Run.objects.exists()


#: name: (sort, cursor as JSON)
CURSORS = {
    "a run that is no whole number": ("", "[true, 0.1, 0.5, 1.5]"),
    "a run that is true": ("", "[true, 0.1, 0.5, true]"),
    "a run beyond all": ("", f"[true, 0.1, 0.5, {10**22}]"),
    "1 for true": ("", "[1, 0.1, 0.5, 1]"),
    "a text for a number": ("", '[true, "0.1", 0.5, 1]'),
    "a number beyond all": ("", f"[true, {DIGITS}, 0.5, 1]"),
    "NaN": ("", "[true, NaN, 0.5, 1]"),
    "nothing": ("", "[null, null, null, null]"),
    "too few": ("-sharpe", "[0.1, 1]"),
    "a day for a moment": ("-made", '["2020-01-01", 1]'),
    "a moment without a zone": ("-made", '["2020-01-01T10:00:00", 1]'),
    "a number for a text": ("model", "[0.1, 1]"),
    "a share of a trade": ("trades", "[0.1, 1]"),
}


@pytest.mark.parametrize("name", CURSORS)
def test_a_cursor_that_no_page_gave_is_refused(viewer_client, name):
    make_backtest()
    sort, text = CURSORS[name]
    cursor = base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")
    query = f"cursor={cursor}" + (f"&sort={sort}" if sort else "")
    answer = viewer_client.get(f"/api/leaderboard?{query}")
    fault = answer.json()["errors"][0]
    found = (answer.status_code, fault["pointer"], fault["code"])
    assert found == (400, "?cursor", "cursor.invalid")


PAGES = (
    "/leaderboard/?page=0",
    "/leaderboard/?page=" + DIGITS,
    "/leaderboard/?sort=--sharpe",
    "/leaderboard/?from=9999-12-31&to=0001-01-01",
    "/leaderboard/?tag=%00",
    "/leaderboard/?colour=red",
    "/compare/?runs=1.5,2",
    "/compare/?runs=1,2,3,4,5,6",
    "/compare/?runs=" + DIGITS + ",1",
    "/compare/?runs=%00,1",
    "/calibrate/swingsigma/universe_eq_swing_daily_breakout_scanner/?run=" + DIGITS,
)


@pytest.mark.parametrize("address", PAGES)
def test_a_page_with_a_bad_query_is_still_a_page(viewer_client, address):
    make_backtest()
    assert viewer_client.get(address).status_code == 200


@pytest.mark.parametrize("value", ["nan", "inf", "1e999", "0x10", "-", DIGITS, "\0"])
def test_a_form_with_no_number_says_so_and_starts_nothing(home, builder_client, value):
    make_market(home)
    form = calibrations.FORM | {"grid_adx_min": value}
    page = builder_client.post(f"{calibrations.PAGE}start/", form)
    assert page.status_code == 200
    words = ("Write numbers between commas", "Null characters are not allowed")
    assert any(said in page.content.decode() for said in words)
    assert not Run.objects.exists()
