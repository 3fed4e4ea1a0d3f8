"""Appending and reading the bars of one dataset and cadence."""

import subprocess
import sys
from datetime import date

import numpy as np
import pandas as pd
import pytest

from sigma_core.errors import BadInput, DamagedData, UnknownName
from sigma_core.frames import BARS_COLUMNS
from tests.core.bars.conftest import NOW, append, bars

ROWS = [("AAA", "2024-01-02", 10.0), ("AAA", "2024-01-03", 11.0)]


def test_it_gives_back_what_was_stored(store):
    given = bars([("BBB", "2024-01-02", 5.5), *ROWS])
    store.append(given, source="files", adjustment="raw", ingested_at=NOW)
    seen = store.read()

    expected = given.sort_values(["ticker", "ts"], ignore_index=True)
    pd.testing.assert_frame_equal(
        seen[list(BARS_COLUMNS)], expected[list(BARS_COLUMNS)]
    )
    assert set(seen["source"]) == {"files"}
    assert set(seen["adjustment"]) == {"raw"}


def test_tickers_are_text(store):
    names = ["007", "NA", "TRUE", "nan"]
    append(store, [(name, "2024-01-02", 1.0) for name in names])

    assert store.read()["ticker"].tolist() == names
    assert store.arrays().axis.tickers == tuple(names)


def test_an_append_is_one_commit(store):
    assert append(store, ROWS).version == 0
    assert (
        append(store, [("BBB", "2024-01-02", 1.0), ("AAA", "2024-01-03", 9)]).version
        == 1
    )


def test_storing_the_same_again_writes_nothing(store):
    append(store, ROWS)
    again = append(store, ROWS)

    assert (again.rows_new, again.rows_revised, again.rows_same) == (0, 0, 2)
    assert again.version == store.version() == 0


def test_a_missing_field_equals_itself(store):
    rows = [("AAA", "2024-01-02", np.nan)]
    append(store, rows)

    assert append(store, rows).rows_same == 1
    assert store.read()["close"].isna().all()


def test_an_empty_table_changes_nothing(store):
    assert append(store, []).version == -1


def test_it_does_not_change_its_argument(store):
    given = bars(ROWS)
    kept = given.copy(deep=True)
    store.append(given, source="x", adjustment="raw", ingested_at=NOW)

    pd.testing.assert_frame_equal(given, kept)


def test_kinds_of_adjustment_never_mix_in_a_series(store):
    append(store, ROWS, adjustment="raw")
    with pytest.raises(BadInput, match="AAA: its stored prices are 'raw'"):
        append(store, [("BBB", "2024-01-02", 1.0), *ROWS], adjustment="split")

    assert store.adjustments() == {"AAA": "raw"}
    append(store, [("BBB", "2024-01-02", 1.0)], adjustment="split")
    assert store.adjustments() == {"AAA": "raw", "BBB": "split"}


def test_it_refuses_an_unknown_adjustment(store):
    with pytest.raises(UnknownName, match="total"):
        append(store, ROWS, adjustment="totl")


def spoilt(**columns):
    return bars(ROWS).assign(**columns)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (bars(ROWS).drop(columns="low"), "missing: low"),
        (spoilt(ts=pd.to_datetime(["2024-01-02", "2024-01-03"])), "UTC"),
        (spoilt(ts=pd.Timestamp("2024-01-02 10:00", tz="UTC")), "midnight"),
        (spoilt(ts=pd.to_datetime([None, None], utc=True)), "no ts"),
        (spoilt(ticker=""), "empty"),
        (spoilt(ticker=[1, 2]), "not text"),
        (spoilt(close=["1", "2"]), "not numbers: close"),
        (bars([ROWS[0], ROWS[0]]), "AAA 2024-01-02.* twice"),
    ],
)
def test_it_refuses_bars_of_another_shape(store, given, message):
    with pytest.raises(BadInput, match=message):
        store.append(given, source="x", adjustment="raw", ingested_at=NOW)
    assert store.version() == -1


def test_it_ends_a_read_with_the_last_day_asked_for(store):
    append(store, ROWS)
    assert len(store.read(until=date(2024, 1, 2))) == 1


def test_a_damaged_file_is_named_when_arrays_are_built(store):
    append(store, ROWS)
    (name,) = store.table.files()
    path = store.table.root / name
    content = bytearray(path.read_bytes())
    content[100] ^= 4
    path.write_bytes(content)

    with pytest.raises(DamagedData, match=name):
        store.arrays()


def test_compacting_changes_no_answer(store):
    for close in (1.0, 2.0, 3.0):
        append(store, [("AAA", "2024-01-02", close), ("BBB", "2024-01-02", 1.0)])
    before, sha = store.read(), store.arrays().sha
    store.compact()

    assert len(store.table.files()) == 1
    assert store.table.read().num_rows == 4  # revisions stay
    pd.testing.assert_frame_equal(store.read(), before)
    assert store.arrays().sha == sha


def test_it_tells_what_it_holds(store):
    append(store, [*ROWS, ("AAA", "2024-01-06", 12.0)], source="files")

    assert store.info() == {
        "first_session": date(2024, 1, 2),
        "last_session": date(2024, 1, 3),  # the 6th was a Saturday
        "tickers": 1,
        "rows": 3,
        "source": ["files"],
        "adjustment": ["raw"],
    }


def test_bars_within_the_day_are_known_when_they_end(dataset):
    store = dataset.bars("5m")
    append(store, [("AAA", "2024-01-02 14:30", 1.0), ("AAA", "2024-01-02 14:35", 2.0)])

    known = store.read()["known_at"].dt.strftime("%H:%M")
    assert known.tolist() == ["14:35", "14:40"]
    assert store.arrays().axis.shape == (1, 78)


APPENDS = """
import sys
from pathlib import Path
from sigma_core.bars.store import Dataset
from tests.core.bars.conftest import append, no_rules
store = Dataset(Path(sys.argv[1]), "main", derive=no_rules).bars()
for day in ("2024-01-02", "2024-01-03", "2024-01-04", "2024-01-05"):
    append(store, [("ALL", day, 1.0), (sys.argv[2], day, 2.0)])
"""


def test_processes_append_at_the_same_time(dataset, tmp_path):
    command = [sys.executable, "-c", APPENDS, str(tmp_path)]
    running = [subprocess.Popen([*command, name]) for name in ("AAA", "BBB", "CCC")]

    assert [process.wait(60) for process in running] == [0, 0, 0]
    counts = dataset.bars().table.read()["ticker"].value_counts().to_pylist()
    assert {c["values"]: c["counts"] for c in counts} == dict.fromkeys(
        ["ALL", "AAA", "BBB", "CCC"], 4
    )
