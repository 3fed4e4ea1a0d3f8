"""The 5-minute momentum scan once more, in plain pandas and TA-Lib, sharing no code
with Sigma, over the bars that `BarStore.kept` says the product kept.
"""

from __future__ import annotations

import pandas as pd
import talib

RSI_MIN, RVOL_MIN = 55, 1


def momentum_scan(
    kept: pd.DataFrame, start: pd.Timestamp, funds: set[str]
) -> pd.DataFrame:
    """Ranked list of the bar that starts at `start` (UTC): ticker and score_total.

    `kept`: ticker, ts (UTC), open, high, low, close, volume, without splits.
    """
    seen = kept[(kept["ts"] <= start) & ~kept["ticker"].isin(funds)]
    rows = {}
    for ticker, bars in seen.sort_values("ts").groupby("ticker"):
        bars = bars.assign(day=bars["ts"].dt.tz_convert("America/New_York").dt.date)
        days = bars[bars["day"] < start.tz_convert("America/New_York").date()]
        days = days.groupby("day").agg({"close": "last", "volume": "sum"})
        if bars["ts"].iloc[-1] == start and in_universe(days):
            rows[ticker] = features(bars) | {
                "ema_20_daily": talib.EMA(days["close"].to_numpy(float), 20)[-1]
            }
    return ranked(pd.DataFrame.from_dict(rows, orient="index"))


def in_universe(days: pd.DataFrame) -> bool:
    """Price of at least 5 and 500,000 shares a day over the 20 days before."""
    typical = days["volume"].tail(20).mean()
    return len(days) >= 20 and days["close"].iloc[-1] >= 5 and typical >= 500_000


def features(bars: pd.DataFrame) -> dict[str, float]:
    """The columns of the set on the last bar."""
    close, volume = (bars[name].to_numpy(float) for name in ("close", "volume"))
    return {
        "close": close[-1],
        "ema_20": talib.EMA(close, 20)[-1],
        "rsi_14": talib.RSI(close, 14)[-1],
        "ret_12": close[-1] / close[-13] - 1,
        "rvol_20": volume[-1] / volume[-21:-1].mean(),
    }


def ranked(t: pd.DataFrame) -> pd.DataFrame:
    """Gates and score over the members of one bar, the 20 best."""
    z = (t["ret_12"] - t["ret_12"].mean()) / t["ret_12"].std(ddof=0)
    score = (
        40 * (0.5 * z).clip(0, 1)
        + 25 * ((t["rsi_14"] - RSI_MIN) / 25).clip(0, 1)
        + 20 * ((t["rvol_20"] - RVOL_MIN) / 2).clip(0, 1)
        + 15 * ((t["close"] / t["ema_20_daily"] - 1) / 0.1).clip(0, 1)
    )
    passed = (t["close"] > t["ema_20"]) & (t["close"] > t["ema_20_daily"])
    passed &= (t["rsi_14"] >= RSI_MIN) & (t["rvol_20"] >= RVOL_MIN)
    chosen = score[passed].rename("score_total").rename_axis("ticker").reset_index()
    return chosen.sort_values(
        ["score_total", "ticker"], ascending=[False, True], ignore_index=True
    ).head(20)
