"""Real 5-minute bars: the shipped scan beside the same in pandas and TA-Lib."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sigma_core import run
from sigma_core.bars.store import Dataset
from sigma_core.market import open_dataset
from sigma_core.universe import FUNDS
from tests.core.intraday import local
from tests.market import ROOT
from tests.reference_intraday import momentum_scan

FILE = ROOT.parent / "shared" / "data" / "bars_5m_2025_2026.parquet"
NOW = datetime(2026, 4, 1, tzinfo=UTC)
MODEL = "universe_eq_intraday_5m_momentum_scanner"
#: a bar in the middle of a day, a first one, the last of a half day and of a whole one
MOMENTS = (
    *("2026-03-11 14:35", "2025-09-02 09:35"),
    *("2025-11-28 13:00", "2025-11-19 16:00"),
)

pytestmark = [
    pytest.mark.real_data,
    pytest.mark.skipif(not FILE.exists(), reason="the real market data is not here"),
]


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    dataset = open_dataset(tmp_path_factory.mktemp("real"), "main")
    bars = pd.read_parquet(FILE)
    zoned = bars["ts"].dt.tz_localize("America/New_York").dt.tz_convert("UTC")
    bars["ts"] = zoned.dt.as_unit("us")
    bars = bars.drop_duplicates(["ticker", "ts"])
    dataset.bars("5m").append(bars, source="real", adjustment="split", ingested_at=NOW)
    return dataset


def scanned(dataset: Dataset, as_of: datetime) -> run.ScanResult:
    return run.scan(
        packs_root=ROOT / "packs",
        datasets_root=dataset.root.parent,
        pack="momentumsigma",
        model_id=MODEL,
        as_of=as_of,
        dataset="main",
        default_dataset=None,
        now=NOW,
    )


@pytest.mark.parametrize("moment", MOMENTS)
def test_the_list_is_that_of_pandas_and_talib(real: Dataset, moment: str) -> None:
    result = scanned(real, local(moment))
    start = pd.Timestamp(local(moment)).tz_convert("UTC") - pd.Timedelta(minutes=5)
    wanted = momentum_scan(real.bars("5m").kept(), start, set(FUNDS))
    assert [s.ticker for s in result.signals] == wanted["ticker"].tolist()
    found = [s.score_total for s in result.signals]
    np.testing.assert_allclose(found, wanted["score_total"], rtol=0, atol=1e-9)
    assert result.signals, "a list of nobody proves little"


def test_what_is_read_is_mapped_and_named(real: Dataset) -> None:
    result = scanned(real, local(MOMENTS[0]))
    days = result.market.days.bars
    assert isinstance(days.close.base, np.memmap) or days.close.shape[0] < 100
    assert (
        result.fingerprint["data_sha"]
        == scanned(real, local(MOMENTS[0])).fingerprint["data_sha"]
    )
    assert Path(real.root / "arrays" / "daily_from_5m").is_dir()
