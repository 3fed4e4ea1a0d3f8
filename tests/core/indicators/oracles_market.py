"""Plain arithmetic for what is measured against the market, the calendar or a session.

numpy's own least squares on each window, exchange_calendars for days, pandas by day.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from tests.market import library_schedule

Ticker = dict[str, np.ndarray]
Columns = dict[str, np.ndarray]
YEARS = "2019-01-01", "2026-12-31"


def steps(t: Ticker) -> tuple[np.ndarray, np.ndarray]:
    own, market = t["close"], t["market"]
    return own[1:] / own[:-1] - 1, market[1:] / market[:-1] - 1


def rolled(t: Ticker, window: int, value: Callable[..., float]) -> np.ndarray:
    """`value(own returns, market returns)` of each window."""
    own, market = steps(t)
    out = np.full(len(t["close"]), np.nan)
    for at in range(window, len(out)):
        out[at] = value(own[at - window : at], market[at - window : at])
    return out


def residuals(own: np.ndarray, market: np.ndarray) -> np.ndarray:
    rows = np.column_stack([np.ones(len(market)), market])
    return own - rows @ np.linalg.lstsq(rows, own, rcond=None)[0]


def beta(own: np.ndarray, market: np.ndarray) -> float:
    return np.cov(own, market)[0, 1] / np.var(market, ddof=1)


def ivol(own: np.ndarray, market: np.ndarray) -> float:
    return residuals(own, market).std()


def mom_resid(own: np.ndarray, market: np.ndarray) -> float:
    part = residuals(own, market)[-252:-21]
    return part.mean() / part.std()


def rel_strength(t: Ticker) -> Columns:
    ratio = pd.Series(t["close"] / t["market"])
    return {"rel_strength_63": (ratio / ratio.shift(63) - 1).to_numpy()}


def above_ma(t: Ticker) -> Columns:
    close = pd.Series(t["close"])
    mean = close.rolling(50).mean()
    above = (close > mean).astype(float).where(mean.notna())
    return {"breadth_above_ma_50": above.to_numpy()}


def local(t: Ticker) -> pd.DatetimeIndex:
    return utc(t).tz_convert("America/New_York")


def utc(t: Ticker) -> pd.DatetimeIndex:
    return pd.DatetimeIndex(t["times"]).tz_localize("UTC")


def session_minute(t: Ticker) -> Columns:
    hours = library_schedule(*YEARS).loc[local(t).tz_localize(None).normalize()]
    opens, closes = pd.DatetimeIndex(hours["open"]), pd.DatetimeIndex(hours["close"])
    return {"session_minute": np.asarray((utc(t) - opens) / (closes - opens))}


def calendar_flags(t: Ticker) -> Columns:
    hours = library_schedule(*YEARS)
    days, held = pd.DatetimeIndex(t["times"]), hours.index
    place = held.get_indexer(days)
    months = held.to_period("M")
    ends = months[place] != months[place + 1]
    begins = months[place] != months[place - 3]
    short = hours["close"] - hours["open"] < pd.Timedelta(hours=6.5)
    fridays = pd.date_range("2019-01-01", "2026-12-31", freq="WOM-3FRI")
    expiries = held.searchsorted(fridays, side="right") - 1
    return {
        "dow": days.day_of_week.to_numpy(float),
        "turn_of_month": (ends | begins).astype(float),
        "days_to_opex": (expiries[np.searchsorted(expiries, place)] - place) * 1.0,
        "half_day": short.to_numpy()[place].astype(float),
    }


def by_day(t: Ticker) -> tuple[pd.DataFrame, pd.core.groupby.DataFrameGroupBy]:
    names = ("high", "low", "close", "volume")
    table = pd.DataFrame({name: t[name] for name in names})
    table["typical"] = (table["high"] + table["low"] + table["close"]) / 3
    table["traded"] = table["typical"] * table["volume"]
    return table, table.groupby(local(t).date)


def vwap_session(t: Ticker) -> Columns:
    _, day = by_day(t)
    found = day["traded"].cumsum() / day["volume"].cumsum()
    return {"vwap_session": found.to_numpy()}


def close_vs_vwap(t: Ticker) -> Columns:
    return {"close_vs_vwap": t["close"] / vwap_session(t)["vwap_session"] - 1}


def first_minutes_range(t: Ticker) -> Columns:
    table, day = by_day(t)
    place = day.cumcount()
    first = table[place < 6].groupby(local(t).date[place < 6])
    high, low = first["high"].max(), first["low"].min()
    dates, known = local(t).date, (place >= 6).to_numpy()
    return {
        "first_minutes_high_30": np.where(known, high.reindex(dates), np.nan),
        "first_minutes_low_30": np.where(known, low.reindex(dates), np.nan),
    }


ORACLES: dict[str, Callable[[Ticker], Columns]] = {
    "beta": lambda t: {"beta_252": rolled(t, 252, beta)},
    "ivol": lambda t: {"ivol_21": rolled(t, 21, ivol)},
    "mom_resid": lambda t: {"mom_resid_756_252_21": rolled(t, 756, mom_resid)},
    "rel_strength": rel_strength,
    "breadth_above_ma": above_ma,
    "session_minute": session_minute,
    "calendar_flags": calendar_flags,
    "vwap_session": vwap_session,
    "close_vs_vwap": close_vs_vwap,
    "first_minutes_range": first_minutes_range,
}
