"""Bars typed as closes, stored as a dataset's own."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

import pandas as pd

from sigma_core.bars.store import Dataset
from sigma_core.sessions import exchange

#: the first of 39 sessions up to 28 February 2023
FIRST = dt.date(2023, 1, 3)


def ingest(
    dataset: Dataset,
    closes: Mapping[str, Sequence[float]],
    at: dt.datetime,
    start: int = 0,
) -> None:
    """Store each ticker's closes on following sessions, from the `start`-th on."""
    sessions = exchange().between(FIRST, dt.date(2024, 2, 28))
    rows = [
        {"ticker": ticker, "ts": pd.Timestamp(sessions[start + at], tz="UTC")}
        | dict.fromkeys(("open", "high", "low", "close"), close)
        | {"volume": 1e6}
        for ticker, values in closes.items()
        for at, close in enumerate(values)
    ]
    frame = pd.DataFrame(rows)
    dataset.bars().append(frame, source="test", adjustment="raw", ingested_at=at)
