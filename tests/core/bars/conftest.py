"""Small datasets, and quality rules that find what a test tells them to."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sigma_core.bars.store import Dataset
from sigma_core.frames import Bools
from sigma_core.quality.marks import Finds

NOW = datetime(2024, 6, 3, 12, tzinfo=UTC)
REAL_DATA = Path(__file__).resolve().parents[4] / "shared" / "data"


@dataclass(frozen=True)
class Marks:
    quarantined: Bools
    blocked: Bools
    table: pd.DataFrame


def no_rules(axis, fields, off_session, action_dates, *, adjustments):
    """Quality rules that find nothing."""
    nothing = np.zeros(axis.shape, np.bool_)
    return Marks(nothing, nothing, Finds(axis).table())


def bars(rows: Iterable[tuple], columns=("ticker", "ts", "close")) -> pd.DataFrame:
    """Bars from rows of (ticker, day, close): flat bars with a volume of 100."""
    found = pd.DataFrame(list(rows), columns=list(columns))
    found["ts"] = pd.to_datetime(found["ts"], utc=True).dt.as_unit("us")
    found["ticker"] = found["ticker"].astype("str")
    for name in ("open", "high", "low"):
        found[name] = found["close"]
    found["volume"] = 100.0
    return found.astype(dict.fromkeys(("open", "high", "low", "close"), "float64"))


def append(store, rows, *, at=NOW, adjustment="raw", source="test"):
    """Append rows as `bars` takes them."""
    return store.append(
        bars(rows), source=source, adjustment=adjustment, ingested_at=at
    )


@pytest.fixture
def dataset(tmp_path):
    return Dataset(tmp_path, "main", derive=no_rules)


@pytest.fixture
def store(dataset):
    return dataset.bars()
