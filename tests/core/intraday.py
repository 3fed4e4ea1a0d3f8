"""Small datasets of 5-minute and daily bars, flat bars from closes typed by hand."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd

from sigma_core.bars.grid import times_between
from sigma_core.bars.store import Dataset
from sigma_core.market import open_dataset
from sigma_core.sessions import exchange

NEW_YORK = exchange().zone
LATER = datetime(2025, 8, 1, tzinfo=UTC)


def local(text: str) -> datetime:
    """A moment of New York's clocks."""
    return datetime.fromisoformat(text).replace(tzinfo=NEW_YORK)


def starts(day: str, cadence: str = "5m") -> np.ndarray:
    """The bars of one session."""
    return times_between(exchange(), cadence, *[np.datetime64(day)] * 2)


def flat(ticker: str, times: np.ndarray, close: object) -> pd.DataFrame:
    """Bars whose four prices are the close, with a volume of 1,000,000."""
    table = pd.DataFrame({"ticker": ticker, "ts": pd.to_datetime(times, utc=True)})
    table["ts"] = table["ts"].dt.as_unit("us")
    for name in ("open", "high", "low", "close"):
        table[name] = np.broadcast_to(np.asarray(close, float), len(times))
    return table.assign(volume=1e6).astype({"ticker": "str"}).dropna()


def days(ticker: str, closes: Mapping[str, float]) -> pd.DataFrame:
    """Daily bars."""
    return flat(ticker, np.array(list(closes), "datetime64[D]"), list(closes.values()))


def store(
    root: Path,
    *,
    daily: list[pd.DataFrame],
    minutes: list[pd.DataFrame],
    splits: Mapping[str, tuple[str, float]] | None = None,
) -> Dataset:
    """A dataset called `main` of both."""
    dataset = open_dataset(root, "main")
    if splits:
        rows = [(t, pd.Timestamp(day), "split", f) for t, (day, f) in splits.items()]
        names = ["ticker", "ex_date", "kind", "split_factor"]
        dataset.add_actions(pd.DataFrame(rows, columns=names))
    for cadence, tables in (("daily", daily), ("5m", minutes)):
        if tables:
            dataset.bars(cadence).append(
                pd.concat(tables, ignore_index=True),
                source="test",
                adjustment="raw",
                ingested_at=LATER,
            )
    return dataset
