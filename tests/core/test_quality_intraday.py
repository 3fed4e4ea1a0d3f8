"""The rules on bars finer than a day, on real sessions and half days."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from sigma_core.bars.grid import times_between
from sigma_core.frames import FIELDS, Axis
from sigma_core.quality import Marks
from sigma_core.quality.intraday import daily_bars, mark_against_daily
from sigma_core.quality.marks import Finds
from sigma_core.sessions import exchange
from tests.core import quality_grids
from tests.core.quality_grids import axis_of
from tests.definitions import Example, examples, number

Grid = tuple[Axis, dict[str, np.ndarray]]


def only(about: str) -> list[Example]:
    return [found for found in examples("quality") if found.args["quality"] == about]


def sessions_of(first: str, last: str, tickers: tuple[str, ...] = ("AAA",)) -> Grid:
    """Five-minute bars that go up a cent a bar for 97 bars; no two trade the same."""
    times = times_between(exchange(), "5m", np.datetime64(first), np.datetime64(last))
    axis = Axis(tickers, times)
    close = 50 + np.arange(len(times)) % 97 / 100 + np.zeros(axis.shape)
    fields = dict.fromkeys(("open", "close"), close)
    fields |= {"volume": close * 0 + 5000.0 + np.arange(len(times))}
    fields |= {"high": close + 0.02, "low": close - 0.02}
    return axis, {name: fields[name].copy() for name in FIELDS}


def judged(grid: Grid) -> Marks:
    return quality_grids.judged(*grid)


def day_of(axis: Axis, day: str) -> np.ndarray:
    return np.flatnonzero(axis.times.astype("datetime64[D]") == np.datetime64(day))


def drop(grid: Grid, columns: np.ndarray) -> None:
    for values in grid[1].values():
        values[0, columns] = np.nan


@pytest.mark.parametrize("example", only("D12"), ids=str)
def test_d12_missing_bars(example: Example) -> None:
    for row in example.rows:
        # 2025-07-03 was a half day, 2025-08-01 was not
        day = "2025-07-03" if row["expected"] == "42" else "2025-08-01"
        start = "2025-06-04" if row["expected"] == "42" else "2025-07-03"
        grid = sessions_of(start, day)
        for session in np.unique(grid[0].times.astype("datetime64[D]"))[:-1]:
            drop(grid, day_of(grid[0], session)[5 : 5 + int(row["usual"])])
        here, missing = day_of(grid[0], day), int(row["missing"])
        assert len(here) == int(row["expected"])
        start_at = 0 if row["first"] == "no" else 5
        start_at = len(here) - missing if row["last"] == "no" else start_at
        drop(grid, here[start_at : start_at + missing])
        found = judged(grid).table.query("rule == 'D12'")
        on = found[found["ts"] == pd.Timestamp(grid[0].times[here[0]], tz="UTC")]
        assert ("warn" if len(on) else "ok") == row["verdict"], row


@pytest.mark.parametrize("example", only("D12-feed"), ids=str)
def test_d12_another_feed(example: Example) -> None:
    for row in example.rows:
        tickers = tuple("ABCDE"[: int(row["tickers"])])
        axis, fields = sessions_of("2025-06-02", "2025-06-11", tickers)
        fields["volume"][:] = number(row["usual volume"])
        fields["volume"][:, day_of(axis, "2025-06-11")] = number(row["volume"])
        found = judged((axis, fields)).table.query("rule == 'D12'")
        assert ("warn" if len(found) else "ok") == row["verdict"], row
        assert len(found) in (0, len(tickers))


@pytest.mark.parametrize("example", only("D12-daily"), ids=str)
def test_d12_against_daily_bars(example: Example) -> None:
    for row in example.rows:
        axis = axis_of(1)
        summed = {"volume": [[number(row["sum of volume"])]]}
        summed |= {"close": [[number(row["last close"])]]}
        daily = {"volume": [[number(row["daily volume"])]]}
        daily |= {"close": [[number(row["daily close"])]]}
        finds = Finds(axis)
        mark_against_daily(
            axis,
            {name: np.array(values) for name, values in summed.items()},
            {name: np.array(values) for name, values in daily.items()},
            finds,
        )
        assert ("warn" if len(finds.table()) else "ok") == row["verdict"], row


def test_it_says_nothing_of_clean_sessions() -> None:
    assert judged(sessions_of("2025-11-24", "2025-12-05")).table.empty


def test_sessions_add_up_to_daily_bars() -> None:
    grid = sessions_of("2025-07-02", "2025-07-03")
    drop(grid, np.array([0]))
    axis, daily, held = daily_bars(*grid, ~np.isnan(grid[1]["close"]))
    assert held.all()
    assert axis.times.astype(str).tolist() == ["2025-07-02", "2025-07-03"]
    # bars 1..77 of the first session, 78..119 (to 50.96 and from 50.00 on) of the other
    assert daily["open"][0].tolist() == pytest.approx([50.01, 50.78])
    assert daily["close"][0].tolist() == pytest.approx([50.77, 50.22])
    assert daily["high"][0].tolist() == pytest.approx([50.79, 50.98])
    assert daily["low"][0].tolist() == pytest.approx([49.99, 49.98])
    # 77 · 5000 + (1 + … + 77), 42 · 5000 + (78 + … + 119)
    assert daily["volume"][0].tolist() == [388003.0, 214137.0]


def test_a_split_nobody_recorded_blocks_from_its_sessions_first_bar() -> None:
    axis, fields = sessions_of("2025-05-01", "2025-06-30")
    start = day_of(axis, "2025-06-10")[0]
    for name in ("open", "high", "low", "close"):
        fields[name][:, start:] /= 2
    marks = judged((axis, fields))
    assert quality_grids.blocked_from(marks) == [start]
    (mark,) = marks.table.query("action == 'block'").itertuples()
    assert (mark.rule, mark.ts) == ("D6", pd.Timestamp("2025-06-10 13:30", tz="UTC"))
    assert mark.known == pd.Timestamp("2025-06-17 19:55", tz="UTC")


@pytest.mark.parametrize("back", ["2025-05-20", "2025-05-22", "2025-07-01"])
def test_no_later_bar_changes_a_blocked_cell(back: str) -> None:
    """A halved level that stays, or comes back after one or three sessions."""
    axis, fields = sessions_of("2025-05-01", "2025-06-03")
    drop((axis, fields), day_of(axis, "2025-05-08"))
    drop((axis, fields), day_of(axis, "2025-05-12"))
    start = day_of(axis, "2025-05-19")[0]
    days = axis.times.astype("datetime64[D]")
    stop = int(np.searchsorted(days, np.datetime64(back)))
    for name in ("open", "high", "low", "close"):
        fields[name][:, start:stop] /= 2
    whole = judged((axis, fields)).blocked
    session = slice(start, start + 78)
    assert whole[0, session].all()
    assert not whole[0, :start].any()
    assert whole[0, -1] == (stop == axis.shape[1])
    edges = np.arange(start, start + 6 * 78, 78)
    for columns in sorted({*(edges + 1), *edges, *(edges + 40), axis.shape[1] - 1}):
        known = {name: values[:, :columns] for name, values in fields.items()}
        found = judged((axis.until(columns), known)).blocked
        np.testing.assert_array_equal(found, whole[:, :columns], str(columns))


def test_a_tick_beyond_belief_is_taken_out() -> None:
    axis, fields = sessions_of("2025-06-02", "2025-06-04")
    for name in ("open", "high", "low", "close"):
        fields[name][0, 100] *= 1e6
    marks = judged((axis, fields))
    assert np.flatnonzero(marks.quarantined[0]).tolist() == [100]


def test_missing_sessions_are_judged_by_session() -> None:
    grid = sessions_of("2025-05-01", "2025-06-30")
    for day in ("2025-05-20", "2025-05-28"):
        drop(grid, day_of(grid[0], day))
    found = judged(grid).table
    assert found[["rule", "action"]].to_numpy().tolist() == [["D5", "warn"]]
    assert "2 of 41 sessions" in found["message"].iloc[0]


def test_equal_bars_within_a_day_need_equal_volume() -> None:
    axis, fields = sessions_of("2025-06-02", "2025-06-03")
    for name in FIELDS:
        fields[name][0, 30] = fields[name][0, 60]
    found = judged((axis, fields)).table.query("rule == 'D9'")
    assert found["ts"].tolist() == [pd.Timestamp(axis.times[30], tz="UTC")]
    fields["volume"][0, 30] += 1.0
    assert judged((axis, fields)).table.query("rule == 'D9'").empty
