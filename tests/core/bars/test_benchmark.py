"""Which benchmark is taken: docs/definitions/benchmark.md, on real datasets."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sigma_core.bars import records
from sigma_core.bars.benchmark import find_benchmark
from sigma_core.bars.store import Dataset
from sigma_core.market import open_dataset
from tests.definitions import Example, examples, number

NOW = datetime(2024, 6, 1, tzinfo=UTC)
DAYS = pd.to_datetime(["2024-03-07", "2024-03-08", "2024-03-11"])
CLOSES = {"AAA": 10.0, "BBB": 20.0}


def names(cell: str) -> list[str]:
    return [] if cell == "–" else cell.split()


def dataset_of(row: dict[str, str], root: Path, cadence: str) -> Dataset:
    dataset = open_dataset(root, "some")
    for ticker in names(row["bars"]):
        dataset.bars(cadence).append(
            bars_of(ticker, cadence), source="test", adjustment="raw", ingested_at=NOW
        )
    for ticker in names(row["index"]):
        table = pd.DataFrame({"ticker": ticker, "date": DAYS, "close": 30.0})
        dataset.add_series(records.INDEX, table)
    for ticker in names(row["reference"]):
        named = {"ticker": [ticker], "name": ["Some"], "asset": ["benchmark"]}
        dataset.add_reference(pd.DataFrame(named))
    return dataset


def bars_of(ticker: str, cadence: str) -> pd.DataFrame:
    opening = pd.Timedelta(hours=15) if cadence == "5m" else pd.Timedelta(0)
    price = dict.fromkeys(("open", "high", "low", "close"), CLOSES[ticker])
    stamps = (DAYS + opening).tz_localize("UTC").as_unit("us")
    table = pd.DataFrame({"ticker": ticker, "ts": stamps, **price, "volume": 5.0})
    return table.assign(high=CLOSES[ticker] + 1)


@pytest.mark.parametrize("example", examples("benchmark"), ids=str)
def test_it_takes_the_first_that_leads_to_a_close(
    example: Example, tmp_path: Path
) -> None:
    cadence = example.args["benchmark"]
    for at, row in enumerate(example.rows):
        dataset = dataset_of(row, tmp_path / str(at), cadence)
        wanted = next(iter(names(row["pack"])), None)
        bars = dataset.bars(cadence).arrays()
        found = find_benchmark(dataset, bars, wanted)
        if row["name"] == "–":
            assert found is None, row
            continue
        assert (found.name, found.source) == (row["name"], row["source"])
        assert set(found.close[~np.isnan(found.close)]) == {number(row["close"])}


def test_a_close_that_comes_later_does_not_change_the_sha_of_an_earlier_session(
    tmp_path: Path,
) -> None:
    row = {"bars": "AAA", "index": "IDX", "reference": "–"}
    dataset = dataset_of(row, tmp_path, "daily")
    before = find_benchmark(dataset, dataset.bars().arrays(), "IDX")
    later = pd.DataFrame({"ticker": "IDX", "date": DAYS[-1:], "close": 31.0})
    dataset.add_series(records.INDEX, later)
    after = find_benchmark(dataset, dataset.bars().arrays(), "IDX")
    assert before.sha_until(1) == after.sha_until(1)
    assert before.sha_until(2) != after.sha_until(2)
