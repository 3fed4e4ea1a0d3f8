"""The rules on real vendor files: known faults are found, true moves are left alone."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sigma_core.bars.grid import grid
from sigma_core.bars.rows import from_frame
from sigma_core.frames import BARS_COLUMNS, Axis
from sigma_core.quality import Marks
from sigma_core.sessions import exchange
from tests.core import quality_grids
from tests.core.quality_grids import NO_ACTIONS, blocked_from

DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data"
pytestmark = [
    pytest.mark.real_data,
    pytest.mark.skipif(not DATA.is_dir(), reason="no market data beside the project"),
]


def judged(
    bars: pd.DataFrame, actions: pd.DataFrame = NO_ACTIONS, adjustment: str = "raw"
) -> tuple[Axis, Marks]:
    ts = pd.to_datetime(bars["date"]).dt.tz_localize("UTC")
    rows = from_frame(bars.assign(ts=ts)[list(BARS_COLUMNS)], "daily")
    axis, fields, off_session = grid(rows, exchange(), "daily")
    kinds = (actions, adjustment)
    return axis, quality_grids.judged(axis, fields, off_session, *kinds)


@pytest.fixture(scope="module")
def five_years() -> tuple[Axis, Marks]:
    return judged(pd.read_parquet(DATA / "sp500_daily_2013_2018.parquet"))


@pytest.fixture(scope="module")
def unadjusted() -> pd.DataFrame:
    return pd.read_parquet(DATA / "sp500_daily_raw_2015_2017.parquet")


def actions_of_the_file() -> pd.DataFrame:
    recorded = pd.read_csv(
        DATA / "corporate_actions_2015_2017.csv", keep_default_na=False, na_values=[""]
    )
    return recorded.assign(ex_date=pd.to_datetime(recorded["ex_date"]))


def on(day: str, marks: Marks, rule: str, action: str) -> set[str]:
    found = marks.table
    that = (found["rule"] == rule) & (found["action"] == action)
    return set(found.loc[that & (found["ts"] == pd.Timestamp(day, tz="UTC")), "ticker"])


def test_it_finds_the_days_that_hold_other_days_bars(
    five_years: tuple[Axis, Marks],
) -> None:
    _, marks = five_years
    foreign = marks.table.query("rule == 'D9' and action == 'quarantine'")
    worst = foreign.groupby("ts").size().nlargest(4)
    assert {str(day.date()) for day in worst.index} == {
        "2014-07-17",
        "2014-08-01",
        "2014-10-30",
        "2017-08-01",
    }
    assert 1000 < len(foreign) < 1060
    assert "MRO" in on("2017-09-14", marks, "D9", "quarantine")


def test_chance_on_a_narrow_range_is_left_alone(five_years: tuple[Axis, Marks]) -> None:
    _, marks = five_years
    warned = marks.table.query("rule == 'D9' and action == 'warn'")
    assert set(warned["ticker"]) == {"AMD", "NWS"}


def test_it_finds_bars_that_cannot_have_been(five_years: tuple[Axis, Marks]) -> None:
    _, marks = five_years
    assert marks.counts("quarantine")["D2"] == 23
    assert on("2016-05-19", marks, "D2", "quarantine") == {"LNT"}


def test_true_moves_of_more_than_half_are_used(five_years: tuple[Axis, Marks]) -> None:
    axis, marks = five_years
    for ticker, day in (("VRTX", "2013-04-19"), ("AMD", "2016-04-22")):
        row, column = axis.row(ticker), axis.column(np.datetime64(day))
        assert not marks.quarantined[row, column]
        assert not marks.blocked[row].any()
        assert ticker in on(day, marks, "D6", "warn")


def test_changes_of_unit_nobody_recorded_block(five_years: tuple[Axis, Marks]) -> None:
    axis, marks = five_years
    blocked = {
        axis.tickers[row]: str(axis.times[column])
        for row, column in enumerate(blocked_from(marks))
        if column < axis.shape[1]
    }
    assert blocked == {
        "DISCA": "2014-08-07",
        "DISCK": "2014-08-07",
        "EBAY": "2015-07-20",
        "NI": "2015-07-02",
    }


def test_every_split_without_a_record_blocks(unadjusted: pd.DataFrame) -> None:
    recorded = actions_of_the_file()
    splits = recorded[recorded["kind"] == "split"]
    axis, marks = judged(unadjusted)
    starts = blocked_from(marks)
    missed = [
        ticker
        for ticker, day in zip(splits["ticker"], splits["ex_date"], strict=True)
        if starts[axis.row(ticker)] != axis.column(np.datetime64(day))
    ]
    assert missed == []


def test_recorded_actions_leave_only_what_has_no_record(
    unadjusted: pd.DataFrame,
) -> None:
    recorded = actions_of_the_file()
    axis, marks = judged(unadjusted, recorded)
    starts = dict(zip(axis.tickers, blocked_from(marks), strict=True))
    blocked = {t: axis.times[at] for t, at in starts.items() if at < axis.shape[1]}
    assert list(blocked) == ["CF", "EVHC", "UA"]
    assert blocked["CF"] == np.datetime64(date(2015, 6, 18))


def test_another_instruments_bars_are_taken_out(
    five_years: tuple[Axis, Marks], unadjusted: pd.DataFrame
) -> None:
    """Bars under a ticker that neither neighbour knows; no news does that."""
    spikes = five_years[1].table.query("rule == 'D7' and action == 'quarantine'")
    days = spikes["ts"].dt.strftime("%Y-%m-%d")
    assert set(zip(spikes["ticker"], days, strict=True)) == {
        ("O", "2013-12-20"),
        ("TIF", "2013-12-18"),
    }
    _, marks = judged(unadjusted)
    visits = marks.table.query("rule == 'D7' and action == 'quarantine'")
    assert visits["ticker"].value_counts().to_dict() == {"NEE": 155, "MS": 2, "VNO": 1}


def test_news_that_was_denied_the_next_day_is_kept(
    five_years: tuple[Axis, Marks],
) -> None:
    axis, marks = five_years
    for ticker, day in (("BF.B", "2017-05-22"), ("ZTS", "2015-06-25")):
        assert ticker in on(day, marks, "D7", "warn")
        column = axis.column(np.datetime64(day))
        assert not marks.quarantined[axis.row(ticker), column]


def test_the_crash_of_an_hour_is_kept(five_years: tuple[Axis, Marks]) -> None:
    """24 August 2015: lows 20 % below the open, closes back up."""
    axis, marks = five_years
    assert not marks.quarantined[:, axis.column(np.datetime64("2015-08-24"))].any()


def test_the_hardest_true_falls_of_a_day_are_left_alone(
    five_years: tuple[Axis, Marks],
) -> None:
    """CHK 3.06 → 2.04 with a low of 1.50, WMB 17.12 → 11.16: rumours, then denials."""
    axis, marks = five_years
    column = axis.column(np.datetime64("2016-02-08"))
    for ticker in ("CHK", "WMB"):
        row = axis.row(ticker)
        assert not marks.quarantined[row, column]
        assert not marks.blocked[row].any()
        for rule in ("D6", "D7"):
            assert ticker not in on("2016-02-08", marks, rule, "warn")


def test_bars_that_were_filled_in_are_named(unadjusted: pd.DataFrame) -> None:
    _, marks = judged(unadjusted)
    assert set(marks.table.query("rule == 'D8'")["ticker"]) == {
        *("GGP", "HCN", "REGN", "SBAC", "SNI", "VRTX"),
    }


def test_five_minute_bars_are_judged_by_their_sessions() -> None:
    bars = pd.read_parquet(DATA / "bars_5m_2025_2026.parquet")
    ts = bars["ts"].dt.tz_localize("America/New_York").dt.tz_convert("UTC")
    rows = from_frame(bars.assign(ts=ts)[list(BARS_COLUMNS)], "5m")
    axis, fields, off_session = grid(rows, exchange(), "5m")
    marks = quality_grids.judged(axis, fields, off_session)
    counts = marks.table.groupby(["rule", "action"]).size().to_dict()
    assert counts[("D4", "quarantine")] == 7978
    assert set(counts) == {("D4", "quarantine"), ("D12", "warn")}
    assert not marks.quarantined.any()
    sessions = marks.table.query("rule == 'D12'")["ts"].dt.strftime("%Y-%m-%d")
    # half days are complete; the last days came from another feed and were cut off
    assert {"2026-03-10", "2026-03-11", "2026-03-12"} <= set(sessions)
    assert not {"2025-07-03", "2025-11-28", "2025-12-24"} & set(sessions)


def test_a_clean_source_is_left_alone() -> None:
    bars = pd.read_csv(DATA / "megacap6_daily_2013_2023.csv", keep_default_na=False)
    assert judged(bars)[1].table.empty


def test_what_is_taken_out_differs_from_a_second_source(
    five_years: tuple[Axis, Marks], unadjusted: pd.DataFrame
) -> None:
    """The D9 bars that the unadjusted source covers have another close there."""
    _, marks = five_years
    foreign = marks.table.query("rule == 'D9' and action == 'quarantine'")
    bars = pd.read_parquet(DATA / "sp500_daily_2013_2018.parquet")
    both = bars.merge(unadjusted, on=["ticker", "date"], suffixes=("", "_other"))
    both["ratio"] = both["close"] / both["close_other"]
    usual = both.groupby("ticker")["ratio"].transform(
        lambda ratio: ratio.rolling(21, center=True, min_periods=5).median()
    )
    both["off"] = (both["ratio"] / usual - 1).abs()
    keys = foreign["ticker"] + foreign["ts"].dt.strftime("%Y-%m-%d")
    named = both["ticker"] + both["date"].dt.strftime("%Y-%m-%d")
    covered = both[named.isin(keys)]
    assert len(covered) == 4
    assert (covered["off"] > 0.001).all()
