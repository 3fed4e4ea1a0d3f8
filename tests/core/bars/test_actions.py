"""Splits: the examples of docs/definitions/splits.md, and real ones."""

import numpy as np
import pandas as pd
import pytest

from sigma_core import quality
from sigma_core.bars.actions import cumulative_factor, forward_adjusted
from sigma_core.bars.store import Dataset
from sigma_core.frames import FIELDS, Axis
from tests.core.bars.conftest import NOW, REAL_DATA
from tests.definitions import examples, number, tolerance


def column(example, name):
    return np.array([[number(row[name]) for row in example.rows]])


def splits_of(example):
    rows = [
        ("AAA", pd.Timestamp(row["session"]), "split", number(row["split"]))
        for row in example.rows
        if not np.isnan(number(row["split"]))
    ]
    return pd.DataFrame(rows, columns=["ticker", "ex_date", "kind", "split_factor"])


def adjusted(example):
    days = np.array([row["session"] for row in example.rows], "datetime64[D]")
    close, open_ = column(example, "close"), column(example, "open")
    fields = dict.fromkeys(FIELDS, close)
    fields |= {"open": open_, "volume": column(example, "volume")}
    factor = cumulative_factor(
        Axis(("AAA",), days), fields, splits_of(example), [example.args["adjustment"]]
    )
    return factor, forward_adjusted(fields, factor)


@pytest.mark.parametrize("example", examples("splits"), ids=str)
def test_it_adjusts_as_the_page_says(example):
    factor, fields = adjusted(example)
    factor = np.ones((1, len(example.rows))) if factor is None else factor

    for at, row in enumerate(example.rows):
        assert factor[0, at] == number(row["factor"])
        for name in ("close", "volume"):
            cell = row[f"adjusted {name}"]
            expected = pytest.approx(number(cell), abs=tolerance(cell), nan_ok=True)
            assert fields[name][0, at] == expected


def test_without_a_split_there_is_no_factor():
    nothing = pd.DataFrame(columns=["ticker", "ex_date", "kind", "split_factor"])
    axis = Axis(("AAA",), np.array(["2024-01-02"], "datetime64[D]"))

    assert cumulative_factor(axis, {}, nothing, ["raw"]) is None


def test_splits_of_unknown_tickers_and_dividends_change_nothing():
    axis = Axis(("AAA",), np.array(["2024-01-02", "2024-01-03"], "datetime64[D]"))
    day = pd.Timestamp("2024-01-03")
    rows = [("BBB", day, "split", 2.0), ("AAA", day, "dividend", np.nan)]
    actions = pd.DataFrame(rows, columns=["ticker", "ex_date", "kind", "split_factor"])

    assert cumulative_factor(axis, {}, actions, ["raw"]) is None


def test_a_later_split_changes_no_earlier_value():
    (example,) = [e for e in examples("splits") if e.args["splits"] == "both"]
    _, all_splits = adjusted(example)
    later = [
        dict(row, split="–") if at == 4 else row for at, row in enumerate(example.rows)
    ]
    _, first_only = adjusted(type(example)(**{**vars(example), "rows": later}))

    for name in FIELDS:
        np.testing.assert_array_equal(all_splits[name][:, :4], first_only[name][:, :4])


@pytest.mark.real_data
@pytest.mark.skipif(not REAL_DATA.is_dir(), reason="no market data beside the project")
@pytest.mark.parametrize(
    ("ticker", "ex_date", "most"),
    [
        ("NKE", "2015-12-24", 0.02),
        ("NFLX", "2015-07-15", 0.03),
        ("SBUX", "2015-04-09", 0.03),
    ],
)
def test_real_splits_leave_smooth_returns(tmp_path, ticker, ex_date, most):
    rows = pd.read_parquet(REAL_DATA / "sp500_daily_raw_2015_2017.parquet")
    rows = rows[rows["ticker"].astype("str") == ticker].drop_duplicates("date")
    rows["ts"] = pd.to_datetime(rows.pop("date")).dt.tz_localize("UTC")
    recorded = pd.read_csv(
        REAL_DATA / "corporate_actions_2015_2017.csv", parse_dates=["ex_date"]
    ).query("ticker == @ticker and kind == 'split'")
    dataset = Dataset(tmp_path, "main", derive=quality.derive)
    dataset.add_actions(recorded[["ticker", "ex_date", "kind", "split_factor"]])
    dataset.bars().append(rows, source="x", adjustment="raw", ingested_at=NOW)
    arrays = dataset.bars().arrays()

    at = arrays.axis.column(np.datetime64(ex_date))
    before, after = arrays.close[0, at - 1 : at + 1]
    raw_before, raw_after = arrays.raw("close")[0, at - 1 : at + 1]
    assert raw_after / raw_before < 0.6
    assert abs(after / before - 1) < most
    assert arrays.factor[0, at - 1] == 1.0
