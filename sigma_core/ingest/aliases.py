"""Which column of a file is which field, by the names the common sources use.

Yahoo `Date,Open,…,Adj Close,Volume` · Stooq `<TICKER>,<PER>,<DATE>,<TIME>,<OPEN>,…` ·
Polygon `ticker,volume,open,…,window_start` or `v,o,c,h,l,t` · MetaTrader
`<DATE> <TIME> … <TICKVOL> <VOL>` · QuantConnect Lean `time,open,…`, or no header.
Case, spaces and punctuation don't matter. The first alias in a list that is there wins.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence

from sigma_core.errors import IngestRefused, Problem, UnknownName
from sigma_core.frames import FIELDS

ALIASES: dict[str, tuple[str, ...]] = {
    "ticker": ("ticker", "symbol", "sym", "instrument", "code", "act_symbol", "name"),
    "moment": (
        *("ts", "timestamp", "datetime", "date_time", "window_start", "bar_start"),
        *("begins_at", "t", "dt"),
    ),
    "date": ("date", "day", "session", "trade_date", "trading_day", "dtyyyymmdd"),
    "time": ("time",),
    "open": ("open", "o", "1_open", "open_price", "px_open", "first"),
    "high": ("high", "h", "2_high", "high_price", "px_high", "max"),
    "low": ("low", "l", "3_low", "low_price", "px_low", "min"),
    "close": ("close", "c", "4_close", "close_price", "px_close", "close_last", "last"),
    "volume": ("volume", "v", "vol", "5_volume", "px_volume", "tickvol", "tick_volume"),
    "adj_close": ("adj_close", "adjclose", "adjusted_close", "5_adjusted_close"),
}
#: Polygon's aggregates write the ticker `T` and the time `t`.
_CASED = {"T": "ticker"}


def map_columns(
    headers: Sequence[str],
    where: str,
    *,
    needs_ticker: bool,
    columns: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """Field → header of a file of bars, for the fields that are there.

    `columns` says for some fields which header is meant; one that this file lacks is
    passed over. UnknownName for a field that bars don't have. IngestRefused names what
    is missing, with what was seen and the nearest of it, and a column that is there
    twice. A ticker is asked for only where `needs_ticker`.
    """
    found = match(headers, ALIASES, where)
    told = {field: name for field, name in (columns or {}).items() if name in headers}
    for field in columns or {}:
        if field not in ALIASES:
            raise UnknownName("field", field, ALIASES)
    found = {k: v for k, v in found.items() if v not in told.values()} | told
    missing = [field for field in FIELDS if field not in found]
    if not {"moment", "date", "time"} & set(found):
        missing.insert(0, "date")
    if needs_ticker and "ticker" not in found:
        missing.insert(0, "ticker")
    refuse_missing(missing, headers, ALIASES, where)
    return found


def match(
    headers: Sequence[str], aliases: Mapping[str, Sequence[str]], where: str
) -> dict[str, str]:
    """Field → header, by the first alias of each field that is among the headers."""
    _refuse_twice(headers, where)
    named = {_plain(header): header for header in headers if header not in _CASED}
    cased = {_CASED[header]: header for header in headers if header in _CASED}
    found = {}
    for field, words in aliases.items():
        header = next((named[word] for word in words if word in named), None)
        header = header or cased.get(field)
        if header is not None:
            found[field] = header
    return found


def refuse_missing(
    missing: Sequence[str],
    headers: Sequence[str],
    aliases: Mapping[str, Sequence[str]],
    where: str,
) -> None:
    """IngestRefused if a field is missing: what is not there, what is, what is near."""
    if not missing:
        return
    seen = ", ".join(repr(header) for header in headers[:12])
    more = f" and {len(headers) - 12} more" if len(headers) > 12 else ""
    meant = "".join(_meant(field, headers, aliases[field]) for field in missing)
    if "ticker" in missing:
        meant += " A file named after its ticker (AAPL.csv) needs no such column."
    raise IngestRefused(
        Problem(
            "ingest.missing_column",
            where,
            f"no column for {', '.join(missing)}.",
            hint=f"Seen: {seen}{more}.{meant}{_accepted(missing, aliases)}",
        )
    )


def _accepted(missing: Sequence[str], aliases: Mapping[str, Sequence[str]]) -> str:
    """What the missing columns may be called."""
    said = "; ".join(f"{field} as {', '.join(aliases[field])}" for field in missing)
    return f" Read are: {said}."


def _meant(field: str, headers: Sequence[str], aliases: Sequence[str]) -> str:
    plain = {_plain(header): header for header in headers}
    for alias in aliases:
        near = difflib.get_close_matches(alias, plain, n=1, cutoff=0.7)
        if near and len(alias) > 2:
            return f" Is {plain[near[0]]!r} meant? Then name it {field!r}."
    return ""


def _plain(header: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", header.strip().lower()).strip("_")


def _refuse_twice(headers: Sequence[str], where: str) -> None:
    seen: dict[str, str] = {}
    for header in headers:
        plain = header if header in _CASED else _plain(header)
        if plain and plain in seen:
            message = f"columns {seen[plain]!r} and {header!r} have one name."
            hint = "Keep the one that is meant."
            raise IngestRefused(Problem("ingest.column_twice", where, message, hint))
        seen[plain] = header
