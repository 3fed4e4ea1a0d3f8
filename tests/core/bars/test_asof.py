"""What was known, and when: the examples of docs/definitions/as-of.md, and a model."""

from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sigma_core.bars.store import Dataset
from sigma_core.errors import BadInput, MissingData
from sigma_core.sessions import exchange
from tests.core.bars.conftest import append, no_rules
from tests.definitions import examples, number


def example(words):
    (found,) = [e for e in examples("as-of") if e.args["as-of"] == words]
    return found


def moment(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


INGESTS = [
    (moment(at), list(rows))
    for at, rows in groupby(example("ingests").rows, lambda row: row["ingested_at"])
]


@pytest.fixture
def four_ingests(store):
    """The store after the page's ingests, and what each of them said."""
    commits = [
        append(
            store,
            [(r["ticker"], r["session"], number(r["close"])) for r in rows],
            at=at,
        )
        for at, rows in INGESTS
    ]
    return store, commits


def test_it_counts_new_revised_and_same_rows(four_ingests):
    _, commits = four_ingests
    for commit, (_, rows) in zip(commits, INGESTS, strict=True):
        said = [row["counted"] for row in rows]
        assert commit.rows_new == said.count("new")
        assert commit.rows_revised == said.count("revised")
        assert commit.rows_same == said.count("same")


def test_it_dates_each_row_by_what_was_stored_before(four_ingests):
    store, _ = four_ingests
    for at, rows in INGESTS:
        for row in rows:
            if row["known_at"] == "–":
                continue
            known = moment(row["known_at"])
            seen = store.read(known_by=known).set_index(["ticker", "ts"])
            key = (row["ticker"], pd.Timestamp(row["session"], tz="UTC"))
            assert seen.loc[key, "known_at"] == known, (at, row)
            assert seen.loc[key, "close"] == number(row["close"])


@pytest.mark.parametrize(
    "row", example("reads").rows, ids=lambda r: f"{r['ticker']} {r['known by']}"
)
def test_it_reads_what_was_known_then(four_ingests, row):
    store, _ = four_ingests
    until = date.fromisoformat(row["until"])
    seen = store.read(until=until, known_by=moment(row["known by"]))
    closes = seen[seen["ticker"] == row["ticker"]].set_index("ts")["close"]

    expected = {day: number(cell) for day, cell in row.items() if day.startswith("20")}
    wanted = {d: c for d, c in expected.items() if not np.isnan(c)}
    assert {f"{ts:%Y-%m-%d}": close for ts, close in closes.items()} == wanted


def test_arrays_hold_what_a_read_gives(four_ingests):
    store, _ = four_ingests
    for row in example("reads").rows:
        arrays = store.arrays(known_by=moment(row["known by"]))
        if row["ticker"] not in arrays.axis:
            continue
        closes = arrays.close[arrays.axis.row(row["ticker"])]
        held = dict(zip(arrays.axis.times.astype(str), closes, strict=True))
        for day, cell in row.items():
            if day.startswith("20") and day <= row["until"]:
                assert held.get(day, np.nan) == pytest.approx(number(cell), nan_ok=True)


def test_arrays_of_before_the_first_bar_are_missing(four_ingests):
    store, _ = four_ingests
    with pytest.raises(MissingData, match="was known by"):
        store.arrays(known_by=moment("2024-11-22 20:59"))


def test_a_clock_that_went_back_hides_no_revision(store):
    append(store, [("AAA", "2024-01-02", 10.0)], at=moment("2024-01-05 12:00"))
    append(store, [("AAA", "2024-01-03", 11.0)], at=moment("2024-01-05 12:00"))
    append(store, [("AAA", "2024-01-03", 12.0)], at=moment("2024-01-04 12:00"))

    assert store.read()["close"].tolist() == [10.0, 12.0]
    assert store.read()["known_at"].iloc[1] == moment("2024-01-05 12:00")


def test_a_bar_is_not_known_before_its_own_close(store):
    append(store, [("AAA", "2024-01-02", 10.0)], at=moment("2024-01-02 22:00"))
    append(store, [("AAA", "2024-01-03", 11.0)], at=moment("2024-01-03 15:00"))

    assert store.read()["known_at"].iloc[1] == moment("2024-01-03 21:00")


def test_it_refuses_a_moment_without_a_time_zone(store):
    append(store, [("AAA", "2024-01-02", 10.0)])
    with pytest.raises(BadInput, match="time zone"):
        store.read(known_by=datetime(2024, 1, 1))  # noqa: DTZ001  # that is the point


# ── against a model that keeps every statement ever made ─────────────────────────

SESSIONS = exchange().between(date(2024, 1, 2), date(2024, 1, 12)).tolist()
BATCH = st.dictionaries(
    st.tuples(st.sampled_from(["AAA", "BBB"]), st.sampled_from(SESSIONS)),
    st.sampled_from([1.0, 2.0]),
    min_size=1,
    max_size=6,
)


class Model:
    """All statements (key, close, known_at) in order; the last known one counts."""

    def __init__(self):
        self.said = []

    def add(self, batch, at):
        last = {}
        for (ticker, day), _, _ in self.said:
            last[ticker] = max(day, last.get(ticker, day))
        now = self.read(None)
        for (ticker, day), close in sorted(batch.items()):
            key, complete = (ticker, day), exchange().close(day)
            if now.get(key) == close:
                continue
            history = key not in now and day < last.get(ticker, date.max)
            self.said.append((key, close, complete if history else max(at, complete)))

    def read(self, known_by):
        return {
            key: close
            for key, close, known in self.said
            if known_by is None or known <= known_by
        }


@settings(max_examples=20, deadline=None)
@given(st.lists(BATCH, min_size=1, max_size=4), st.integers(0, 400))
def test_it_agrees_with_a_list_of_all_statements(batches, hours):
    model = Model()
    with TemporaryDirectory() as folder:
        from pathlib import Path

        store = Dataset(Path(folder), "main", derive=no_rules).bars()
        for day, batch in enumerate(batches):
            at = moment("2024-01-04 12:00") + timedelta(days=2 * day)
            append(store, [(*key, close) for key, close in batch.items()], at=at)
            model.add(batch, at)
        known_by = moment("2024-01-02 12:00") + timedelta(hours=hours)
        for known in (None, known_by):
            seen = store.read(known_by=known)
            found = {
                (r.ticker, r.ts.date()): r.close for r in seen.itertuples(index=False)
            }
            assert found == model.read(known)
