"""Sigma: one driver over all tickers, two threads."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from tasks import FIELDS, read_bars

from sigma_core.bars.grid import find_spans
from sigma_core.frames import Axis, BarArrays
from sigma_core.indicators import kernels, resolve

_FACTORS = (
    *("sma", "ema", "wma", "roc", "rsi", "atr", "natr", "adx", "macd", "bollinger"),
    *("stochastic", "williams_r", "cci", "mfi"),
)
_SCAN = (
    *(("donchian", 20), ("bos", 20), ("adx", 14), ("rsi", 14)),
    *(("ret", 20), ("ret", 63), ("ema", 20), ("ema", 50)),
)
#: Sigma's columns carry their parameters; the tasks' names leave them out.
_SHORT = ("_12_26_9", "_14_3_3", "_20_2")


def load(folder: Path) -> BarArrays:
    fields = read_bars(folder)
    tickers, sessions = fields["close"].shape
    axis = Axis(
        tuple(f"T{row:05}" for row in range(tickers)),
        np.datetime64("2000-01-01") + np.arange(sessions),
    )
    spans = find_spans(~np.isnan(fields["close"]))
    kernels.use_cache(Path(__file__).resolve().parents[2] / "var" / "kernels")
    kernels.warm()
    return BarArrays(axis, *(fields[name] for name in FIELDS), spans=spans)


def factors(bars: BarArrays) -> dict[str, Any]:
    calls = [resolve(name) for name in _FACTORS]
    last = bars.axis.shape[1] - 1
    values = kernels.compute(bars, calls, first=0, last=last)
    names = [_short(spec.name) for call in calls for spec in call.columns]
    return dict(zip(names, values, strict=True))


def scan(bars: BarArrays) -> dict[str, Any]:
    calls = [resolve(name, {"window": window}) for name, window in _SCAN]
    last = bars.axis.shape[1] - 1
    values = kernels.compute(bars, calls, first=last, last=last)
    names = [spec.name for call in calls for spec in call.columns]
    return dict(zip(names, values[..., 0], strict=True))


def _short(name: str) -> str:
    for suffix in _SHORT:
        if name.startswith(("macd", "stochastic", "bollinger")):
            name = name.removesuffix(suffix)
    return name
