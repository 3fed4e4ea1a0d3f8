"""Other people's arithmetic for the trend indicators: TA-Lib, or plain loops."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import talib

Ticker = dict[str, np.ndarray]
Columns = dict[str, np.ndarray]


def hlc(t: Ticker) -> tuple[np.ndarray, ...]:
    return t["high"], t["low"], t["close"]


def ma_cross(t: Ticker) -> Columns:
    apart = np.sign(talib.SMA(t["close"], 50) - talib.SMA(t["close"], 200))
    before = np.concatenate([[np.nan], apart[:-1]])
    crossed = np.where(apart == before, 0.0, apart)
    crossed[np.isnan(before)] = np.nan
    return {"ma_cross_state_50_200": apart, "ma_cross_cross_50_200": crossed}


def ema_slope(t: Ticker) -> Columns:
    return {"ema_slope_20_5": talib.ROCP(talib.EMA(t["close"], 20), 5)}


def psar(t: Ticker) -> Columns:
    """TA-Lib has no direction: a stop below the low is a long one's."""
    stop = talib.SAR(t["high"], t["low"], 0.02, 0.2)
    way = np.where(stop < t["low"], 1.0, -1.0)
    way[np.isnan(stop)] = np.nan
    return {"psar_stop_0p02_0p2": stop, "psar_dir_0p02_0p2": way}


def supertrend(t: Ticker) -> Columns:
    line, way = talib.SUPERTREND(*hlc(t), 10, 3.0)
    way = np.where(np.isnan(line), np.nan, way)
    return {"supertrend_line_10_3": line, "supertrend_dir_10_3": way}


def ichimoku(t: Ticker) -> Columns:
    def middle(n: int) -> pd.Series:
        high, low = pd.Series(t["high"]), pd.Series(t["low"])
        return (high.rolling(n).max() + low.rolling(n).min()) / 2

    tenkan, kijun = middle(9), middle(26)
    return {
        "ichimoku_tenkan_9_26_52": tenkan.to_numpy(),
        "ichimoku_kijun_9_26_52": kijun.to_numpy(),
        "ichimoku_span_a_9_26_52": ((tenkan + kijun) / 2).shift(26).to_numpy(),
        "ichimoku_span_b_9_26_52": middle(52).shift(26).to_numpy(),
    }


def ppo(t: Ticker) -> Columns:
    line = talib.PPO(t["close"], 12, 26, 1)
    signal = np.full_like(line, np.nan)
    signal[25:] = talib.EMA(line[25:], 9)
    return {
        "ppo_line_12_26_9": line,
        "ppo_signal_12_26_9": signal,
        "ppo_hist_12_26_9": line - signal,
    }


def vortex(t: Ticker) -> Columns:
    plus, minus = talib.VORTEX(*hlc(t), 14)
    return {"vortex_plus_14": plus, "vortex_minus_14": minus}


ORACLES: dict[str, Callable[[Ticker], Columns]] = {
    "hma": lambda t: {"hma_20": talib.HMA(t["close"], 20)},
    "kama": lambda t: {"kama_10_2_30": talib.KAMA(t["close"], 10)},
    "dist_ma": lambda t: {"dist_ma_50": t["close"] / talib.SMA(t["close"], 50) - 1},
    "ma_cross": ma_cross,
    "ema_slope": ema_slope,
    "psar": psar,
    "supertrend": supertrend,
    "ichimoku": ichimoku,
    "ppo": ppo,
    "trix": lambda t: {"trix_15": talib.TRIX(t["close"], 15)},
    "linreg_slope": lambda t: {
        "linreg_slope_60": talib.LINEARREG_SLOPE(np.log(t["close"]), 60)
    },
    "vortex": vortex,
    "dpo": lambda t: {"dpo_20": talib.DPO(t["close"], 20)},
}
