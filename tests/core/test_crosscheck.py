"""Two stores of bars that say the same, or do not: D12 and D10 where they meet."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sigma_core.bars.store import Dataset
from sigma_core.crosscheck import check_against, check_minutes, keep
from sigma_core.errors import BadInput
from sigma_core.market import open_dataset
from sigma_core.sessions import exchange
from tests.core.quality_grids import blocked_from

AT = datetime(2024, 6, 3, 12, tzinfo=UTC)
LATER = datetime(2024, 6, 4, 12, tzinfo=UTC)
DAYS = exchange().between(np.datetime64("2024-01-02"), np.datetime64("2024-12-31"))
DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data"


def stored(
    root: Path, name: str, close: np.ndarray, adjustment: str, ticker: str = "AAA"
) -> Dataset:
    """A dataset of one ticker with these closes from January 2024 on."""
    prices = {"open": close, "high": close * 1.01, "low": close * 0.99, "close": close}
    ts = pd.to_datetime(DAYS[: len(close)], utc=True).as_unit("us")
    bars = pd.DataFrame({"ticker": ticker, "ts": ts} | prices | {"volume": 1e4})
    dataset = open_dataset(root, name)
    dataset.bars().append(
        bars.astype({"ticker": "str"}),
        source="t",
        adjustment=adjustment,
        ingested_at=AT,
    )
    return dataset


def act(dataset: Dataset, kind: str, column: int, amount: float) -> None:
    field = "cash" if kind == "dividend" else "split_factor"
    row = {"ticker": "AAA", "ex_date": str(DAYS[column]), "kind": kind, field: amount}
    dataset.add_actions(pd.DataFrame([row]))


def walk(sessions: int = 30) -> np.ndarray:
    """Prices that never repeat and move by under two per cent."""
    at = np.arange(sessions)
    return 100 + at % 5 + at / 64


def blocked(dataset: Dataset) -> list[str]:
    marks = dataset.bars().problems()
    return marks.loc[marks["action"] == "block", "rule"].tolist()


@pytest.fixture
def halved(tmp_path: Path) -> tuple[Dataset, Dataset]:
    """Raw closes that pay 5 % on session 21, and a total series without it."""
    raw = walk()
    raw[20:] *= 0.95
    whole = walk() * 0.95
    mine = stored(tmp_path, "mine", raw, "raw")
    act(mine, "dividend", 10, 0.01)  # somebody records dividends here
    return mine, stored(tmp_path, "vendor", whole, "total")


def test_a_missing_action_blocks_until_it_is_recorded(halved) -> None:
    mine, vendor = halved
    found = check_against(mine, vendor)
    (row,) = found.finds.itertuples()
    assert (row.rule, row.action, row.ts.date()) == ("D10", "block", DAYS[20].item())
    assert row.ratio == pytest.approx(1 / 0.95)
    assert keep(mine, found, source="vendor", known_at=LATER) == 1
    assert blocked(mine) == ["D10"]
    act(mine, "dividend", 20, 0.05 * walk()[19])
    again = check_against(mine, vendor)
    keep(mine, again, source="vendor", known_at=LATER)
    assert (len(again.finds), blocked(mine)) == (0, [])


def test_a_dispute_is_known_from_the_comparison_on(halved) -> None:
    mine, vendor = halved
    keep(mine, check_against(mine, vendor), source="vendor", known_at=LATER)
    width = len(mine.bars().arrays().axis.times)
    assert blocked_from(mine.bars().arrays(known_by=AT)) == [width]
    assert blocked_from(mine.bars().arrays(known_by=LATER)) == [20]


def test_a_split_recorded_later_settles_the_dispute(tmp_path: Path) -> None:
    raw = walk()
    raw[20:] /= 1.19
    mine = stored(tmp_path, "mine", raw, "raw")
    vendor = stored(tmp_path, "vendor", walk() / 1.19, "split")
    keep(mine, check_against(mine, vendor), source="vendor", known_at=LATER)
    assert blocked(mine) == ["D10"]
    act(mine, "split", 20, 1.19)
    assert blocked(mine) == []


def test_an_acknowledgement_settles_it_too(halved) -> None:
    mine, vendor = halved
    keep(mine, check_against(mine, vendor), source="vendor", known_at=LATER)
    act(mine, "acknowledged", 20, np.nan)
    assert blocked(mine) == []


def test_a_ticker_is_blocked_once_from_its_first_open_dispute(tmp_path: Path) -> None:
    raw = walk()
    raw[10:] *= 1.1
    raw[20:] *= 1.1
    mine = stored(tmp_path, "mine", raw, "raw")
    vendor = stored(tmp_path, "vendor", walk(), "split")
    found = check_against(mine, vendor)
    assert keep(mine, found, source="vendor", known_at=LATER) == 2
    (said,) = mine.bars().problems().query("action == 'block'")["message"]
    assert "Nor on 1 later session." in said
    act(mine, "acknowledged", 10, np.nan)
    assert blocked_from(mine.bars().arrays()) == [20]


def test_split_against_total_puts_the_splits_back(tmp_path: Path) -> None:
    raw, dividend = walk(), 2.0
    raw[20:] /= 2  # a split, then a dividend
    paid = 1 - dividend / raw[24]
    split = np.where(np.arange(30) < 20, raw / 2, raw)
    total = np.where(np.arange(30) < 25, split * paid, split)
    mine = stored(tmp_path, "mine", split, "split")
    vendor = stored(tmp_path, "vendor", total, "total")
    act(mine, "split", 20, 2.0)
    assert len(check_against(mine, vendor).finds) == 1  # dividends are not recorded
    act(mine, "dividend", 25, dividend)
    assert check_against(mine, vendor).finds.empty


def test_two_sources_of_one_kind_agree_but_for_a_wrong_close(tmp_path: Path) -> None:
    other = walk()
    other[12] *= 1.006
    mine = stored(tmp_path, "mine", walk(), "raw")
    found = check_against(mine, stored(tmp_path, "vendor", other, "raw"))
    ((action, day),) = zip(found.finds["action"], found.finds["ts"], strict=True)
    assert (action, day.date()) == ("warn", DAYS[12].item())


def test_nothing_is_said_of_prices_of_unknown_adjustment(tmp_path: Path) -> None:
    mine = stored(tmp_path, "mine", walk(), "raw")
    found = check_against(mine, stored(tmp_path, "vendor", walk() / 2, "unknown"))
    assert (found.tickers, found.left_out, len(found.finds)) == ((), ("AAA",), 0)


def test_datasets_without_a_ticker_in_common_are_refused(tmp_path: Path) -> None:
    mine = stored(tmp_path, "mine", walk(), "raw")
    vendor = stored(tmp_path, "vendor", walk(), "raw", ticker="BBB")
    with pytest.raises(BadInput, match="in common"):
        check_against(mine, vendor)


def minutes_of(dataset: Dataset, days: np.ndarray, volume: float) -> None:
    """78 bars a session at the daily close, each with so much volume."""
    daily = dataset.bars().read().set_index("ts")["close"]
    rows = []
    for day in days:
        close = float(daily[pd.Timestamp(day, tz="UTC")])
        starts = pd.date_range(exchange().open(day.item()), periods=78, freq="5min")
        rows += [(ts, close) for ts in starts]
    bars = pd.DataFrame(rows, columns=["ts", "close"])
    steps = bars["close"] * (1 + np.arange(len(bars)) % 7 / 1e4)
    bars = bars.assign(ticker="AAA", open=steps, close=steps, volume=volume)
    bars = bars.assign(high=steps + 0.01, low=steps - 0.01).astype({"ticker": "str"})
    bars["ts"] = bars["ts"].dt.as_unit("us")
    columns = ["ticker", "ts", "open", "high", "low", "close", "volume"]
    dataset.bars("5m").append(
        bars[columns], source="t", adjustment="raw", ingested_at=AT
    )


def test_minutes_that_add_up_to_the_day_are_right(tmp_path: Path) -> None:
    dataset = stored(tmp_path, "mine", walk(), "raw")
    assert check_minutes(dataset) is None  # nothing to compare with
    minutes_of(dataset, DAYS[5:10], volume=100.0)  # 7,800 of 10,000
    assert check_minutes(dataset).empty


def test_minutes_with_more_volume_than_the_day_are_warned_of(tmp_path: Path) -> None:
    dataset = stored(tmp_path, "mine", walk(), "raw")
    minutes_of(dataset, DAYS[5:7], volume=135.0)  # 10,530: 105.3 %
    found = check_minutes(dataset)
    assert found["rule"].tolist() == ["D12", "D12"]
    assert found["ts"].tolist() == [exchange().open(day.item()) for day in DAYS[5:7]]
    assert found["volume"].tolist() == [10530.0, 10530.0]


@pytest.mark.real_data
@pytest.mark.skipif(not DATA.is_dir(), reason="no market data beside the project")
def test_real_raw_prices_and_actions_against_an_adjusted_file(tmp_path: Path) -> None:
    raw = pd.read_parquet(DATA / "sp500_daily_raw_2015_2017.parquet")
    split = pd.read_parquet(DATA / "sp500_daily_2013_2018.parquet")
    sides = []
    for name, rows, kind in (("mine", raw, "raw"), ("vendor", split, "split")):
        dataset = open_dataset(tmp_path, name)
        some = rows[rows["ticker"].isin(["NFLX", "NKE", "CF", "AAPL"])]
        bars = some.assign(ts=pd.to_datetime(some["date"], utc=True).dt.as_unit("us"))
        bars = bars[["ticker", "ts", "open", "high", "low", "close", "volume"]]
        dataset.bars().append(bars, source="t", adjustment=kind, ingested_at=AT)
        sides.append(dataset)
    acts = pd.read_csv(DATA / "corporate_actions_2015_2017.csv")
    known = acts[["ticker", "ex_date", "kind", "cash", "split_factor"]]
    sides[0].add_actions(known[known["kind"] == "split"].assign(cash=np.nan))
    blocks = check_against(*sides).finds.query("action == 'block'")
    # NFLX 7:1 and NKE 2:1 are recorded; CF 5:1 on 2015-06-18 is absent from the list
    assert blocks["ticker"].tolist() == ["CF"]
    assert blocks["ts"].dt.date.astype(str).tolist() == ["2015-06-18"]
    assert blocks["ratio"].tolist() == pytest.approx([5.0], rel=0.005)
