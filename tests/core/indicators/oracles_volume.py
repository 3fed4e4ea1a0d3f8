"""Other people's arithmetic for the volume indicators: TA-Lib, or plain pandas."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import talib

Ticker = dict[str, np.ndarray]
Columns = dict[str, np.ndarray]


def hlcv(t: Ticker) -> tuple[np.ndarray, ...]:
    return t["high"], t["low"], t["close"], t["volume"]


def ad_line(t: Ticker) -> Columns:
    line = talib.AD(*hlcv(t))
    return {"ad_line": line, "ad_line_share": line / np.cumsum(t["volume"])}


def pvt(t: Ticker) -> Columns:
    line = talib.PVT(t["close"], t["volume"])
    traded = np.concatenate([[np.nan], np.cumsum(t["volume"][1:])])
    return {"pvt": line, "pvt_mean": line / traded}


def volume_z(t: Ticker) -> Columns:
    volume = pd.Series(t["volume"])
    before = volume.shift(1).rolling(20)
    return {"volume_z_20": ((volume - before.mean()) / before.std(ddof=0)).to_numpy()}


def amihud(t: Ticker) -> Columns:
    close = pd.Series(t["close"])
    steps = close.pct_change(fill_method=None).abs() / (close * t["volume"])
    return {"amihud_21": (1e6 * steps).rolling(21).mean().to_numpy()}


def vwap_rolling(t: Ticker) -> Columns:
    typical = (t["high"] + t["low"] + t["close"]) / 3
    return {"vwap_rolling_20": talib.VWMA(typical, t["volume"], 20)}


ORACLES: dict[str, Callable[[Ticker], Columns]] = {
    "ad_line": ad_line,
    "adosc": lambda t: {"adosc_3_10": talib.ADOSC(*hlcv(t), 3, 10)},
    "pvt": pvt,
    "force_index": lambda t: {"force_index_13": talib.EFI(t["close"], t["volume"], 13)},
    "rvol": lambda t: {"rvol_20": talib.RVOL(t["volume"], 20)},
    "volume_z": volume_z,
    "amihud": amihud,
    "vwap_rolling": vwap_rolling,
}
