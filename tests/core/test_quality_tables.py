"""D11, D13 and the marks of a dataset, by their examples and on real tables."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sigma_core.quality.fresh import check_fresh
from sigma_core.quality.iv import check_iv
from sigma_core.quality.labels import labels, silent
from sigma_core.sessions import exchange
from tests.core.quality_grids import axis_of
from tests.definitions import Example, examples, number

DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data"


def only(about: str) -> list[Example]:
    return [found for found in examples("quality") if found.args["quality"] == about]


@pytest.mark.parametrize("example", only("D11"), ids=str)
def test_d11_coverage_of_today(example: Example) -> None:
    days = axis_of(30).times
    for row in example.rows:
        usual, today = int(row["usual"]), int(row["today"])
        usable = np.zeros((usual, 21), bool)
        usable[:, :20] = usable[:today, 20] = True
        finished = days[20 + int(row["behind"])].item()
        found = check_fresh(usable, days[:21], last_finished=finished)
        words = {"warning": "warn", "error": "stale"}
        assert [words[p.severity] for p in found] == [row["verdict"]] * (
            row["verdict"] != "ok"
        ), row


@pytest.mark.parametrize("example", only("D13"), ids=str)
def test_d13_implied_volatility(example: Example) -> None:
    rows = pd.DataFrame(
        {
            "ticker": [row["ticker"] for row in example.rows],
            "date": pd.to_datetime([row["date"] for row in example.rows]),
            "iv": [number(row["iv"]) for row in example.rows],
            "hv": [number(row["hv"]) for row in example.rows],
        }
    )
    verdict = check_iv(rows, exchange())
    day = verdict.table["ts"].dt.strftime("%Y-%m-%d")
    found = dict(
        zip(
            verdict.table["ticker"]
            + day
            + verdict.table["message"].str.split(":").str[0],
            verdict.table["action"],
            strict=True,
        )
    )
    for row, value in zip(example.rows, rows["iv"], strict=True):
        key = f"{row['ticker']}{row['date']}iv {value:g}"
        assert found.get(key, "ok") == row["verdict"], row
    wanted = [r for r in example.rows if r["verdict"] != "quarantine"]
    assert len(verdict.kept) == len(wanted)
    assert not (verdict.kept["iv"] == 0).any()
    assert verdict.kept["iv"].isna().sum() == 1


def test_the_same_row_twice_counts_once() -> None:
    row = {"ticker": "AAA", "date": pd.Timestamp("2025-06-02"), "iv": 0.3}
    verdict = check_iv(pd.DataFrame([row, row]), exchange())
    assert (len(verdict.kept), verdict.duplicates, len(verdict.table)) == (1, 1, 0)


@pytest.mark.real_data
@pytest.mark.skipif(not DATA.is_dir(), reason="no market data beside the project")
def test_it_finds_the_faulty_rows_of_real_volatilities() -> None:
    rows = pd.read_parquet(DATA / "iv_daily_2025_2026.parquet")
    found = check_iv(rows, exchange()).table.query("action == 'quarantine'")
    days = exchange().positions(rows["date"].to_numpy().astype("datetime64[D]"))
    closed = found[found["message"].str.contains("closed")]
    assert len(closed) == (days < 0).sum()
    twice = found[found["message"].str.contains("two different")]
    assert len(twice) == rows.duplicated(["date", "ticker"], keep=False).sum()
    clean = pd.read_parquet(DATA / "iv_atm3m_daily_2010_2022.parquet")
    assert check_iv(clean, exchange()).table["action"].tolist() == ["warn"] * 3


def marked(row: dict[str, str]) -> list[str]:
    """The marks of two tickers that end so many sessions before the last."""
    usable = np.ones((2, int(row["sessions"])), bool)
    for ticker, before in enumerate(row["ended before"].split(" and ")):
        usable[ticker, usable.shape[1] - int(before) :] = False
    sectors = pd.DataFrame({"ticker": ["A"], "sector": ["Energy"]})
    return labels(
        usable,
        adjustments={row["adjustment"]},
        reference=sectors if row["sectors"] == "yes" else None,
        min_price=np.nan_to_num(number(row["min price"])),
    )


@pytest.mark.parametrize("example", only("marks"), ids=str)
def test_marks_say_what_a_dataset_cannot_know(example: Example) -> None:
    for row in example.rows:
        wanted = row["marks"].split(", ") if row["marks"] != "–" else []
        assert marked(row) == wanted, row


def test_what_was_made_up_is_marked_first() -> None:
    found = labels(np.ones((1, 300), bool), adjustments={"raw"}, synthetic=True)
    assert found == ["synthetic", "survivors only"]


def test_a_wanted_ticker_without_a_bar_for_three_sessions_is_asked_about() -> None:
    usable = np.ones((3, 10), bool)
    usable[0, 7:] = usable[1, 8:] = usable[2, 7:] = False
    days = axis_of(10).times
    found = silent(usable, days, ("AAA", "BBB", "CCC"), {"AAA", "BBB"})
    assert found == {"AAA": days[6].item()}
    assert isinstance(found["AAA"], date)
