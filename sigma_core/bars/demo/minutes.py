"""The demo market within the day: 5-minute bars that add up to its daily ones.

Definition, with four bars by hand: `docs/definitions/demo.md`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import cast

import numpy as np
import pandas as pd

from sigma_core.bars.demo import events
from sigma_core.bars.demo.market import Clean, clean_market
from sigma_core.bars.grid import times_between
from sigma_core.bars.moments import ends
from sigma_core.bars.rows import moment
from sigma_core.bars.store import Commit, Dataset
from sigma_core.frames import BARS_COLUMNS, FIELDS, Bars, Floats, Times
from sigma_core.sessions import exchange

CADENCE = "5m"
#: Bars of a whole session; a half day has fewer, and draws as many.
BARS = 78
#: How far, as a share of the day's range, a bar reaches beyond its open and close.
WICK = 0.03
#: Spread of the log of a bar's share of the day's volume.
BUSY = 0.4
#: Far from the days' own streams and from that of the companies.
_STREAM = 1 << 41
_KINDS = 4


@dataclass(frozen=True)
class Within:
    """Standard normals of one session, `[company, bar]` each."""

    path: Floats
    above: Floats
    below: Floats
    volume: Floats


def demo_minutes(
    *,
    seed: int,
    since: date,
    until: date,
    now: datetime | None = None,
    tickers: int = 200,
    start: date = date(2023, 1, 3),
) -> Bars:
    """The 5-minute bars of the sessions from `since` to `until`, both included.

    `start`, `seed` and `tickers` as in `demo_market`, whose daily bars they add up to,
    apart from those that are planted bad. `now` leaves out what had not closed by then.
    """
    market = clean_market(seed=seed, until=until, tickers=tickers, start=start)
    held = events.presence(market.days, len(market.firms))
    first = int(np.searchsorted(market.days, np.datetime64(since, "D")))
    tables = [_session(market, at, held[at], seed) for at in range(first, market.shown)]
    if not tables:
        return _table([], np.zeros((0, 0)), np.zeros(0, "datetime64[us]"), {})
    bars = pd.concat(tables, ignore_index=True)
    if now is not None:
        ts = bars["ts"].dt.tz_localize(None).to_numpy()
        bars = bars[ends(ts, exchange(), CADENCE) <= moment(now)]
    return bars.sort_values(["ticker", "ts"], ignore_index=True)


def fill_minutes(dataset: Dataset, bars: Bars, *, ingested_at: datetime) -> Commit:
    """Store 5-minute bars of the demo market beside its days."""
    return dataset.bars(CADENCE).append(
        bars, source="demo", adjustment="raw", ingested_at=ingested_at
    )


def draw_within(seed: int, day: np.datetime64, count: int) -> Within:
    """The draws of a session for `count` companies; more companies leave these."""
    number = int(day.astype("datetime64[D]").astype(np.int64))
    stream = np.random.Generator(np.random.Philox(key=[seed, _STREAM + number]))
    drawn = stream.standard_normal((count, _KINDS, BARS))
    return Within(*(drawn[:, kind] for kind in range(_KINDS)))


def within_day(day: dict[str, Floats], draws: Within, bars: int) -> dict[str, Floats]:
    """The five fields `[company, bar]` of a session of so many bars.

    `day` holds the five of the whole session, `[company]`. The first bar opens and the
    last closes as the day does, one reaches its high, one its low, and the volumes add
    up to its own.
    """
    low, high = day["low"][:, None], day["high"][:, None]
    knots = _knots(day, draws.path[:, :bars])
    opens, closes = knots[:, :-1], knots[:, 1:]
    reach = WICK * (high - low)
    above = np.maximum(opens, closes) + reach * np.abs(draws.above[:, :bars])
    below = np.minimum(opens, closes) - reach * np.abs(draws.below[:, :bars])
    above, below = _cents(np.minimum(above, high)), _cents(np.maximum(below, low))
    own = np.arange(len(knots))
    above[own, above.argmax(axis=1)] = day["high"]
    below[own, below.argmin(axis=1)] = day["low"]
    volume = _volumes(day["volume"], draws.volume[:, :bars])
    fields = (opens, above, below, closes, volume)
    return dict(zip(FIELDS, fields, strict=True))


def _knots(day: dict[str, Floats], normals: Floats) -> Floats:
    """Prices between the bars: a bridge from the open to the close, stretched so that
    it keeps within the day's low and high and, where it leaves the way, reaches them.
    """
    bars = normals.shape[1]
    steps = np.arange(bars + 1) / bars
    walked = np.zeros((len(normals), bars + 1))
    np.cumsum(normals, axis=1, out=walked[:, 1:])
    bridge = walked - steps * walked[:, -1:]
    o, h, l, c = (day[name][:, None] for name in ("open", "high", "low", "close"))  # noqa: E741
    path = o + (c - o) * steps + (h - l) / 2 / np.sqrt(bars) * bridge
    top, bottom = np.maximum(o, c), np.minimum(o, c)
    over = path.max(axis=1, keepdims=True) - top
    under = bottom - path.min(axis=1, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        up = top + (h - top) * (path - top) / over
        down = bottom - (bottom - l) * (bottom - path) / under
    path = np.where((path > top) & (over > 0), up, path)
    path = np.where((path < bottom) & (under > 0), down, path)
    knots = _cents(np.clip(path, l, h))
    knots[:, 0], knots[:, -1] = day["open"], day["close"]
    return knots


def _volumes(volume: Floats, normals: Floats) -> Floats:
    """Whole shares that add up to the day's: most at its beginning and its end."""
    bars = normals.shape[1]
    middle = 2 * (np.arange(bars) + 0.5) / bars - 1
    busy = (1 + 2 * middle**2) * np.exp(BUSY * normals)
    until = np.cumsum(busy, axis=1)
    shares = np.floor(volume[:, None] * (until / until[:, -1:]))
    return np.diff(shares, axis=1, prepend=0.0)


def _session(market: Clean, at: int, held: np.ndarray, seed: int) -> Bars:
    """The bars of one session of those companies that have any."""
    day = market.days[at]
    times = times_between(exchange(), CADENCE, day, day)
    draws = draw_within(seed, day, len(market.firms))
    prices = market.prices
    whole = {name: getattr(prices, name)[at] for name in FIELDS}
    fields = within_day(whole, draws, len(times))
    names = [t for t, there in zip(market.firms.tickers, held, strict=True) if there]
    return _table(
        names, held, times, {name: values[held] for name, values in fields.items()}
    )


def _table(
    names: list[str], held: np.ndarray, times: Times, fields: dict[str, Floats]
) -> Bars:
    ts = pd.to_datetime(np.tile(times, len(names)), utc=True)
    columns = {"ticker": np.repeat(np.array(names, dtype=object), len(times)), "ts": ts}
    values = {n: fields[n].ravel() if fields else np.zeros(0) for n in FIELDS}
    table = pd.DataFrame(columns | values).astype({"ticker": "str"})
    return table[list(BARS_COLUMNS)]


def _cents(price: Floats) -> Floats:
    return cast(Floats, np.round(price, 2))
