"""A demo market small enough for a test, and a scan of it that finds something."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

from sigma_core import quality
from sigma_core.bars import demo
from sigma_core.bars.store import Dataset
from tests.builders import MODEL

DATASET = "summer"
SCAN = {
    "pack": "swingsigma",
    "model_id": MODEL,
    "as_of": "2023-06-15",
    "dataset": DATASET,
}


def make_market(home: Path) -> None:
    """Store 80 tickers up to 29 September 2023 as the dataset `summer`; once."""
    dataset = Dataset(home / "datasets", DATASET, derive=quality.derive)
    if not dataset.exists:
        made = demo.demo_market(seed=7, until=date(2023, 9, 29), tickers=80)
        demo.fill(dataset, made, ingested_at=datetime(2023, 9, 30, tzinfo=UTC))
        dataset.bars().arrays()
