"""What a run reads: bars stored as any ingest stores them, and packs."""

from __future__ import annotations

import shutil
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pandas as pd
from tasks import FIELDS, read_bars

from sigma_core.market import open_dataset

ROOT = Path(__file__).resolve().parent.parent
MODEL = "universe_eq_swing_daily_breakout_scanner"
FACTORS_MODEL = "universe_eq_swing_daily_factors"
NOW = datetime(2024, 1, 2, tzinfo=UTC)
LAST = date(2023, 12, 29)
FIRST = date(2010, 6, 29)  # 3,400 sessions before its end
INDICATORS = (
    *("sma", "ema", "wma", "roc", "rsi", "atr", "natr", "adx", "macd", "bollinger"),
    *("stochastic", "williams_r", "cci", "mfi"),
)


def store_bars(root: Path) -> None:
    """The task's bars, in the dataset `main` below `root/datasets`."""
    fields = read_bars(root)
    dataset = open_dataset(root / "datasets", "main")
    tickers, sessions = fields["close"].shape
    days = dataset.sessions.between(date(2009, 1, 2), LAST)
    names = np.array([f"T{row:05}" for row in range(tickers)], dtype=object)
    table = {
        "ticker": np.repeat(names, sessions),
        "ts": np.tile(pd.DatetimeIndex(days[-sessions:]).tz_localize("UTC"), tickers),
    }
    table |= {name: fields[name].ravel() for name in FIELDS}
    bars = pd.DataFrame(table)
    bars["ticker"] = bars["ticker"].astype("str")
    store = dataset.bars()
    store.append(bars, source="bench", adjustment="raw", ingested_at=NOW)
    store.arrays()


def packs(root: Path) -> Path:
    """The shipped packs, and a model whose set is the 14 factors."""
    folder = root / "packs"
    shutil.copytree(ROOT / "packs", folder)
    own = folder / "swingsigma"
    entries = "".join(f"  - {{name: {name}}}\n" for name in INDICATORS)
    (own / "indicator_sets" / "factors.yaml").write_text(
        f"name: factors\nversion: 1\nindicators:\n{entries}", encoding="utf-8"
    )
    (own / "model_configs" / f"{FACTORS_MODEL}.yaml").write_text(
        f"model_id: {FACTORS_MODEL}\nkind: scanner\nuniverse: everything\n"
        "indicator_set: factors\npolicy: topn_equal_v1\n"
        "gates:\n  all:\n    - {name: rsi, when: 'rsi_14 >= 50'}\n"
        "score:\n  all: {weight: 100, value: 'clip01(rsi_14 / 100)'}\n",
        encoding="utf-8",
    )
    (folder / "common" / "universes" / "everything.yaml").write_text(
        "name: everything\nbase: all\n", encoding="utf-8"
    )
    return folder
