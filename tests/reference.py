"""The breakout scan once more, in plain pandas and TA-Lib, sharing no code with Sigma.

It follows the definitions (`docs/definitions/breakout-score.md` and the pages it
names), over the bars that `export_bars` says the product kept.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import talib

EPSILON, BOS_MIN, ADX_MIN, RSI_MIN = 0.002, 0.25, 18, 55
MAX_GAP = 5


def last_stretch(bars: pd.DataFrame, place: dict[pd.Timestamp, int]) -> pd.DataFrame:
    """The bars since the last gap of more than five missing sessions."""
    at = bars["date"].map(place)
    breaks = np.flatnonzero(at.diff().to_numpy() > MAX_GAP + 1)
    return bars.iloc[breaks[-1] :] if len(breaks) else bars


def split_adjusted(
    kept: pd.DataFrame, splits: pd.DataFrame, day: pd.Timestamp
) -> pd.DataFrame:
    """Bars up to `day` in that day's units: earlier prices ÷ later split factors.

    `splits`: ticker, ex_date, split_factor (2.0 for two new shares for an old one).
    """
    bars = kept[kept["date"] <= day].copy()
    bars["volume"] = bars["volume"].astype(float)
    for split in splits[splits["ex_date"] <= day].itertuples():
        before = (bars["ticker"] == split.ticker) & (bars["date"] < split.ex_date)
        bars.loc[before, ["open", "high", "low", "close"]] /= split.split_factor
        bars.loc[before, "volume"] *= split.split_factor
    return bars


def in_universe(
    bars: pd.DataFrame, day: pd.Timestamp, place: dict[pd.Timestamp, int]
) -> bool:
    """Price of at least 5 and 500,000 shares a day over 20 bars, before `day`."""
    before = bars[bars["date"] < day]
    if len(before) < 20 or place[day] - 1 - place[before["date"].iloc[-1]] > MAX_GAP:
        return False
    return before["close"].iloc[-1] >= 5 and before["volume"].tail(20).mean() >= 500_000


def features(bars: pd.DataFrame) -> dict[str, float]:
    """The columns of the breakout set on the last bar; NaN where too young."""
    high, low, close = (bars[name].to_numpy(float) for name in ("high", "low", "close"))
    nan = float("nan")
    prior_high = high[-21:-1].max() if len(high) > 20 else nan
    with np.errstate(all="ignore"):
        row = {
            "close": close[-1],
            "donchian_high_20": prior_high,
            "bos_20": (close[-1] - prior_high) / talib.ATR(high, low, close, 14)[-1],
            "adx_14": talib.ADX(high, low, close, 14)[-1],
            "rsi_14": talib.RSI(close, 14)[-1],
            "ema_20": talib.EMA(close, 20)[-1],
            "ema_50": talib.EMA(close, 50)[-1],
        }
    for n in (20, 63):
        row[f"ret_{n}"] = close[-1] / close[-1 - n] - 1 if len(close) > n else nan
    return row


def zscore(column: pd.Series) -> pd.Series:
    """(x − mean) / population sd over the values there are; 0 where all are equal."""
    spread = column.std(ddof=0)
    centred = column - column.mean()
    return centred * 0.0 if spread == 0 else centred / spread


def breakout_scan(
    kept: pd.DataFrame,
    day: str,
    sessions: list[str],
    *,
    splits: pd.DataFrame | None = None,
    funds: tuple[str, ...] = (),
) -> pd.DataFrame:
    """Ranked list of one session: ticker and score_total, best first.

    `kept`: ticker, date, open, high, low, close, volume as printed. `sessions`: all
    exchange sessions from the first bar to `day`, as ISO dates. `funds` are left out.
    """
    at = pd.Timestamp(day)
    place = {pd.Timestamp(s): n for n, s in enumerate(sessions)}
    seen = kept[(kept["date"] <= at) & ~kept["ticker"].isin(funds)]
    adjusted = seen if splits is None else split_adjusted(seen, splits, at)
    printed = dict(iter(seen.sort_values("date").groupby("ticker")))
    rows = {}
    for ticker, bars in adjusted.sort_values("date").groupby("ticker"):
        if in_universe(printed[ticker], at, place) and bars["date"].iloc[-1] == at:
            rows[ticker] = features(last_stretch(bars, place))
    table = pd.DataFrame.from_dict(rows, orient="index")
    return ranked(table)


def ranked(table: pd.DataFrame) -> pd.DataFrame:
    """Gates and score over one session's members."""
    t = table
    aligned = (t["close"] > t["ema_20"]) & (t["ema_20"] > t["ema_50"])
    momentum = 0.5 * zscore(t["ret_20"]) + 0.5 * zscore(t["ret_63"])
    score = (
        40 * (t["bos_20"] / 0.5).clip(0, 1)
        + 30 * momentum.clip(0, 1)
        + 15 * ((t["adx_14"] - 20) / 15).clip(0, 1)
        + 15 * aligned.where(t["ema_50"].notna()).astype(float)
    )
    broke_out = (t["close"] > t["donchian_high_20"] * (1 + EPSILON)) | (
        t["bos_20"] >= BOS_MIN
    )
    passed = broke_out & (t["adx_14"] >= ADX_MIN) & (t["rsi_14"] >= RSI_MIN)
    chosen = score[passed & score.notna()].rename("score_total").rename_axis("ticker")
    table = chosen.reset_index()
    return table.sort_values(
        ["score_total", "ticker"], ascending=[False, True], ignore_index=True
    ).head(50)
