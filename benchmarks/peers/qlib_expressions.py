"""Qlib without any cache, in one process: expressions over its own binary files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import qlib
from qlib.contrib.data.loader import Alpha158DL
from qlib.data import D
from qlib.data.cache import H
from tasks import keep, read_bars

TR = "(Greater($high,Ref($close,1))-Less($low,Ref($close,1)))"
UP, DOWN = "($high-Ref($high,1))", "(Ref($low,1)-$low)"
TYPICAL = "(($high+$low+$close)/3)"
W = 1 / 14  # Wilder's share
PRICES = {"windows": [0], "feature": ["OPEN", "HIGH", "LOW", "VWAP"]}


def load(folder: Path) -> Path:
    """Qlib's own store: one float32 file per ticker and field."""
    bars = read_bars(folder)
    bars["vwap"] = (bars["high"] + bars["low"] + bars["close"]) / 3
    tickers, sessions = bars["close"].shape
    home = folder / "qlib"
    days = pd.bdate_range("2000-01-03", periods=sessions).strftime("%Y-%m-%d")
    names = [f"T{row:05}" for row in range(tickers)]
    for part in ("calendars", "instruments", "features"):
        (home / part).mkdir(parents=True)
    (home / "calendars" / "day.txt").write_text("\n".join(days) + "\n")
    lines = (f"{name}\t{days[0]}\t{days[-1]}\n" for name in names)
    (home / "instruments" / "all.txt").write_text("".join(lines))
    for row, name in enumerate(names):
        (home / "features" / name.lower()).mkdir()
        for field, values in bars.items():
            path = home / "features" / name.lower() / f"{field}.day.bin"
            np.hstack([0, values[row]]).astype("<f").tofile(path)
    qlib.init(
        provider_uri=str(home), expression_cache=None, dataset_cache=None, kernels=1
    )
    return folder


def alpha158(folder: Path) -> dict[str, np.ndarray]:
    fields, names = Alpha158DL.get_feature_config(
        {"kbar": {}, "price": PRICES, "rolling": {}}
    )
    return _columns(fields, [_ours(name) for name in names])


def stored(folder: Path) -> dict[str, np.ndarray]:
    exprs = _factors()
    return keep(_columns(list(exprs.values()), list(exprs)), folder / "qlib_kept")


def _columns(fields: list[str], names: list[str]) -> dict[str, np.ndarray]:
    H.clear()
    table = D.features(D.instruments("all"), fields, freq="day")
    tickers = table.index.get_level_values(0).nunique()
    return {
        name: table[field].to_numpy().reshape(tickers, -1)
        for name, field in zip(names, fields, strict=True)
    }


def _ours(name: str) -> str:
    """MA20 → ma_20, KMID2 → kmid2, ROC5 → ref_5, BETA5 → price_slope_5."""
    plain = name.lower()
    if name.startswith("K") or (name.endswith("0") and name.rstrip("0") in _DAY):
        return plain
    word = plain.rstrip("0123456789")
    return f"{_RENAMED.get(word, word)}_{plain[len(word) :]}"


_RENAMED = {"roc": "ref", "beta": "price_slope"}
_DAY = {"OPEN", "HIGH", "LOW", "VWAP"}


def _factors() -> dict[str, str]:
    """The 14 factors in Qlib's words. Its averages start elsewhere: equal later on."""
    step = "($close-Ref($close,1))"
    gain, loss = (f"EMA(Greater({x},0),{W})" for x in (step, f"(0-{step})"))
    up = f"EMA(If(And(Gt({UP},{DOWN}),Gt({UP},0)),{UP},0),{W})"
    down = f"EMA(If(And(Gt({DOWN},{UP}),Gt({DOWN},0)),{DOWN},0),{W})"
    atr = f"EMA({TR},{W})"
    mid, band = "Mean($close,20)", "(Std($close,20)*0.9746794344808963*2)"
    line = "(EMA($close,12)-EMA($close,26))"
    signal = f"EMA({line},9)"
    top, bottom = "Max($high,14)", "Min($low,14)"
    k = f"Mean(100*($close-{bottom})/({top}-{bottom}),3)"
    flow, rose = f"{TYPICAL}*$volume", f"Gt({TYPICAL},Ref({TYPICAL},1))"
    inflow = f"Sum(If({rose},{flow},0),14)"
    every = f"Sum(If(Ne({TYPICAL},Ref({TYPICAL},1)),{flow},0),14)"
    return {
        "sma_20": mid,
        "ema_20": "EMA($close,20)",
        "wma_20": "20*WMA($close,20)",
        "roc_10": "$close/Ref($close,10)-1",
        "rsi_14": f"100*{gain}/({gain}+{loss})",
        "atr_14": atr,
        "natr_14": f"100*{atr}/$close",
        "adx_14": f"EMA(100*Abs({up}-{down})/({up}+{down}),{W})",
        "plus_di_14": f"100*{up}/{atr}",
        "minus_di_14": f"100*{down}/{atr}",
        "macd_line": line,
        "macd_signal": signal,
        "macd_hist": f"{line}-{signal}",
        "bollinger_upper": f"{mid}+{band}",
        "bollinger_mid": f"{mid}+0",
        "bollinger_lower": f"{mid}-{band}",
        "bollinger_width": f"2*{band}/{mid}",
        "bollinger_pct_b": f"($close-{mid}+{band})/(2*{band})",
        "stochastic_k": k,
        "stochastic_d": f"Mean({k},3)",
        "williams_r_14": f"100*($close-{top})/({top}-{bottom})",
        "cci_20": f"({TYPICAL}-Mean({TYPICAL},20))/(0.015*Mad({TYPICAL},20))",
        "mfi_14": f"100*{inflow}/{every}",
    }
