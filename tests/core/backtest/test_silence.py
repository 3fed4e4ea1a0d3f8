"""Positions without bars are named, with what they are said to be worth."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from sigma_core.backtest.silence import sentences, silent_positions
from tests.core.backtest.books import prices
from tests.core.backtest.test_examples import run, tickers, wide
from tests.definitions import examples, number, tolerance

(BOOK,) = (one for one in examples("backtest") if one.args["backtest"] == "silent")
(WANTED,) = examples("silent")


def found() -> pd.DataFrame:
    return silent_positions(run(BOOK), prices(wide(BOOK, "open"), wide(BOOK, "close")))


def test_they_are_those_of_the_worked_example() -> None:
    result, table = run(BOOK), found()
    assert len(table) == len(WANTED.rows)
    for at, row in enumerate(WANTED.rows):
        line = table.loc[at]
        assert tickers(BOOK)[result.axis.row(line["ticker"])] == row["ticker"]
        assert line["silent_sessions"] == number(row["silent_sessions"])
        for name in ("entered", "last_bar", "left"):
            session = number(row[name])
            if np.isnan(session):
                assert pd.isna(line[name]), (row, name)
            else:
                assert line[name] == result.axis.times[int(session) - 1], (row, name)
        for name in ("value", "share"):
            wanted = pytest.approx(
                number(row[name]), abs=tolerance(row[name]), nan_ok=True
            )
            assert line[name] == wanted, (row, name)


def test_the_sentences_name_them_with_their_worth() -> None:
    held, others = sentences(found())
    assert held == (
        "1 position held at the end could not be sold: no bar for 6 sessions or more, "
        "and no delisting is known. At the last close that is 300, 25.6 % of the final "
        "equity: T001."
    )
    assert others == (
        "2 positions had no bar on three sessions in a row or more, at most 3, and "
        "could not be sold on them: T000, T002."
    )


def test_of_many_ten_are_named() -> None:
    many = pd.concat([found().loc[[0]]] * 12, ignore_index=True)
    many["ticker"] = [f"S{at:02}" for at in range(12)]
    (said,) = sentences(many)
    assert said.endswith("S08, S09 and 2 more.")
    assert "12 positions held at the end" in said
    assert "3,600" in said


def test_nothing_is_said_where_all_could_be_sold() -> None:
    closes = np.nan_to_num(wide(BOOK, "close"), nan=10.0)
    table = silent_positions(run(BOOK), prices(closes, closes))
    assert len(table) == 0
    assert sentences(table) == []


def test_of_two_stretches_the_one_that_reaches_to_the_end_counts() -> None:
    closes = wide(BOOK, "close")
    closes[:, 0] = [10, 10, np.nan, np.nan, np.nan, np.nan, 10, np.nan, np.nan]
    told = silent_positions(run(BOOK), prices(closes, closes)).set_index("ticker")
    assert told.loc["T000", "silent_sessions"] == 4
    assert np.isnan(told.loc["T000", "value"]), "two sessions are not silence"
    closes[6, 0] = np.nan
    closes[4, 0] = 10
    told = silent_positions(run(BOOK), prices(closes, closes)).set_index("ticker")
    assert told.loc["T000", "silent_sessions"] == 4
    assert told.loc["T000", "value"] == 330
    closes[3:5, 0], closes[5, 0] = np.nan, 10
    closes[1, 0] = np.nan
    told = silent_positions(run(BOOK), prices(closes, closes)).set_index("ticker")
    assert told.loc["T000", "silent_sessions"] == 3, "not the four before"
    assert told.loc["T000", "value"] == 330
