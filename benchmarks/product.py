"""The product's own path: `python benchmarks/product.py`.

8,000 tickers × 504 sessions are stored in a dataset as any ingest stores them; then the
breakout scanner is scanned again and again, from stored bars to the ranked list with
every gate, score part and hash, as a run does it. Prints one JSON line.
"""

from __future__ import annotations

import json
import resource
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
from tasks import FIELDS, SIZES, read_bars, write_bars

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from sigma_core.indicators import kernels  # noqa: E402 # after the path is set
from sigma_core.market import open_dataset  # noqa: E402
from sigma_core.run import scan  # noqa: E402

MODEL = "universe_eq_swing_daily_breakout_scanner"
NOW = datetime(2024, 1, 2, tzinfo=UTC)
LAST = datetime(2023, 12, 29, tzinfo=UTC).date()
REPEATS = 15


def main() -> None:
    kernels.use_cache(ROOT / "var" / "kernels")
    with tempfile.TemporaryDirectory(prefix="sigma-bench-") as name:
        store_bars(Path(name))
        seconds, signals = measure(Path(name))
    line = {
        "task": "product_scan",
        "tickers": SIZES["scan"][0],
        "sessions": SIZES["scan"][1],
        "seconds": round(statistics.median(seconds), 4),
        "best_seconds": round(min(seconds), 4),
        "signals": signals,
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "repeats": REPEATS,
    }
    print(json.dumps(line))


def store_bars(root: Path) -> None:
    """The seeded bars of the task `scan`, in the dataset `main`."""
    write_bars(root, "scan")
    fields = read_bars(root)
    dataset = open_dataset(root / "datasets", "main")
    tickers, sessions = fields["close"].shape
    days = dataset.sessions.between(datetime(2020, 1, 2, tzinfo=UTC).date(), LAST)
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


def measure(root: Path) -> tuple[list[float], int]:
    """Warm times of one scan, its list and its names included."""
    seconds = []
    for _ in range(REPEATS + 1):
        began = time.perf_counter()
        result = scan(
            packs_root=ROOT / "packs",
            datasets_root=root / "datasets",
            pack="swingsigma",
            model_id=MODEL,
            as_of=None,
            dataset="main",
            default_dataset=None,
            now=NOW,
        )
        listed = (result.signals, result.summary(), result.output_sha)
        seconds.append(time.perf_counter() - began)
    return seconds[1:], len(listed[0])  # the first run loads the kernels


if __name__ == "__main__":
    main()
