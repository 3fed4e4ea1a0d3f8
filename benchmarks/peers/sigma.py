"""Sigma: one driver over all tickers, two threads."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from tasks import FIELDS, read_bars

from sigma_core import matrix, state
from sigma_core.bars.grid import find_spans
from sigma_core.frames import Axis, BarArrays
from sigma_core.indicators import Call, kernels, resolve
from sigma_core.specs.files import read_spec
from sigma_core.specs.schema import IndicatorSet

_FACTORS = (
    *("sma", "ema", "wma", "roc", "rsi", "atr", "natr", "adx", "macd", "bollinger"),
    *("stochastic", "williams_r", "cci", "mfi"),
)
_SCAN = (
    *(("donchian", 20), ("bos", 20), ("adx", 14), ("rsi", 14)),
    *(("ret", 20), ("ret", 63), ("ema", 20), ("ema", 50)),
)
_PER_SESSION = 78  # 5-minute bars
_MAX_GAP = 5 * _PER_SESSION
_ALPHA158 = (
    Path(__file__).resolve().parents[2]
    / "packs/swingsigma/indicator_sets/alpha158.yaml"
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
    return BarArrays(axis, *(fields[name] for name in FIELDS), spans=spans)


def factors(bars: BarArrays) -> dict[str, Any]:
    calls = [resolve(name) for name in _FACTORS]
    last = bars.axis.shape[1] - 1
    values = kernels.compute(bars, calls, first=0, last=last)
    names = [short(spec.name) for call in calls for spec in call.columns]
    return dict(zip(names, values, strict=True))


def scan(bars: BarArrays) -> dict[str, Any]:
    calls = _scan_calls()
    last = bars.axis.shape[1] - 1
    values = kernels.compute(bars, calls, first=last, last=last)
    names = [spec.name for call in calls for spec in call.columns]
    return dict(zip(names, values[..., 0], strict=True))


class NewBar(NamedTuple):
    """A state on disk, all bars but the last behind it, and the last bar as it came."""

    path: Path
    axis: Axis
    fields: dict[str, np.ndarray]


def load_newbar(folder: Path) -> NewBar:
    bars = load(folder)
    last = bars.axis.shape[1] - 1
    axis = replace(bars.axis, per_session=_PER_SESSION)
    known = replace(bars, axis=axis, seals=np.zeros((last + 1, 32), np.uint8))
    made = state.made_from(known, _scan_calls(), last=last - 1)
    path = folder / "bench.state"
    state.save(made.state, path)
    axis = Axis(bars.axis.tickers, bars.axis.times[last:])
    came = {name: bars.field(name)[:, last:].copy() for name in FIELDS}
    return NewBar(path, axis, came)


def newbar(new: NewBar) -> dict[str, Any]:
    """From the state's file, of which this process holds nothing, to the new values and
    the state after them; `newbar.py` tells what saving it costs."""
    calls = _scan_calls()
    known = state.load(new.path, calls, max_gap=_MAX_GAP)
    if known is None:
        raise RuntimeError(f"{new.path} is not a state of these calls")
    values, _ = state.advance(known, new.axis, new.fields)
    names = [spec.name for call in calls for spec in call.columns]
    return dict(zip(names, values[..., 0], strict=True))


def _scan_calls() -> list[Call]:
    return [resolve(name, {"window": window}) for name, window in _SCAN]


def alpha158(bars: BarArrays) -> dict[str, Any]:
    """As a stored matrix has them: float32, by the set's own file."""
    iset = read_spec(_ALPHA158, IndicatorSet)
    tickers, sessions = bars.axis.shape
    built = matrix.build(
        bars,
        iset,
        np.ones((tickers, sessions), np.bool_),
        first=0,
        last=sessions - 1,
        dtype=np.float32,
    )
    return {name: built.columns[name] for name in built.columns if name not in FIELDS}


def short(name: str) -> str:
    for suffix in _SHORT:
        if name.startswith(("macd", "stochastic", "bollinger")):
            name = name.removesuffix(suffix)
    return name
