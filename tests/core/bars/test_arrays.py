"""Stored bars as the engine reads them."""

import shutil
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from sigma_core import quality
from sigma_core.bars.arrays import KEPT_BUILDS
from sigma_core.bars.grid import find_spans
from sigma_core.bars.store import Dataset
from sigma_core.errors import MissingData
from sigma_core.frames import FIELDS
from tests.core.bars.conftest import NOW, Marks, append, bars, no_rules
from tests.core.quality_grids import blocked_from

NAN = np.nan
# 2024-01-01 and 2024-01-15 were closed.
ROWS = [
    ("AAA", "2024-01-02", 10.0),
    ("AAA", "2024-01-03", 11.0),
    ("AAA", "2024-01-05", 13.0),
    ("BBB", "2024-01-04", 5.0),
]


def builds(store):
    return [
        path for path in (store.dataset / "arrays/daily").iterdir() if path.is_dir()
    ]


def test_bars_stand_on_the_calendar_with_nan_where_there_is_none(store):
    append(store, ROWS)
    arrays = store.arrays()

    assert arrays.axis.tickers == ("AAA", "BBB")
    assert arrays.axis.times.astype(str).tolist() == [
        "2024-01-02",
        "2024-01-03",
        "2024-01-04",
        "2024-01-05",
    ]
    np.testing.assert_array_equal(arrays.close, [[10, 11, NAN, 13], [NAN, NAN, 5, NAN]])


def test_a_bar_with_a_missing_field_is_no_bar(store):
    given = bars(ROWS)
    given.loc[1, "low"] = NAN
    store.append(given, source="x", adjustment="raw", ingested_at=NOW)

    assert all(np.isnan(store.arrays().field(name)[0, 1]) for name in FIELDS)


def test_a_bar_of_a_closed_day_is_handed_to_the_rules_and_not_used(tmp_path):
    seen = []

    def watching(axis, fields, off_session, action_dates, *, adjustments):
        seen.append(off_session)
        return no_rules(
            axis, fields, off_session, action_dates, adjustments=adjustments
        )

    store = Dataset(tmp_path, "main", derive=watching).bars()
    append(store, [*ROWS, ("AAA", "2024-01-06", 14.0)])

    assert "2024-01-06" not in store.arrays().axis.times.astype(str)
    assert seen[0]["ts"].tolist() == [pd.Timestamp("2024-01-06", tz="UTC")]
    assert len(store.read()) == 5


def marking(cells=(), blocked=()):
    """Rules that quarantine and block the given cells."""

    def derive(axis, fields, off_session, action_dates, *, adjustments):
        quarantined, out = np.zeros((2, *axis.shape), np.bool_)
        for cell in cells:
            quarantined[cell] = True
        for cell in blocked:
            out[cell] = True
        ts = pd.DatetimeIndex(axis.times[:1].astype("datetime64[us]"), tz="UTC")
        found = {"rule": ["D2"], "action": ["quarantine"]}
        table = pd.DataFrame({"ticker": ["AAA"], "ts": ts, **found})
        return Marks(quarantined, out, table)

    return derive


def test_what_the_rules_mark_is_not_in_the_arrays_and_not_kept(tmp_path):
    store = Dataset(
        tmp_path, "main", derive=marking(cells=[(0, 1)], blocked=[(0, 3)])
    ).bars()
    append(store, ROWS)

    np.testing.assert_array_equal(
        store.arrays().close, [[10, NAN, NAN, NAN], [NAN, NAN, 5, NAN]]
    )
    assert blocked_from(store.arrays()) == [3, 4]
    assert store.kept()[["ticker", "close"]].to_numpy().tolist() == [
        ["AAA", 10.0],
        ["BBB", 5.0],
    ]
    assert store.problems()["rule"].tolist() == ["D2"]


def test_bars_of_a_block_that_has_ended_are_in_the_arrays(tmp_path):
    open_and_ended = [(0, 0), (0, 1), (0, 3)]
    store = Dataset(tmp_path, "main", derive=marking(blocked=open_and_ended)).bars()
    append(store, ROWS)
    assert store.kept()["close"].tolist() == [10.0, 11.0, 5.0]
    np.testing.assert_array_equal(
        store.arrays().blocked, [[True, True, False, True], [False] * 4]
    )


def test_arrays_are_read_only_and_mapped(store):
    append(store, ROWS)
    with pytest.raises(ValueError, match="read-only"):
        store.arrays().close[0, 0] = 1.0


def test_equal_bars_have_equal_shas(store, tmp_path):
    append(store, ROWS)
    other = Dataset(tmp_path, "other", derive=no_rules).bars()
    for row in reversed(ROWS):
        append(other, [row])

    assert store.arrays().sha == other.arrays().sha
    append(other, [("BBB", "2024-01-05", 5.0)])
    assert store.arrays().sha != other.arrays().sha


def test_they_are_built_once(store):
    append(store, ROWS)
    store.arrays()
    (built,) = builds(store)
    stamp = built.stat().st_mtime_ns
    store.arrays(known_by=NOW)

    assert [path.stat().st_mtime_ns for path in builds(store)] == [stamp]


def test_a_new_bar_or_action_makes_them_new(dataset):
    store = dataset.bars()
    append(store, ROWS)
    first = store.arrays()
    append(store, [("BBB", "2024-01-05", 6.0)])
    second = store.arrays()
    day = pd.Timestamp("2024-01-05")
    dataset.add_actions(
        pd.DataFrame(
            [["BBB", day, "split", 2.0]],
            columns=["ticker", "ex_date", "kind", "split_factor"],
        )
    )
    third = store.arrays()

    assert np.isnan(first.close[1, 3])
    assert second.close[1, 3] == 6.0
    assert third.close[1, 3] == 12.0
    assert third.raw("close")[1, 3] == 6.0


def test_other_rules_make_them_new(dataset, tmp_path):
    append(dataset.bars(), ROWS)
    dataset.bars().arrays()
    Dataset(tmp_path, "main", derive=quality.derive).bars().arrays()
    assert len(builds(dataset.bars())) == 2


@pytest.mark.parametrize("damage", ["cut", "gone", "touched"])
def test_a_build_that_is_not_whole_is_built_again(store, damage):
    append(store, ROWS)
    sha = store.arrays().sha
    path = builds(store)[0] / "close.npy"
    if damage == "cut":
        path.write_bytes(path.read_bytes()[:-8])
    elif damage == "gone":
        path.unlink()
    else:
        path.write_bytes(bytes(path.stat().st_size))

    arrays = store.arrays()
    assert arrays.close[0, 0] == 10.0
    assert arrays.sha == sha


def test_a_reader_keeps_its_arrays_when_the_build_is_removed(store):
    append(store, [("AAA", day, 10.0) for day in store.sessions.days[13000:14000]])
    arrays = store.arrays()
    shutil.rmtree(builds(store)[0])

    assert np.nansum(arrays.close) == 10_000.0


def test_old_builds_are_removed(store):
    for day in range(2 * KEPT_BUILDS):
        at = NOW + timedelta(days=day)
        append(store, [("AAA", "2024-01-02", float(day))], at=at)
        store.arrays()

    assert len(builds(store)) == KEPT_BUILDS + 1


def test_the_build_of_all_that_is_known_stays(store):
    days = store.sessions.between(date(2024, 1, 2), date(2024, 1, 31))
    append(store, [("AAA", day, 10.0) for day in days])
    store.arrays()
    (everything,) = builds(store)
    for day in days[:-1].tolist():
        store.arrays(known_by=store.sessions.close(day))

    assert everything in builds(store)
    assert len(builds(store)) == KEPT_BUILDS + 2


def test_asking_again_later_finds_the_same_build(store):
    append(store, ROWS)
    append(store, [("AAA", "2024-01-08", 1.0)], at=NOW)
    for minutes in range(3):
        store.arrays(known_by=NOW - timedelta(minutes=minutes + 1))

    assert len(builds(store)) == 2


def test_no_bars_are_missing_data_and_nothing_is_made(store, tmp_path):
    with pytest.raises(MissingData, match="Ingest bars first"):
        store.arrays()
    assert list(tmp_path.iterdir()) == []


def test_bars_of_closed_days_alone_make_empty_arrays(store):
    append(store, [("AAA", "2024-01-06", 1.0)])
    assert store.arrays().axis.shape == (1, 0)


def test_the_rules_find_bars_of_closed_days_alone(tmp_path):
    store = Dataset(tmp_path, "main", derive=quality.derive).bars("daily")
    append(store, [("AAA", "2024-01-06", 1.0)])
    (find,) = store.problems().itertuples()
    assert (find.rule, find.ticker, find.close) == ("D4", "AAA", 1.0)


def test_spans_end_where_more_than_five_sessions_are_missing():
    held = np.array(
        [
            [1, 1, 0, 0, 0, 0, 0, 1, 1, 0],
            [0, 1, 0, 0, 0, 0, 0, 0, 1, 1],
            [0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
            [1, 1, 1, 1, 1, 1, 1, 1, 1, 1],
        ],
        np.bool_,
    )
    spans = find_spans(held)

    assert spans.row.tolist() == [0, 1, 1, 3]
    assert spans.start.tolist() == [0, 1, 8, 0]
    assert spans.stop.tolist() == [9, 2, 10, 10]
    assert spans.gaps.tolist() == [True, False, False, False]


def test_coverage_counts_bars_against_sessions(store):
    append(store, [*ROWS, ("BBB", "2024-02-01", 5.0), ("BBB", "2024-02-02", 5.0)])
    found = store.coverage()

    assert found.assign(
        month=found["month"].dt.strftime("%Y-%m")
    ).to_numpy().tolist() == [
        ["AAA", "2024-01", 3, 4],
        ["BBB", "2024-01", 1, 19],  # from the 4th on
        ["BBB", "2024-02", 2, 2],
    ]


def test_the_bars_around_a_find_that_blocks_are_kept_as_evidence(tmp_path):
    """Around the find, not where the block begins."""

    def derive(axis, fields, off_session, action_dates, *, adjustments):
        marks = marking(blocked=[(0, at) for at in range(4)])(
            axis, fields, off_session, action_dates, adjustments=adjustments
        )
        ts = pd.DatetimeIndex(axis.times[3:4].astype("datetime64[us]"), tz="UTC")
        block = {"ticker": ["AAA"], "ts": ts, "rule": ["D6"], "action": ["block"]}
        return Marks(marks.quarantined, marks.blocked, pd.DataFrame(block))

    days = pd.bdate_range("2024-01-16", periods=40)  # 2024-02-19 was closed
    rows = [("AAA", f"{day:%Y-%m-%d}", 1.0) for day in days if f"{day:%m%d}" != "0219"]
    store = Dataset(tmp_path, "main", derive=derive).bars()
    append(store, rows)
    store.arrays()
    (build,) = builds(store)
    evidence = pd.read_parquet(build / "evidence.parquet")
    found = evidence["ts"].dt.strftime("%m-%d").tolist()
    assert (found[0], found[-1], len(found)) == ("01-16", "02-06", 16)
