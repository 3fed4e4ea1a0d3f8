"""vectorbt's part of `backtest.py`, in its own environment; the same arguments."""

from __future__ import annotations

import json
import resource
import statistics
import sys
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import vectorbt as vbt

BPS, CELLS = 5.0, 200


def portfolio(close: pd.DataFrame, **orders: Any) -> np.ndarray:
    """Equity at each close of one shared book."""
    found = vbt.Portfolio.from_orders(
        close=close, fees=BPS / 10_000, slippage=BPS / 10_000, init_cash=100_000.0,
        cash_sharing=True, group_by=True, call_seq="auto", **orders,
    )  # fmt: skip
    return found.value().to_numpy()


def simulate(folder: Path, opens: np.ndarray, close: pd.DataFrame) -> dict[str, Any]:
    with np.load(folder / "simulate.npz") as given:
        weights, equity = np.ascontiguousarray(given["weights"].T), given["equity"]
    wall, cpu, gap = [], [], 0.0
    for turn in range(4):
        began, ran = time.perf_counter(), time.process_time()
        size, valued = np.full(weights.shape, np.nan), np.full(weights.shape, np.nan)
        size[1:], valued[1:] = weights[:-1], close.to_numpy()[:-1]
        found = portfolio(
            close, size=size, size_type="targetpercent", price=opens, val_price=valued
        )
        if turn:  # the first compiles
            wall.append(time.perf_counter() - began)
            cpu.append(time.process_time() - ran)
        gap = float(np.max(np.abs(found - equity)))
    return measured(statistics.median(wall), statistics.median(cpu), gap)


def sweep(folder: Path, opens: np.ndarray, close: pd.DataFrame) -> dict[str, Any]:
    names = ("ret_20", "ret_63", "noise")
    features = {n: np.ascontiguousarray(np.load(folder / f"{n}.npy").T) for n in names}
    wall, cpu, gap = [], [], 0.0
    paths = sorted(folder.glob("cell_*.npz"))
    for path in [paths[0], *paths]:  # the first compiles
        with np.load(path) as given:
            cell = dict(given)
        size = np.zeros(opens.shape)
        time_, row, side, shares = cell["lines"][:, :4].T
        size[time_.astype(int), row.astype(int)] = side * shares
        began, ran = time.perf_counter(), time.process_time()
        passed = features["ret_20"] >= cell["fast"]
        passed &= features["ret_63"] >= cell["slow"]
        passed &= features["noise"] <= cell["calm"]
        found = portfolio(close, size=size, price=opens)
        wall.append(time.perf_counter() - began)
        cpu.append(time.process_time() - ran)
        assert np.count_nonzero(passed) == cell["candidates"]
        gap = max(gap, float(np.max(np.abs(found - cell["equity"]))))
    mean = [CELLS * statistics.fmean(times[1:]) for times in (wall, cpu)]
    return {**measured(*mean, gap), "cells_run": len(paths), "cells": CELLS}


def measured(wall: float, cpu: float, gap: float) -> dict[str, Any]:
    """As in `backtest.py`."""
    return {
        "seconds": round(wall, 3),
        "cpu_seconds": round(cpu, 3),
        "max_difference": float(f"{gap:.1e}"),
    }


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    task, folder = sys.argv[1], Path(sys.argv[2])
    opens = np.ascontiguousarray(np.load(folder / "open.npy").T)
    days = pd.date_range("2000-01-01", periods=len(opens), freq="D")
    close = pd.DataFrame(np.load(folder / "close.npy").T, index=days)
    found = {"simulate": simulate, "sweep": sweep}[task](folder, opens, close)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        json.dumps({"task": task, "peer": "vectorbt", **found, "peak_mb": round(peak)})
    )
