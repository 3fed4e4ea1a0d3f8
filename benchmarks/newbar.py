"""One new 5-minute bar in the product: `python benchmarks/newbar.py [tickers]`.

A dataset of 8,000 tickers, 60 days and 6 sessions of 5-minute bars is stored, and the
shipped 5-minute scanner stands in its last session. Then bar after bar comes. Prints
one JSON line:

    whole_seconds      without a state: the bar stored, arrays built anew, a full scan
    stand_seconds      once a session: universe, days, state read and checked
    values_seconds     the state's file mapped and checked, all values on the bar, and
                       the state after it in memory: nothing of it was in memory before
    list_seconds       from the bar as it came to the ranked list with its hashes, the
                       state in memory: values, universe, gates, scores, policy
    save_seconds       the state after it written, synced and renamed
    state_mb           size of its file

and ends with exit code 1 if the list is not, to the last bit, that of the full scan.
"""

from __future__ import annotations

import json
import resource
import statistics
import sys
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
from tasks import FIELDS

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from sigma_core import incremental, run, state  # noqa: E402 # after the path is set
from sigma_core.bars.grid import times_between  # noqa: E402
from sigma_core.bars.store import Dataset  # noqa: E402
from sigma_core.frames import Axis  # noqa: E402
from sigma_core.indicators import kernels  # noqa: E402
from sigma_core.market import Market, open_dataset, open_market  # noqa: E402
from sigma_core.specs.bundle import load_bundle  # noqa: E402

MODEL = "universe_eq_intraday_5m_momentum_scanner"
NOW = datetime(2024, 1, 2, tzinfo=UTC)
LAST = date(2023, 12, 29)
DAYS, SESSIONS = 60, 6
BARS = 15  # that come one by one at the end of the last session


def main(tickers: int) -> int:
    kernels.use_cache(ROOT / "var" / "kernels")
    with tempfile.TemporaryDirectory(prefix="sigma-bench-") as name:
        dataset = open_dataset(Path(name), "main")
        late = fill(dataset, tickers)
        line, agrees = measure(dataset, late)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    line = {"task": "product_newbar", "tickers": tickers, **line}
    print(json.dumps({**line, "peak_mb": round(peak), "agrees": agrees}))
    return 0 if agrees else 1


def fill(dataset: Dataset, tickers: int) -> pd.DataFrame:
    """Store all bars but the last ones, which are given back, oldest first."""
    days = dataset.sessions.between(date(2023, 6, 1), LAST)[-DAYS:]
    store(dataset, "daily", table(tickers, days))
    minutes = table(
        tickers, times_between(dataset.sessions, "5m", days[-SESSIONS], days[-1])
    )
    cut = minutes["ts"].unique()[-BARS]
    store(dataset, "5m", minutes[minutes["ts"] < cut])
    return minutes[minutes["ts"] >= cut]


def table(tickers: int, times: np.ndarray) -> pd.DataFrame:
    """Seeded random walks with consistent bars."""
    random = np.random.default_rng(7)
    size = (tickers, len(times))
    close = 50 * np.exp(np.cumsum(random.normal(0, 0.002, size), axis=1))
    open_ = close * np.exp(random.normal(0, 0.001, size))
    high = np.maximum(open_, close) * np.exp(np.abs(random.normal(0, 0.001, size)))
    low = np.minimum(open_, close) * np.exp(-np.abs(random.normal(0, 0.001, size)))
    volume = np.round(1e6 * np.exp(random.normal(0, 0.5, size)))
    names = np.array([f"T{row:05}" for row in range(tickers)], dtype=object)
    ts = pd.DatetimeIndex(times.astype("datetime64[us]")).tz_localize("UTC")
    columns = {"ticker": np.repeat(names, len(times)), "ts": np.tile(ts, tickers)}
    fields = (open_, high, low, close, volume)
    columns |= {n: v.ravel() for n, v in zip(FIELDS, fields, strict=True)}
    return pd.DataFrame(columns).astype({"ticker": "str"})


def store(dataset: Dataset, cadence: str, bars: pd.DataFrame) -> None:
    dataset.bars(cadence).append(
        bars, source="bench", adjustment="raw", ingested_at=NOW
    )


def measure(dataset: Dataset, late: pd.DataFrame) -> tuple[dict[str, float], bool]:
    bundle = load_bundle(ROOT / "packs", "momentumsigma", MODEL)
    market = opened(dataset, None)
    file = incremental.state_file(bundle, market)
    incremental.stand(bundle, market, file)  # makes the file, and loads the code
    stand, standing = timed(lambda: incremental.stand(bundle, market, file))
    values, lists, saves, sha = [], [], [], ""
    for ts, rows in late.groupby("ts"):
        start = np.datetime64(ts.tz_localize(None), "us")
        bar = {n: rows[n].to_numpy(np.float64) for n in FIELDS}
        axis = Axis(tuple(rows["ticker"]), np.array([start]), 78)
        values.append(timed(lambda f=file, a=axis, b=bar: cold(bundle, f, a, b))[0])
        seconds, (sha, standing) = timed(
            lambda s=standing, t=start, b=bar: listed(s, t, b)
        )
        lists.append(seconds)
        saves.append(timed(lambda s=standing, f=file: state.save(s.state, f))[0])
    whole, wanted = timed(lambda: in_full(dataset, bundle, late))
    figures = {"whole": whole, "stand": stand, "values": statistics.median(values[1:]),
               "list": statistics.median(lists[1:]),
               "save": statistics.median(saves[1:])}  # fmt: skip
    line = {f"{name}_seconds": round(found, 4) for name, found in figures.items()}
    best = round(min(values[1:]), 4)
    size = round(standing.state.values.nbytes / 1e6, 1)
    return {**line, "values_best_seconds": best, "state_mb": size}, sha == wanted


def cold(bundle, file, axis, bar):
    """From the file to the values and the state after them."""
    plan = run.plan_of(bundle)
    known = state.load(file, plan.calls, max_gap=390)
    return state.advance(known, axis, {n: v[:, None] for n, v in bar.items()})


def listed(standing, start, bar):
    """The ranked list, with every gate, part and hash."""
    found, after = incremental.advance(standing, start, bar, now=NOW)
    return found.output_sha, after


def in_full(dataset: Dataset, bundle, late: pd.DataFrame) -> str:
    """The last bars stored, and a scan that knows nothing of a state."""
    store(dataset, "5m", late)
    market = opened(dataset, late["ts"].max() + timedelta(minutes=5))
    return run.scan_market(bundle, run.plan_of(bundle), market).output_sha


def opened(dataset: Dataset, closed: datetime | None) -> Market:
    return open_market(dataset.root.parent, "main", None, closed, NOW, "5m")


def timed(work):
    began = time.perf_counter()
    found = work()
    return time.perf_counter() - began, found


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 8000))
