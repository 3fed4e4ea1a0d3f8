"""What is planted in the demo market, each item written down as `Planted`.

Once, a number of sessions after the start: a listing, a delisting, a halt, splits and
a true large move. Again and again, one round every 63 sessions: bars that are wrong.
Where and when depends on session numbers alone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import cast

import numpy as np
import pandas as pd

from sigma_core.bars.demo.companies import Companies
from sigma_core.bars.demo.prices import Prices
from sigma_core.frames import FIELDS, Bools, Floats, Times

#: Sessions after the start; the numbers of companies come after the cheap first ones.
LISTED = (80, 11)
DELISTED = (160, 12)
HALTED = (120, 13)
HALT_SESSIONS = 8
PLANNED_SPLITS = ((40, 14, 2.0), (110, 15, 3.0), (170, 16, 0.25))
LARGE_MOVE = (90, 17, 0.58)
#: A round of faults: kind, session of the round, the rule that should find it.
ROUND = 63
FAULTS = (
    ("foreign", 9, "D9"),
    ("high_below_low", 17, "D2"),
    ("spike", 25, "D6"),
    ("zero_price", 33, "D2"),
    ("negative_volume", 41, "D3"),
    ("missing_field", 49, ""),
    ("closed_day", 57, "D4"),
)
#: A foreign bar shows the prices of so many sessions later.
AHEAD = 5
_FIRST_FAULTY = 20


@dataclass(frozen=True)
class Planted:
    """One thing that was planted: what, where, from which day, and who should see it.

    `rule` is the quality rule that should find it ("" if none has to); `known` the day
    from which the bars show it.
    """

    kind: str
    ticker: str
    day: date
    known: date
    rule: str
    detail: str


def planned_splits(days: Times, count: int) -> Floats:
    """`[time, company]` factors of the splits that must happen, 1.0 elsewhere."""
    planned = np.ones((len(days), count))
    for session, company, ratio in PLANNED_SPLITS:
        if session < len(days):
            planned[session, company] = ratio
    return planned


def with_large_move(overnight: Floats, session: Floats) -> tuple[Floats, Floats]:
    """The returns, with one true overnight jump that no rule may quarantine."""
    at, company, jump = LARGE_MOVE
    overnight, session = overnight.copy(), session.copy()
    if at < len(overnight):
        overnight[at, company], session[at, company] = jump, 0.0
    return overnight, session


def presence(days: Times, count: int) -> Bools:
    """Which bars there are: not before the listing, in the halt, or once delisted."""
    held = np.ones((len(days), count), np.bool_)
    held[: LISTED[0], LISTED[1]] = False
    held[DELISTED[0] :, DELISTED[1]] = False
    held[HALTED[0] : HALTED[0] + HALT_SESSIONS, HALTED[1]] = False
    return held


def plant_faults(
    prices: Prices, firms: Companies, days: Times
) -> tuple[Prices, list[Planted]]:
    """Prices with the bars that are wrong, and the list of them.

    A bar on a closed day is listed, but is no bar of `days`: see `closed_day_bars`.
    """
    fields = {name: getattr(prices, name).copy() for name in FIELDS}
    planted = []
    for at, company, kind, rule in _faults(len(days) - AHEAD, len(firms)):
        detail = _spoil(kind, fields, at, company)
        day = _closed_day(days, at) if kind == "closed_day" else days[at]
        known = days[at + AHEAD] if kind == "foreign" else day
        where = firms.tickers[company]
        planted.append(Planted(kind, where, _date(day), _date(known), rule, detail))
    return replace(prices, **fields), planted


def closed_day_bars(prices: Prices, firms: Companies, days: Times) -> pd.DataFrame:
    """Rows of bars on days on which the exchange was closed."""
    found = [
        (at, company)
        for at, company, kind, _ in _faults(len(days) - AHEAD, len(firms))
        if kind == "closed_day"
    ]
    at = np.array([at for at, _ in found], np.int64)
    company = np.array([company for _, company in found], np.int64)
    days_off = [_closed_day(days, session) for session in at]
    columns = {name: getattr(prices, name)[at, company] for name in FIELDS}
    names = np.array(firms.tickers, dtype=object)[company]
    return pd.DataFrame(
        {"ticker": names, "day": np.array(days_off, "datetime64[D]")} | columns
    )


def lifecycle(firms: Companies, days: Times, split: Floats) -> list[Planted]:
    """The listing, the delisting, the halt, all splits and the large move."""
    halted, resumed = HALTED[0], HALTED[0] + HALT_SESSIONS
    once = [
        ("listing", *LISTED, LISTED[0], "", "first bar"),
        ("delisting", *DELISTED, DELISTED[0], "", "no bar from this session on"),
        ("halt", *HALTED, resumed, "D5", f"no bar for {resumed - halted} sessions"),
        ("large_move", *LARGE_MOVE[:2], LARGE_MOVE[0], "", "a true move of +58 %"),
    ]
    splits = [
        ("split", int(at), int(company), int(at), "", f"factor {split[at, company]:g}")
        for at, company in np.argwhere(split != 1.0)
    ]
    return [
        Planted(
            kind, firms.tickers[company], _date(days[at]), _date(days[known]), *rest
        )
        for kind, at, company, known, *rest in once + splits
        if known < len(days)
    ]


def _faults(sessions: int, count: int) -> list[tuple[int, int, str, str]]:
    """(session, company, kind, rule) of each fault, company after company in turn."""
    faulty = count - _FIRST_FAULTY
    found = []
    for number in range(-(-sessions // ROUND) * len(FAULTS)):
        round_, place = divmod(number, len(FAULTS))
        kind, offset, rule = FAULTS[place]
        at = round_ * ROUND + offset
        if at < sessions:
            found.append((at, _FIRST_FAULTY + 13 * number % faulty, kind, rule))
    return found


def _spoil(kind: str, fields: dict[str, Floats], at: int, company: int) -> str:
    """Make one bar wrong; says how."""
    cell = (at, company)
    if kind == "foreign":
        for values in fields.values():
            values[cell] = values[at + AHEAD, company]
        return f"the bar of {AHEAD} sessions later"
    if kind == "high_below_low":
        high, low = fields["high"][cell], fields["low"][cell]
        fields["high"][cell], fields["low"][cell] = low - 0.01, high + 0.01
        return "high below low"
    if kind == "spike":
        for name in ("high", "close"):
            fields[name][cell] = np.round(5 * fields["close"][cell], 2)
        return "close and high five times too high"
    if kind == "zero_price":
        fields["open"][cell] = 0.0
        return "open 0"
    if kind == "negative_volume":
        fields["volume"][cell] *= -1
        return "volume below 0"
    if kind == "missing_field":
        fields["close"][cell] = np.nan
        return "no close"
    return "a bar of a day on which the exchange was closed"


def _closed_day(days: Times, at: int) -> np.datetime64:
    """The first day after a session that is none."""
    day = days[at] + 1
    while day in days[at + 1 : at + 1 + AHEAD]:
        day = day + 1
    found: np.datetime64 = day
    return found


def _date(day: np.datetime64) -> date:
    return cast(date, day.item())
