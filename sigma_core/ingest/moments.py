"""Texts, numbers and timestamps → the UTC start of each bar. Nothing is guessed.

A column is written in one way throughout, one of: ISO dates (`-`, `/` or `.` between),
with a time and an offset or without; YYYYMMDD with a time or without; day and month
first, where some day above 12 tells them apart; seconds, milli-, micro- or nanoseconds
since 1970, told by their length. Anything else, or a mixture, refuses the file.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from zoneinfo import ZoneInfo, available_timezones

import numpy as np
import pandas as pd

from sigma_core.errors import IngestRefused, Problem
from sigma_core.frames import Bools, Ints, Times

_CLOCK = r"(?P<clock>[ T]\d{2}:?\d{2}(:?\d{2}([.,]\d{1,9})?)?)?"
_WAYS: dict[str, re.Pattern[str]] = {
    "YYYYMMDD": re.compile(rf"(?P<day>(19|20)\d{{6}}){_CLOCK}"),
    "seconds": re.compile(r"\d{9,10}(\.0+)?"),
    "milliseconds": re.compile(r"\d{12,13}(\.0+)?"),
    "microseconds": re.compile(r"\d{15,16}"),
    "nanoseconds": re.compile(r"\d{18,19}"),
    "ISO": re.compile(rf"(?P<day>\d{{4}}([-/.])\d{{2}}\2\d{{2}}){_CLOCK}"),
    "ISO with offset": re.compile(
        rf"(?P<day>\d{{4}}-\d{{2}}-\d{{2}}){_CLOCK}"
        r" ?(?P<zone>Z|UTC|[+-]\d{2}:?\d{2})"
    ),
    "day or month first": re.compile(
        rf"(?P<one>\d{{1,2}})[-/.](?P<two>\d{{1,2}})[-/.](?P<year>\d{{4}}){_CLOCK}"
    ),
}
_EPOCHS = {
    "seconds": "s",
    "milliseconds": "ms",
    "microseconds": "us",
    "nanoseconds": "ns",
}
#: The calendar's range; a year outside it is a misread number.
_FIRST, _LAST = np.datetime64("1970-01-01"), np.datetime64("2070-01-01")

#: Says where in the file a row stands.
Place = Callable[[int], str]


@dataclass(frozen=True)
class Reading:
    """How a column of times is to be read: daily bars or finer ones, and the zone."""

    daily: bool
    zone: ZoneInfo | None = None


def zone_of(name: str | None) -> ZoneInfo | None:
    """A time zone by its IANA name; IngestRefused for one that is not known."""
    if name is None:
        return None
    if name in available_timezones():
        return ZoneInfo(name)
    message = f"unknown time zone {name[:60]!r}."
    hint = "Give an IANA name, such as America/New_York."
    raise IngestRefused(Problem("ingest.tz", "tz", message, hint))


def read_moments(column: pd.Series, reading: Reading, place: Place) -> Times:
    """UTC start of each bar, `datetime64[us]`; of a daily bar its session's midnight.

    `column` holds text, integers or timestamps. IngestRefused with the place of the
    first cells that are empty, unreadable, of another kind than the rest, outside 1970
    to 2069, or (finer than daily, without offset or zone) not a moment at all.
    """
    if isinstance(column.dtype, pd.DatetimeTZDtype):
        wall = column.dt.tz_localize(None) if reading.daily else None
        stamps = wall if wall is not None else column.dt.tz_convert("UTC")
        return _checked(_naive(stamps), column.isna().to_numpy(), place, reading)
    if pd.api.types.is_datetime64_dtype(column.dtype):
        moments = _naive(column)
        empty = column.isna().to_numpy()
        if not reading.daily:
            moments = _from_wall(moments, reading, place)
        return _checked(moments, empty, place, reading)
    codes, texts = pd.factorize(_as_text(column))
    first = np.full(len(texts), len(codes))
    np.minimum.at(first, codes, np.arange(len(codes)))

    def place_of_text(n: int) -> str:
        return place(int(first[n]))

    moments = _read_texts(pd.Series(texts, dtype="str"), reading, place_of_text)
    return moments[codes]


def _as_text(column: pd.Series) -> pd.Series:
    if pd.api.types.is_float_dtype(column.dtype):
        whole = column.fillna(0).round().astype("int64").astype("str")
        column = whole.where(column.notna(), "")
    return column.astype("str").fillna("").str.strip()


def _read_texts(texts: pd.Series, reading: Reading, place: Place) -> Times:
    way = _one_way(texts, place)
    if way in _EPOCHS:
        numbers = texts.str.partition(".")[0].to_numpy().astype(np.int64)
        unit = _EPOCHS[way]
        moments = numbers.astype(f"datetime64[{unit}]").astype("datetime64[us]")
        if reading.daily and reading.zone:
            moments = _wall_of(moments, reading.zone)
        return _checked(moments, np.isnat(moments), place, reading)
    parts = texts.str.extract(_WAYS[way])
    days = _days(parts, way, place)
    if reading.daily:
        # A day's bar belongs to the date as written, whatever its clock and offset.
        return _checked(days, np.isnat(days), place, reading)
    moments = _with_clock(days, parts["clock"])
    bad = np.isnat(moments)
    if way == "ISO with offset":
        moments = moments - _offsets(parts["zone"])
    else:
        moments = _from_wall(moments, reading, place)
    return _checked(moments, bad, place, reading)


def _one_way(texts: pd.Series, place: Place) -> str:
    """The one way in which all texts are written."""
    ways = [
        next((way for way, form in _WAYS.items() if form.fullmatch(text)), "")
        for text in texts
    ]
    if "" in ways:
        wrong = [n for n, way in enumerate(ways) if not way][:5]
        raise IngestRefused([_unreadable(texts[n], place(n)) for n in wrong])
    if len(set(ways)) > 1:
        other = next(n for n, way in enumerate(ways) if way != ways[0])
        raise IngestRefused(
            Problem(
                "ingest.mixed_dates",
                place(other),
                f"{texts[other]!r} is written as {ways[other]},"
                f" {texts[0]!r} ({place(0)}) as {ways[0]}.",
                hint="Write all dates in one way, best as YYYY-MM-DD.",
            )
        )
    return ways[0]


def _unreadable(text: str, where: str) -> Problem:
    said = f"{text[:60]!r} is not a date" if text else "the date is empty"
    hint = "Write dates as YYYY-MM-DD, times as YYYY-MM-DD HH:MM."
    return Problem("ingest.date", where, f"{said}.", hint)


def _days(parts: pd.DataFrame, way: str, place: Place) -> Times:
    """Midnight of each date, NaT for one that is not in the calendar."""
    if way == "day or month first":
        one, two = parts["one"].astype(int), parts["two"].astype(int)
        day, month = _told_apart(one, two, place)
        digits = parts["year"] + month.map("{:02d}".format) + day.map("{:02d}".format)
    else:
        digits = parts["day"].str.replace(r"[-/.]", "", regex=True)
    stamps = pd.to_datetime(digits, format="%Y%m%d", errors="coerce")
    return _naive(stamps)


def _told_apart(
    one: pd.Series, two: pd.Series, place: Place
) -> tuple[pd.Series, pd.Series]:
    """(day, month) of texts like 03/04/2017; refused unless some number tells."""
    day_first, month_first = bool((one > 12).any()), bool((two > 12).any())
    if day_first != month_first:
        return (one, two) if day_first else (two, one)
    said = "both orders occur" if day_first else "either could be the month"
    raise IngestRefused(
        Problem(
            "ingest.ambiguous_date",
            place(0),
            f"day and month can't be told apart: {said}.",
            hint="Write dates as YYYY-MM-DD.",
        )
    )


def _with_clock(days: Times, clock: pd.Series) -> Times:
    """Dates with their time of day; NaT where there is none or it is no time."""
    digits = clock.fillna("").str.replace(r"[^\d]", "", regex=True).str.ljust(6, "0")
    hours, minutes, seconds = (
        pd.to_numeric(digits.str[at : at + 2], errors="coerce").to_numpy(float)
        for at in (0, 2, 4)
    )
    fits = (hours < 24) & (minutes < 60) & (seconds < 60) & clock.notna().to_numpy()
    whole = digits.str[6:].str.strip("0").eq("").to_numpy()
    total = np.where(fits & whole, hours * 3600 + minutes * 60 + seconds, 0)
    moments = days + total.astype(np.int64).astype("timedelta64[s]")
    return np.where(fits & whole, moments, np.datetime64("NaT", "us"))


def _offsets(zones: pd.Series) -> np.ndarray[tuple[int], np.dtype[np.timedelta64]]:
    digits = zones.replace({"Z": "+0000", "UTC": "+0000"}).str.replace(":", "")
    minutes = digits.str[1:3].astype(int) * 60 + digits.str[3:5].astype(int)
    signed = minutes.where(digits.str[0] == "+", -minutes).to_numpy(np.int64)
    return signed.astype("timedelta64[m]")


def _from_wall(moments: Times, reading: Reading, place: Place) -> Times:
    """Wall time of the zone → UTC; what a clock change skips or repeats is refused."""
    if reading.zone is None:
        raise IngestRefused(
            Problem(
                "ingest.tz",
                place(0),
                "the times carry no offset, and no time zone was given.",
                hint="Give the zone they are in: --tz America/New_York.",
            )
        )
    stamps = pd.Series(moments).dt.tz_localize(
        reading.zone, ambiguous="NaT", nonexistent="NaT"
    )
    lost = stamps.isna().to_numpy() & ~np.isnat(moments)
    if lost.any():
        raise IngestRefused(
            Problem(
                "ingest.clock_change",
                place(int(lost.argmax())),
                f"{moments[lost][0]} is skipped or comes twice in {reading.zone}.",
                hint="Write the times with their offset.",
            )
        )
    return _naive(stamps.dt.tz_convert("UTC"))


def _wall_of(moments: Times, zone: ZoneInfo) -> Times:
    return _naive(pd.Series(moments).dt.tz_localize("UTC").dt.tz_convert(zone))


def _naive(stamps: pd.Series) -> Times:
    if isinstance(stamps.dtype, pd.DatetimeTZDtype):
        stamps = stamps.dt.tz_localize(None)
    return stamps.to_numpy().astype("datetime64[us]")


def _checked(moments: Times, bad: Bools, place: Place, reading: Reading) -> Times:
    """The moments, of daily bars at midnight, once none is unreadable or far off."""
    if reading.daily:
        moments = moments.astype("datetime64[D]").astype("datetime64[us]")
    bad = bad | np.isnat(moments)
    far = ~bad & ((moments < _FIRST) | (moments >= _LAST))
    split = ~bad & (moments != moments.astype("datetime64[s]"))
    for wrong, code, message in (
        (bad, "ingest.date", "this is no date and time there ever was."),
        (far, "ingest.date_range", "this is before 1970 or after 2069."),
        (split, "ingest.date", "a bar must start on a whole second."),
    ):
        rows: Ints = np.flatnonzero(wrong)[:5]
        if len(rows):
            raise IngestRefused([Problem(code, place(int(n)), message) for n in rows])
    return moments
