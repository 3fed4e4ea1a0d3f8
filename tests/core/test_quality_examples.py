"""The worked examples of docs/definitions/quality-*.md, row by row."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from sigma_core.bars.grid import grid
from sigma_core.bars.rows import from_frame
from sigma_core.frames import FIELDS
from sigma_core.quality import check_file
from sigma_core.sessions import exchange
from tests.core.quality_grids import (
    NO_ACTIONS,
    action_of,
    axis_of,
    blocked_from,
    grid_of,
    judged,
    marks_of,
    verdicts,
)
from tests.definitions import Example, examples, number


def only(about: str) -> list[Example]:
    return [found for found in examples("quality") if found.args["quality"] == about]


def bar_of(row: dict[str, str]) -> dict[str, float]:
    return {name: number(row[name]) for name in FIELDS}


@pytest.mark.parametrize("example", only("D1"), ids=str)
def test_d1_rows_of_a_file(example: Example) -> None:
    rows = [
        {"ticker": row["ticker"], "ts": pd.Timestamp(row["date"], tz="UTC")}
        | bar_of(row)
        for row in example.rows
    ]
    verdict = check_file(pd.DataFrame(rows))
    wanted = pd.Series([row["verdict"] for row in example.rows])
    assert len(verdict.kept) == (wanted == "kept").sum()
    assert verdict.duplicates == (wanted == "duplicate").sum()
    refused = {row["ticker"] for row in example.rows if row["verdict"] == "refused"}
    assert {each.ticker for each in verdict.refused} == refused


@pytest.mark.parametrize("example", only("D2-share"), ids=str)
def test_d2_share_of_a_file(example: Example) -> None:
    for row in example.rows:
        bars, impossible = int(row["bars"]), int(row["impossible"])
        ts = pd.date_range("2024-01-01", periods=bars, tz="UTC")
        prices = dict(zip(FIELDS, (10, 11, 9, 10, 1), strict=True))
        table = pd.DataFrame({"ticker": "AAA", "ts": ts} | prices).astype(
            dict.fromkeys(FIELDS, float)
        )
        table.loc[: impossible - 1, "high"] = 1.0
        assert bool(check_file(table).refused) == (row["verdict"] == "refused"), row


@pytest.mark.parametrize("example", only("D2") + only("D3"), ids=str)
def test_d2_d3_single_bars(example: Example) -> None:
    for row in example.rows:
        marks = marks_of({"AAA": [bar_of(row)]})
        rule = example.args["quality"]
        found = verdicts(marks, rule).get("AAA", "ok")
        assert found == row["verdict"] or (row["volume"] == "0" and found == "warn")
        assert marks.quarantined[0, 0] == (row["verdict"] == "quarantine")


@pytest.mark.parametrize("example", only("D3-share"), ids=str)
def test_d3_share_without_volume(example: Example) -> None:
    for row in example.rows:
        idle = int(row["zeros"])
        volumes = [100.0] * (int(row["bars"]) - idle) + [0.0] * idle
        bars = [flat(10.0 + n / 7, volume) for n, volume in enumerate(volumes)]
        marks = marks_of({"AAA": bars})
        assert verdicts(marks, "D3").get("AAA", "ok") == row["verdict"], row


@pytest.mark.parametrize("example", only("D4"), ids=str)
def test_d4_hours_of_the_exchange(example: Example) -> None:
    for cadence in ("daily", "5m"):
        rows = [row for row in example.rows if row["cadence"] == cadence]
        ts = pd.to_datetime([row["time"] for row in rows], utc=True)
        prices = dict(zip(FIELDS, (10.0, 11.0, 9.0, 10.0, 1.0), strict=True))
        table = pd.DataFrame({"ticker": "AAA", "ts": ts} | prices)
        stored = from_frame(table, cadence)
        axis, fields, off = grid(stored, exchange(), cadence)
        marks = judged(axis, fields, off)
        closed = set(marks.table.query("rule == 'D4'")["ts"])
        for row, at in zip(rows, ts, strict=True):
            assert (at in closed) == (row["verdict"] == "quarantine"), row


@pytest.mark.parametrize("example", only("D5"), ids=str)
def test_d5_missing_sessions(example: Example) -> None:
    for row in example.rows:
        sessions, bars = int(row["sessions"]), int(row["bars"])
        held = [flat(10.0 + n / 7, 100.0) for n in range(sessions)]
        gone = sessions - bars
        at = int(row["begins"]) if gone else 0
        while gone > 0:
            length = min(gone, int(row["gap"]))
            held[at : at + length] = [None] * length
            gone, at = gone - length, at + length + 1
        found = verdicts(marks_of({"AAA": held}), "D5").get("AAA", "ok")
        assert found == row["verdict"], row


@pytest.mark.parametrize("example", only("D6"), ids=str)
def test_d6_moves(example: Example) -> None:
    for row in example.rows:
        bar = {name: number(row[name]) for name in ("open", "close", "volume")}
        bar |= {"high": max(bar["open"], bar["close"])}
        bar |= {"low": min(bar["open"], bar["close"])}
        before = [flat(number(row["before"]), 1000.0)] * 20
        after = [flat(number(row["after"]), 1000.0)] * 5
        kind, _, factor = row["action"].partition(" ")
        actions = NO_ACTIONS
        if kind != "–":
            day = axis_of(26).times[20]
            actions = action_of(day, kind, float(factor or "nan"))
        bars = {"AAA": [*before, bar, *after]}
        marks = marks_of(bars, actions, adjustment=row["prices"])
        said = " and ".join(sorted(set(marks.table.query("rule == 'D6'")["action"])))
        assert (said or "ok") == row["verdict"], (row, marks.table["message"].tolist())
        assert marks.quarantined.sum() == ("quarantine" in row["verdict"]), row
        assert (blocked_from(marks) == [20]) == ("block" in row["verdict"]), row


@pytest.mark.parametrize("example", only("D5-as-of"), ids=str)
def test_d5_as_of_each_session(example: Example) -> None:
    gone = {int(row["session"]) for row in example.rows if row["bar"] == "no"}
    sessions = range(1, int(example.rows[-1]["session"]) + 1)
    held = [None if n in gone else flat(10.0 + n / 7, 100.0) for n in sessions]
    first = int(example.rows[0]["session"]) - 1
    assert_out_as_of(held, first, [row["out"] for row in example.rows])


@pytest.mark.parametrize("path", ["kept", "back", "news"])
@pytest.mark.parametrize("example", only("D6-as-of"), ids=str)
def test_d6_as_of_each_bar(example: Example, path: str) -> None:
    closes = [number(row[path]) for row in example.rows]
    bars = [flat(100.0, 1000.0)] * 19 + [flat(close, 1000.0) for close in closes]
    volume = 26000.0 if path == "news" else 2100.0
    bars[20] = {**bars[20], "open": 50.4, "low": 50.4, "volume": volume}
    out = "out" if path == "kept" else f"{path} out"
    assert_out_as_of(bars, 19, [row[out] for row in example.rows])


def assert_out_as_of(
    bars: list[dict[str, float] | None], first: int, wanted: list[str]
) -> None:
    """Out as wanted from column `first` on, whatever number of bars is known."""
    axis, fields = grid_of({"AAA": bars})
    out = np.array([word == "yes" for word in wanted])
    for columns in range(first + 1, len(bars) + 1):
        known = {name: values[:, :columns] for name, values in fields.items()}
        marks = judged(axis.until(columns), known)
        found = marks.blocked[0]
        assert not found[:first].any()
        np.testing.assert_array_equal(found[first:], out[: columns - first])


@pytest.mark.parametrize("example", only("D9"), ids=str)
def test_d9_foreign_bars(example: Example) -> None:
    sessions = [int(row["session"]) for row in example.rows]
    width = max(sessions) + 1
    held: dict[str, list[dict[str, float] | None]] = {
        row["ticker"]: [None] * width for row in example.rows
    }
    for row, session in zip(example.rows, sessions, strict=True):
        held[row["ticker"]][session] = bar_of(row)
    marks = marks_of(held)
    found = marks.table.query("rule == 'D9'").set_index(["ticker", "ts"])["action"]
    days = pd.to_datetime(axis_of(width).times, utc=True)
    for row, session in zip(example.rows, sessions, strict=True):
        assert found.get((row["ticker"], days[session]), "ok") == row["verdict"], row
        taken = marks.quarantined[sorted(held).index(row["ticker"]), session]
        assert taken == (row["verdict"] == "quarantine"), row


def flat(price: float, volume: float) -> dict[str, float]:
    return {
        "open": price,
        "high": price,
        "low": price,
        "close": price,
        "volume": volume,
    }


@pytest.mark.parametrize("example", only("D7"), ids=str)
def test_d7_spikes(example: Example) -> None:
    for row in example.rows:
        bars = [flat(100.0 + n % 2, 1000.0) for n in range(20)]
        after = flat(number(row["next close"]), 1000.0)
        after["open"] = number(row["next open"])
        after["high"] = max(after["open"], after["close"])
        after["low"] = min(after["open"], after["close"])
        marks = marks_of({"AAA": [*bars, bar_of(row), after]})
        assert verdicts(marks, "D7").get("AAA", "ok") == row["verdict"], row
        assert marks.quarantined[0, 20] == (row["verdict"] == "quarantine"), row
        known = marks.table.query("rule == 'D7'")["known"].dt.tz_localize(None)
        assert (known == axis_of(22).times[21]).all()


@pytest.mark.parametrize("example", only("D8"), ids=str)
def test_d8_stale_bars(example: Example) -> None:
    held: dict[str, list[dict[str, float]]] = {}
    wanted = set()
    for row in example.rows:
        bars = held.setdefault(row["ticker"], [])
        if row["verdict"] == "warn":
            wanted.add((row["ticker"], len(bars)))
        bars.append(bar_of(row))
    marks = marks_of(held)
    days = pd.to_datetime(axis_of(7).times, utc=True).tolist()
    found = marks.table.query("rule == 'D8'")
    pairs = zip(found["ticker"], found["ts"], strict=True)
    assert {(ticker, days.index(ts)) for ticker, ts in pairs} == wanted
    assert len(found) == len(wanted)
