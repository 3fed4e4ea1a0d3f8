"""Sigma's part of `backtest.py`: `python backtest_sigma.py TASK FOLDER CELLS`.

Writes what the peer needs into the folder and prints one JSON line.
"""

from __future__ import annotations

import json
import resource
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from sigma_core.backtest import Signals, backtest, prices_of, signals_of, simulate
from sigma_core.bars.grid import find_spans
from sigma_core.calibrate import Sweep, cells, sweep
from sigma_core.frames import Axis, BarArrays, Matrix
from sigma_core.indicators import kernels
from sigma_core.signal_models.rules import Scanner
from sigma_core.specs.policies import Policy
from sigma_core.specs.schema import ScannerConfig

TICKERS, SESSIONS, TOP, BPS = 800, 3400, 50, 5.0
GRID = {
    "fast": [0.00, 0.02, 0.04, 0.06, 0.08],
    "slow": [0.00, 0.05, 0.10, 0.15, 0.20],
    "calm": [0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.3],
}
RULES = {
    "model_id": "universe_eq_swing_daily_bench",
    "kind": "scanner",
    "universe": "bench",
    "indicator_set": "bench",
    "policy": "bench",
    "params": {"fast": 0.0, "slow": 0.0, "calm": 1.0},
    "gates": {
        "all": [
            {"name": "fast", "when": "ret_20 >= fast"},
            {"name": "slow", "when": "ret_63 >= slow"},
            {"name": "calm", "when": "noise <= calm"},
        ]
    },
    "score": {"momentum": {"weight": 100, "value": "clip01(0.5 + ret_63 / 4)"}},
}
POLICY = Policy.model_validate(
    {
        "name": "bench",
        "policy": {
            "risk": {"max_drawdown": 1.0},
            "execution": {"slippage_bps": BPS, "commission_bps": BPS},
        },
    }
)


def market(folder: Path) -> tuple[BarArrays, Matrix]:
    """Seeded bars and three features of them."""
    random = np.random.default_rng(7)
    size = (TICKERS, SESSIONS)
    close = 50 * np.exp(np.cumsum(random.normal(0, 0.02, size), axis=1))
    open_ = close * np.exp(random.normal(0, 0.01, size))
    axis = Axis(
        tuple(f"T{row:04}" for row in range(TICKERS)),
        np.datetime64("2000-01-01") + np.arange(SESSIONS),
    )
    spans = find_spans(~np.isnan(close))
    volume = np.full(size, 1e6)
    bars = BarArrays(axis, open_, open_, open_, close, volume, spans)
    columns = {"close": close}
    for n in (20, 63):
        change = np.full(size, np.nan)
        change[:, n:] = close[:, n:] / close[:, :-n] - 1
        columns[f"ret_{n}"] = change
    columns["noise"] = random.uniform(0.5, 1.5, size)
    for name, values in (columns | {"open": open_}).items():
        np.save(folder / f"{name}.npy", values)
    degree = {name: int(name == "close") for name in columns}
    return bars, Matrix(axis, columns, degree, np.ones(size, np.bool_))


def scanner(params: dict[str, float]) -> Scanner:
    names = {"ret_20": 0, "ret_63": 0, "noise": 0}
    rules = {**RULES, "params": params}
    return Scanner(ScannerConfig.model_validate(rules), names)


def scored(matrix: Matrix) -> Signals:
    scores = scanner(RULES["params"]).transform(matrix)
    now = matrix.axis.times.astype("datetime64[m]") + np.timedelta64(21 * 60, "m")
    return signals_of(scores, matrix, POLICY, now=now)


def timed(work: Callable[[], Any], repeats: int) -> dict[str, float]:
    wall, cpu = [], []
    for _ in range(repeats):
        began, ran = time.perf_counter(), time.process_time()
        work()
        wall.append(time.perf_counter() - began)
        cpu.append(time.process_time() - ran)
    return {
        "seconds": round(statistics.median(wall), 4),
        "best_seconds": round(min(wall), 4),
        "cpu_seconds": round(statistics.median(cpu), 4),
    }


def run_simulate(bars: BarArrays, matrix: Matrix, folder: Path) -> dict[str, Any]:
    strength = np.nan_to_num(matrix.columns["ret_63"], nan=-np.inf)
    best = np.argsort(-strength, axis=0, kind="stable")[:TOP]
    weights = np.zeros(bars.axis.shape)
    np.put_along_axis(weights, best, 0.95 / TOP, axis=0)
    weights[:, :63] = 0.0

    def work() -> Any:
        return simulate(
            bars.axis, weights, opens=bars.open, closes=bars.close,
            slippage_bps=BPS, commission_bps=BPS,
        )  # fmt: skip

    done = work()
    np.savez(folder / "simulate.npz", weights=weights, equity=done.equity)
    return {**timed(work, 15), "fills": len(done.fill_lines)}


def run_backtest(bars: BarArrays, matrix: Matrix, folder: Path) -> dict[str, Any]:
    ready = scanner(RULES["params"]).transform(matrix)
    now = matrix.axis.times.astype("datetime64[m]")

    def work() -> Any:
        prices = prices_of(bars, POLICY)
        return backtest(prices, signals_of(ready, matrix, POLICY, now=now), POLICY)

    done = work()
    return {
        **timed(work, 5),
        "fills": len(done.fill_lines),
        "refusals": len(done.refused.time),
    }


def run_sweep(
    bars: BarArrays, matrix: Matrix, folder: Path, shown: int
) -> dict[str, Any]:
    prices, signals = prices_of(bars, POLICY), scored(matrix)

    def work() -> Any:
        ready = Sweep(scanner, RULES["params"], matrix, signals)
        return list(sweep(ready, GRID, prices, POLICY))

    done = work()
    wanted = cells(GRID, RULES["params"])
    step = max(1, len(wanted) // shown)
    ready = Sweep(scanner, RULES["params"], matrix, signals)
    for at, cell in enumerate(wanted[::step]):
        result = backtest(prices, ready.of(cell), POLICY)
        np.savez(
            folder / f"cell_{at}.npz",
            lines=result.fill_lines,
            equity=result.equity,
            candidates=done[at * step].signals,
            **cell,
        )
    return {**timed(work, 3), "cells": len(done)}


if __name__ == "__main__":
    task, name, shown = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
    kernels.use_cache(Path(__file__).resolve().parents[1] / "var" / "kernels")
    bars, matrix = market(name)
    work = {"simulate": run_simulate, "backtest": run_backtest}
    found = (
        run_sweep(bars, matrix, name, shown)
        if task == "sweep"
        else work[task](bars, matrix, name)
    )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"task": task, "peer": "sigma", **found, "peak_mb": round(peak)}))
