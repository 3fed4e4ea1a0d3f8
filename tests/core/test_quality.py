"""What the quality rules promise beyond their worked examples."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from sigma_core.frames import FIELDS, Axis
from sigma_core.quality import MARK_COLUMNS, check_file
from sigma_core.quality.said import said
from tests.core.quality_grids import (
    action_of,
    axis_of,
    blocked_from,
    grid_of,
    judged,
    marks_of,
)


def bar(close: float, volume: float = 1000.0, spread: float = 1.0) -> dict[str, float]:
    return {
        "open": close,
        "high": close + spread,
        "low": close - spread,
        "close": close,
        "volume": volume,
    }


def walk(days: int, start: float = 100.0) -> list[dict[str, float]]:
    """Bars no two of which are alike, with small moves."""
    return [bar(start + day % 7 + day / 64) for day in range(days)]


def test_it_says_nothing_of_clean_bars() -> None:
    marks = marks_of({"AAA": walk(100), "BBB": walk(80, 50.0)})
    assert marks.table.empty
    assert tuple(marks.table.columns) == MARK_COLUMNS
    assert not marks.quarantined.any()
    assert not marks.blocked.any()


def test_it_changes_no_argument() -> None:
    axis, fields = grid_of({"AAA": [*walk(30), bar(500.0), *walk(10)]})
    before = {name: values.copy() for name, values in fields.items()}
    for values in fields.values():
        values.flags.writeable = False
    judged(axis, fields)
    for name in FIELDS:
        np.testing.assert_array_equal(fields[name], before[name])


def test_it_takes_an_axis_without_bars_or_tickers() -> None:
    for axis in (Axis((), axis_of(5).times), Axis(("AAA",), axis_of(5).times[:0])):
        fields = {name: np.full(axis.shape, np.nan) for name in FIELDS}
        marks = judged(axis, fields)
        assert marks.table.empty
        assert marks.blocked.shape == axis.shape


def test_a_ticker_says_nothing_of_its_neighbours() -> None:
    axis, fields = grid_of({"AAA": walk(30), "BBB": [bar(9.0, spread=0.5)] * 30})
    alone = judged(
        Axis(("BBB",), axis.times), {n: values[1:] for n, values in fields.items()}
    )
    both = judged(axis, fields).table
    pd.testing.assert_frame_equal(
        alone.table, both[both["ticker"] == "BBB"].reset_index(drop=True)
    )


def test_a_split_is_suspected_at_once_and_known_five_bars_later() -> None:
    halved = [*walk(30), *(bar(50.0 + day / 8, 2000.0) for day in range(5))]
    axis, fields = grid_of({"AAA": [*halved, bar(50.7, 2000.0)]})
    for columns, known, told in ((31, 30, "will tell."), (36, 35, "a split?")):
        early = {name: values[:, :columns] for name, values in fields.items()}
        marks = judged(axis.until(columns), early)
        (block,) = marks.table.itertuples()
        assert (block.action, blocked_from(marks)) == ("block", [30])
        assert block.ts == pd.Timestamp(axis.times[30], tz="UTC")
        assert block.known == pd.Timestamp(axis.times[known], tz="UTC")
        assert block.message.endswith(told)


def test_a_spike_is_taken_out_and_the_bar_that_comes_back_is_not() -> None:
    marks = marks_of({"AAA": [*walk(30), bar(1000.0), *walk(10, 101.3)]})
    assert np.flatnonzero(marks.quarantined[0]).tolist() == [30]
    assert len(marks.table) == 1


def test_a_new_level_is_not_taken_out_for_ever() -> None:
    marks = marks_of({"AAA": [*walk(30), *walk(30, 3000.0)]})
    assert np.flatnonzero(marks.quarantined[0]).tolist() == [30]


def test_a_spike_back_from_a_bad_bar_is_no_split() -> None:
    third = bar(34.0, 10.0)
    marks = marks_of({"AAA": [*walk(30), third, *walk(10, 101.3)]})
    # a third for a bar: out on that day, and free when the level is back
    assert np.flatnonzero(marks.blocked[0]).tolist() == [30]
    assert marks.table[["rule", "action"]].to_numpy().tolist() == [["D7", "quarantine"]]


def test_a_split_recorded_for_a_closed_day_counts_on_the_next_session() -> None:
    halved = [*walk(31), *(bar(50.0 + day / 8, 2000.0) for day in range(8))]
    monday = np.datetime64("2020-02-17")  # a holiday; the 32nd session is Tuesday
    assert axis_of(32).times[31] == monday + 1
    assert marks_of({"AAA": halved}, action_of(monday, "split", 2)).table.empty


def test_an_action_of_another_ticker_explains_nothing() -> None:
    halved = [*walk(30), *(bar(50.0 + day / 8, 2000.0) for day in range(8))]
    day = axis_of(31).times[30]
    actions = action_of(day, "split", 2, ticker="BBB")
    assert blocked_from(marks_of({"AAA": halved}, actions)) == [30]


def test_an_acknowledged_gap_blocks_no_more() -> None:
    held = [day if day % 5 else None for day in walk_numbers(60)]
    bars = [None if day is None else bar(100.0 + day / 8) for day in held]
    axis = axis_of(60)
    (blocked,) = blocked_from(marks_of({"AAA": bars}))
    assert blocked < 60
    actions = action_of(axis.times[blocked], "acknowledged")
    assert not marks_of({"AAA": bars}, actions).blocked.any()


def walk_numbers(days: int) -> list[int]:
    return list(range(1, days + 1))


def test_a_foreign_bar_is_known_when_its_day_comes() -> None:
    bars = walk(40)
    bars[10] = dict(bars[33])
    axis, fields = grid_of({"AAA": bars})
    marks = judged(axis, fields)
    assert np.flatnonzero(marks.quarantined[0]).tolist() == [10]
    assert marks.table["known"].tolist() == [pd.Timestamp(axis.times[33], tz="UTC")]
    early = {name: values[:, :33] for name, values in fields.items()}
    assert not judged(axis.until(33), early).quarantined.any()


def test_problems_name_ticker_day_and_what_to_do() -> None:
    marks = marks_of({"AAA": [*walk(3), bar(100.0) | {"high": 1.0}]})
    (problem,) = marks.problems()
    assert problem.code == "quality.D2"
    assert problem.where == "AAA 2020-01-07"
    assert problem.hint


def test_a_file_is_judged_the_same_in_any_order() -> None:
    table = pd.DataFrame(
        [
            {"ticker": name, "ts": pd.Timestamp("2024-01-02", tz="UTC") + day} | row
            for name in ("BBB", "AAA")
            for day, row in zip(
                pd.to_timedelta(range(30), unit="D"), walk(30), strict=True
            )
        ]
    )
    table.loc[3, "close"] = np.inf
    one = check_file(table)
    other = check_file(table.sample(frac=1.0, random_state=7))
    pd.testing.assert_frame_equal(one.kept, other.kept)
    assert [each.ticker for each in one.refused] == []


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 0.0, -1.0])
def test_a_refused_ticker_leaves_the_others(bad: float) -> None:
    day = pd.Timestamp("2024-01-02", tz="UTC")
    rows = [
        {"ticker": "AAA", "ts": day} | bar(10.0) | {"low": bad},
        {"ticker": "BBB", "ts": day} | bar(10.0),
    ]
    verdict = check_file(pd.DataFrame(rows))
    assert verdict.kept["ticker"].tolist() == ["BBB"]
    assert [(each.ticker, each.first) for each in verdict.refused] == [("AAA", 0)]


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (-1.18127e7, "−11,812,700"),
        (23.89, "23.89"),
        (699000.5, "699,000.5"),
        (0.0001, "0.0001"),
        (0.0, "0"),
        (1e308, "1e+308"),
        (float("nan"), "missing"),
        (float("-inf"), "−infinite"),
    ],
)
def test_it_writes_numbers_as_people_do(value: float, words: str) -> None:
    assert said(value) == words


def test_what_it_finds_is_said_in_words() -> None:
    torn = bar(100.0) | {"close": float("nan")}
    marks = marks_of({"AAA": [*walk(30), torn, bar(101.0, volume=-1.18127e7)]})
    assert marks.table["message"].tolist() == [
        "open 100, high 101, low 99, close missing can't be one bar.",
        "volume −11,812,700 can't be.",
    ]
