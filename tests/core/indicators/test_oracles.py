"""Every indicator against someone else's arithmetic, on clean seeded bars.

TA-Lib where it has the indicator, plain pandas where it has not; equal to 1e-9.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import talib

from sigma_core.frames import FIELDS, Axis, BarArrays
from sigma_core.indicators import cards, kernels, resolve
from tests.core.indicators import (
    oracles_alpha158,
    oracles_market,
    oracles_momentum,
    oracles_structure,
    oracles_swings,
    oracles_trend,
    oracles_volatility,
    oracles_volume,
)
from tests.market import five_minutes, random_market

SESSIONS = 1300
BARS = random_market(seed=11, tickers=4, sessions=SESSIONS)
INTRADAY = replace(BARS, axis=Axis(BARS.axis.tickers, five_minutes(SESSIONS)))
Ticker = dict[str, np.ndarray]
Oracle = Callable[[Ticker], dict[str, np.ndarray]]


def tickers(bars: BarArrays) -> list[Ticker]:
    shared = {"market": bars.benchmark.close, "times": bars.axis.times}
    rows = range(len(bars.axis.tickers))
    return [{n: bars.field(n)[row] for n in FIELDS} | shared for row in rows]


def hlc(t: Ticker) -> tuple[np.ndarray, ...]:
    return t["high"], t["low"], t["close"]


def macd(t: Ticker) -> dict[str, np.ndarray]:
    line, signal, hist = talib.MACD(t["close"], 12, 26, 9)
    return {
        "macd_line_12_26_9": line,
        "macd_signal_12_26_9": signal,
        "macd_hist_12_26_9": hist,
    }


def adx(t: Ticker) -> dict[str, np.ndarray]:
    return {
        "adx_14": talib.ADX(*hlc(t), 14),
        "plus_di_14": talib.PLUS_DI(*hlc(t), 14),
        "minus_di_14": talib.MINUS_DI(*hlc(t), 14),
    }


def aroon(t: Ticker) -> dict[str, np.ndarray]:
    down, up = talib.AROON(t["high"], t["low"], 25)
    osc = talib.AROONOSC(t["high"], t["low"], 25)
    return {"aroon_up_25": up, "aroon_down_25": down, "aroon_osc_25": osc}


def bollinger(t: Ticker) -> dict[str, np.ndarray]:
    upper, mid, lower = talib.BBANDS(t["close"], 20, 2.0, 2.0)
    return {
        "bollinger_upper_20_2": upper,
        "bollinger_mid_20_2": mid,
        "bollinger_lower_20_2": lower,
        "bollinger_width_20_2": (upper - lower) / mid,
        "bollinger_pct_b_20_2": (t["close"] - lower) / (upper - lower),
    }


def keltner(t: Ticker) -> dict[str, np.ndarray]:
    mid, reach = talib.EMA(t["close"], 20), 2 * talib.ATR(*hlc(t), 10)
    return {
        "keltner_upper_20_10_2": mid + reach,
        "keltner_mid_20_10_2": mid,
        "keltner_lower_20_10_2": mid - reach,
        "keltner_width_20_10_2": 2 * reach / mid,
    }


def stochastic(t: Ticker) -> dict[str, np.ndarray]:
    high, low, close = hlc(t)
    k, d = talib.STOCH(high, low, close, 14, 3, 0, 3, 0)
    return {"stochastic_k_14_3_3": k, "stochastic_d_14_3_3": d}


def donchian(t: Ticker) -> dict[str, np.ndarray]:
    return {
        "donchian_high_20": prior(talib.MAX(t["high"], 20)),
        "donchian_low_20": prior(talib.MIN(t["low"], 20)),
    }


def prior(values: np.ndarray) -> np.ndarray:
    return np.concatenate([[np.nan], values[:-1]])


def obv(t: Ticker) -> dict[str, np.ndarray]:
    slope = talib.LINEARREG_SLOPE(talib.OBV(t["close"], t["volume"]), 20)
    return {"obv_20": slope / talib.SMA(t["volume"], 20)}


def cmf(t: Ticker) -> dict[str, np.ndarray]:
    high, low, close = (pd.Series(values) for values in hlc(t))
    volume = pd.Series(t["volume"])
    flow = ((close - low) - (high - close)) / (high - low) * volume
    return {"cmf_20": (flow.rolling(20).sum() / volume.rolling(20).sum()).to_numpy()}


def vol_zscore(t: Ticker) -> dict[str, np.ndarray]:
    logs = pd.Series(np.log(t["volume"]))
    before = logs.shift(1).rolling(20)
    return {"vol_zscore_20": ((logs - before.mean()) / before.std(ddof=0)).to_numpy()}


def lr_r2(t: Ticker) -> dict[str, np.ndarray]:
    logs, time = np.log(t["close"]), np.arange(float(len(t["close"])))
    return {"lr_r2_60": talib.CORREL(time, logs, 60) ** 2}


def momentum(t: Ticker) -> dict[str, np.ndarray]:
    close = pd.Series(t["close"])
    return {"momentum_252_21": (close.shift(21) / close.shift(252) - 1).to_numpy()}


def bos(t: Ticker) -> dict[str, np.ndarray]:
    above = t["close"] - prior(talib.MAX(t["high"], 20))
    return {"bos_20": above / talib.ATR(*hlc(t), 14)}


ORACLES: dict[str, Oracle] = {
    "sma": lambda t: {"sma_20": talib.SMA(t["close"], 20)},
    "ema": lambda t: {"ema_20": talib.EMA(t["close"], 20)},
    "wma": lambda t: {"wma_20": talib.WMA(t["close"], 20)},
    "macd": macd,
    "dist_to_ema": lambda t: {
        "dist_to_ema_50": t["close"] / talib.EMA(t["close"], 50) - 1
    },
    "adx": adx,
    "aroon": aroon,
    "lr_r2": lr_r2,
    "donchian": donchian,
    "bos": bos,
    "ret": lambda t: {"ret_20": talib.ROCP(t["close"], 20)},
    "roc": lambda t: {"roc_10": talib.ROCP(t["close"], 10)},
    "momentum": momentum,
    "rsi": lambda t: {"rsi_14": talib.RSI(t["close"], 14)},
    "stochastic": stochastic,
    "williams_r": lambda t: {"williams_r_14": talib.WILLR(*hlc(t), 14)},
    "cci": lambda t: {"cci_20": talib.CCI(*hlc(t), 20)},
    "atr": lambda t: {"atr_14": talib.ATR(*hlc(t), 14)},
    "natr": lambda t: {"natr_14": talib.NATR(*hlc(t), 14)},
    "rolling_std": lambda t: {"rolling_std_20": talib.STDDEV(t["close"], 20, 1.0)},
    "bollinger": bollinger,
    "keltner": keltner,
    "obv": obv,
    "cmf": cmf,
    "mfi": lambda t: {"mfi_14": talib.MFI(*hlc(t), t["volume"], 14)},
    "vol_zscore": vol_zscore,
    "adv_dollar": lambda t: {"adv_dollar_20": talib.SMA(t["close"] * t["volume"], 20)},
}
ORACLES |= oracles_trend.ORACLES
ORACLES |= oracles_momentum.ORACLES
ORACLES |= oracles_volatility.ORACLES
ORACLES |= oracles_volume.ORACLES
ORACLES |= oracles_structure.ORACLES
ORACLES |= oracles_swings.ORACLES
ORACLES |= oracles_alpha158.ORACLES
ORACLES |= oracles_market.ORACLES
#: Outputs that TA-Lib holds back until a slower one is ready.
HELD_BACK = {"stochastic_k_14_3_3", "stoch_rsi_k_14_14_3"}


@pytest.mark.parametrize("name", cards())
def test_it_equals_its_oracle_on_clean_bars(name: str) -> None:
    call = resolve(name)
    bars = INTRADAY if call.card.intraday else BARS
    values = kernels.compute(bars, [call], first=0, last=SESSIONS - 1)
    for row, ticker in enumerate(tickers(bars)):
        oracle = ORACLES[name](ticker)
        assert list(oracle) == [spec.name for spec in call.columns]
        for spec, found in zip(call.columns, values[:, row], strict=True):
            wanted = oracle[spec.name]
            seen = ~np.isnan(wanted)
            assert seen.sum() > 400
            scale = max(1.0, float(np.abs(wanted[seen]).max()))
            error = np.abs(found[seen] - wanted[seen]).max() / scale
            assert error < 1e-9, f"{spec.name} of ticker {row} is off by {error}"
            if spec.name not in HELD_BACK:
                np.testing.assert_array_equal(np.isnan(found), ~seen)
