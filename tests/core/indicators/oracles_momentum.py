"""Other people's arithmetic for the oscillators: TA-Lib, or plain loops."""

from __future__ import annotations

from collections.abc import Callable
from math import atanh

import numpy as np
import talib

Ticker = dict[str, np.ndarray]
Columns = dict[str, np.ndarray]


def hlc(t: Ticker) -> tuple[np.ndarray, ...]:
    return t["high"], t["low"], t["close"]


def stoch_rsi(t: Ticker) -> Columns:
    k, d = talib.STOCHRSI(t["close"], 14, 14, 3, 0)
    return {"stoch_rsi_k_14_14_3": k, "stoch_rsi_d_14_14_3": d}


def tsi(t: Ticker) -> Columns:
    line = talib.TSI(t["close"], 25, 13)
    signal = np.full_like(line, np.nan)
    signal[37:] = talib.EMA(line[37:], 7)
    return {"tsi_line_25_13_7": line, "tsi_signal_25_13_7": signal}


def fisher_transform(t: Ticker) -> Columns:
    """As Ehlers wrote it down, bar by bar."""
    middle = ((t["high"] + t["low"]) / 2).tolist()
    fisher = [float("nan")] * len(middle)
    v = level = 0.0
    for i in range(9, len(middle)):
        window = middle[i - 9 : i + 1]
        lowest, highest = min(window), max(window)
        v = 0.33 * 2 * ((middle[i] - lowest) / (highest - lowest) - 0.5) + 0.67 * v
        v = max(-0.999, min(0.999, v))
        level = fisher[i] = atanh(v) + 0.5 * level
    return {
        "fisher_transform_10": np.array(fisher),
        "fisher_transform_signal_10": np.array([float("nan"), *fisher[:-1]]),
    }


def elder_ray(t: Ticker) -> Columns:
    bull, bear = talib.ERI(*hlc(t), 13)
    return {"elder_ray_bull_13": bull, "elder_ray_bear_13": bear}


ORACLES: dict[str, Callable[[Ticker], Columns]] = {
    "stoch_rsi": stoch_rsi,
    "tsi": tsi,
    "ultimate_oscillator": lambda t: {
        "ultimate_oscillator_7_14_28": talib.ULTOSC(*hlc(t), 7, 14, 28)
    },
    "cmo": lambda t: {"cmo_14": talib.CMOU(t["close"], 14)},
    "efficiency_ratio": lambda t: {"efficiency_ratio_10": talib.ER(t["close"], 10)},
    "awesome_osc": lambda t: {"awesome_osc_5_34": talib.AO(t["high"], t["low"], 5, 34)},
    "fisher_transform": fisher_transform,
    "elder_ray": elder_ray,
    "qstick": lambda t: {"qstick_10": talib.QSTICK(t["open"], t["close"], 10)},
}
