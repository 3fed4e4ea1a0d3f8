"""Files → one table of bars, parsed and typed, before any rule of quality.

1. sources.py gives the files at the paths, aliases.py says which column is which,
   tables.py the cells as they stand, moments.py the times;
2. here numbers become numbers, tickers stay text (from the file's name where there is
   no column), and the adjustment is taken from the argument or told from the file.

Whatever can't be read refuses the file, naming line and column; nothing is skipped.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from sigma_core.bars.rows import ADJUSTMENTS, CADENCES
from sigma_core.errors import IngestRefused, Problem, UnknownName
from sigma_core.frames import FIELDS, Bars, Floats, Times
from sigma_core.ingest.aliases import map_columns
from sigma_core.ingest.moments import Reading, read_moments, zone_of
from sigma_core.ingest.sources import Limits, Source, files_at, read_sources
from sigma_core.ingest.tables import Table, read_table, too_many

#: closes with splits and dividends taken out, beside the close; checked, never stored
ADJ_CLOSE = "adj_close"
Progress = Callable[[float, str], None]

#: How an empty number is written; anything else that is no number is a fault.
_EMPTY = ("", "null", "nan", "none", "n/a", "na", "-")
_TICKER = re.compile(r"[A-Za-z0-9^][A-Za-z0-9.\-^=/]{0,19}")
#: What sources add to the ticker in a file's name: aapl.us.txt, aapl_us_d.csv.
_NAME_TAILS = re.compile(r"(\.us|_us_[dwm]|[_-](1d|daily|eod|bars|ohlcv?))$", re.I)
#: File names that are no tickers, though they could be.
_NO_TICKERS = {
    *(
        "bars",
        "data",
        "prices",
        "price",
        "quotes",
        "ohlc",
        "ohlcv",
        "export",
        "download",
    ),
    *("table", "history", "historical", "daily", "stocks", "stock", "upload", "file"),
    *("input", "output", "test", "sample", "market", "all", "untitled", "book1"),
}
#: A day's change of adjusted over plain close beyond these is a split, no dividend.
_SPLIT_STEP = (0.67, 1.4)


@dataclass(frozen=True)
class Parsed:
    """All rows of the files, in their order.

    `bars`: BARS_COLUMNS, `file` (a place in `files`) and `line`, and ADJ_CLOSE (NaN
    where there is none) if some file has such a column. `mapping`: the
    field each header was taken for. `wrong_tickers`: texts that can't be tickers, with
    their number of rows, left out of `bars`.
    """

    bars: Bars
    files: tuple[str, ...]
    mapping: Mapping[str, str]
    adjustment: str
    wrong_tickers: Mapping[str, int]

    @property
    def rows_in(self) -> int:
        """Rows the files held."""
        return len(self.bars) + sum(self.wrong_tickers.values())


@dataclass(frozen=True)
class _Options:
    """What the caller said about the files, parsed."""

    reading: Reading
    adjustment: str | None
    ticker: str | None
    limits: Limits
    columns: Mapping[str, str]


@dataclass(frozen=True)
class _Part:
    """One file's rows, every ticker text as it came."""

    bars: Bars
    mapping: Mapping[str, str]
    adjustment: str


def read_files(
    paths: Iterable[Path],
    *,
    tz: str | None = None,
    adjustment: str | None = None,
    cadence: str = "daily",
    ticker: str | None = None,
    limits: Limits | None = None,
    columns: Mapping[str, str] | None = None,
    progress: Progress | None = None,
) -> Parsed:
    """Parse CSV and Parquet files, zips and folders of them into one table of bars.

    `tz`: the zone of times without offset. `adjustment` (raw, split, total): what the
    prices are; None takes it from the file if it tells. `ticker`: of a file with no
    column for it. `columns`: field → header where the usual names don't tell.
    IngestRefused, with the place and the mending of what is wrong, if
    any file has a structural fault.
    """
    for word, given, known in (
        ("cadence", cadence, tuple(CADENCES)),
        ("adjustment", adjustment or "unknown", ADJUSTMENTS),
    ):
        if given not in known:
            raise UnknownName(word, given, known)
    reading = Reading(cadence == "daily", zone_of(tz))
    options = _Options(reading, adjustment, ticker, limits or Limits(), columns or {})
    files = files_at(paths)
    parts: dict[str, _Part] = {}
    rows = 0
    for source in read_sources(files, options.limits):
        parts[source.name] = part = _read(source, options)
        rows += len(part.bars)
        if rows > options.limits.rows:
            raise too_many(source.name, options.limits)
        if progress:
            share = len(parts) / max(len(files), len(parts) + 1)
            progress(share, f"{source.name}: {rows:,} rows read")
    return _joined(parts)


def _joined(parts: Mapping[str, _Part]) -> Parsed:
    numbered = [
        part.bars.assign(file=np.int32(n)) for n, part in enumerate(parts.values())
    ]
    bars = pd.concat(numbered, ignore_index=True)
    counts = bars["ticker"].value_counts()
    wrong = {t: int(n) for t, n in counts.items() if not _TICKER.fullmatch(str(t))}
    if wrong:
        bars = bars[~bars["ticker"].isin(wrong)].reset_index(drop=True)
    mapping: dict[str, str] = {}
    for part in parts.values():
        mapping = {**part.mapping, **mapping}
    adjustments = {part.adjustment for part in parts.values()}
    return Parsed(
        bars=bars,
        files=tuple(parts),
        mapping=mapping,
        adjustment=adjustments.pop() if len(adjustments) == 1 else "unknown",
        wrong_tickers={str(ticker): n for ticker, n in wrong.items()},
    )


def _read(source: Source, options: _Options) -> _Part:
    own_ticker = options.ticker or ticker_in_name(source.stem)
    fields: dict[str, str] = {}

    def choose(headers: Sequence[str]) -> list[str]:
        where = f"{source.name}, header"
        fields.update(
            map_columns(
                headers,
                where,
                needs_ticker=own_ticker is None,
                columns=options.columns,
            )
        )
        return list(dict.fromkeys(fields.values()))

    table = read_table(source, options.limits, choose)
    numbers = _numbers(table, fields)
    columns = {
        "ticker": _tickers(table, fields, own_ticker),
        "ts": pd.to_datetime(_moments(table, fields, options.reading), utc=True),
        **{name: numbers[name] for name in FIELDS},
        "line": table.lines,
    }
    bars = pd.DataFrame(columns)
    if "adj_close" in numbers:
        bars[ADJ_CLOSE] = numbers["adj_close"]
    if options.reading.daily:
        _refuse_intraday(source.name, bars)
    adjustment = options.adjustment or _told_adjustment(bars, numbers.get("adj_close"))
    return _Part(bars, fields, adjustment)


def ticker_in_name(stem: str) -> str | None:
    """The ticker a file's name holds (`aapl.us` → AAPL); None if it is no ticker."""
    name = stem.strip()
    while (shorter := _NAME_TAILS.sub("", name)) != name:
        name = shorter
    if name.lower() in _NO_TICKERS or not _TICKER.fullmatch(name) or len(name) > 10:
        return None
    return name.upper()


def _tickers(
    table: Table, fields: Mapping[str, str], own_ticker: str | None
) -> pd.Series[str]:
    """The ticker of each row, as text; an empty one or a number is a fault."""
    header = fields.get("ticker")
    if header is None:
        return pd.Series([own_ticker] * len(table.columns), dtype="str")
    column = table.columns[header]
    if pd.api.types.is_numeric_dtype(column.dtype):
        message = "the tickers are stored as numbers, so 007 has become 7."
        raise IngestRefused(
            Problem(
                "ingest.ticker_type", table.place(0, header), message, "Store text."
            )
        )
    texts = column.astype("str").fillna("").str.strip()
    if header.strip().upper() == "<TICKER>":  # Stooq adds the country
        texts = texts.str.removesuffix(".US")
    empty = np.flatnonzero(texts.to_numpy() == "")[:5]
    if len(empty):
        raise IngestRefused(
            [
                Problem("ingest.no_ticker", table.place(n, header), "it is empty.")
                for n in empty.tolist()
            ]
        )
    return texts


def _moments(table: Table, fields: Mapping[str, str], reading: Reading) -> Times:
    order = ("date", "moment", "time") if reading.daily else ("moment", "date", "time")
    header = next(fields[name] for name in order if name in fields)
    column = table.columns[header]
    apart = header == fields.get("date") and "time" in fields and not reading.daily
    if apart and pd.api.types.is_string_dtype(column.dtype):
        column = column + " " + table.columns[fields["time"]].astype("str")
    return read_moments(column, reading, lambda row: table.place(row, header))


def _numbers(table: Table, fields: Mapping[str, str]) -> dict[str, Floats]:
    """The number columns; a cell that is no number refuses the file, by its line."""
    found, faults = {}, []
    for name in (*FIELDS, "adj_close"):
        if name not in fields:
            continue
        column = table.columns[fields[name]]
        values, wrong = _parsed(column, decimal_comma=table.decimal_comma)
        scale = 1.0 if name == "volume" else table.price_scale
        found[name] = values / scale
        faults += [
            Problem(
                "ingest.number",
                f"{table.place(row, fields[name])}{_whose(table, fields, row)}",
                f"{str(column.iloc[row])[:60]!r} is not a number.",
                hint="Write 1234.5, without signs between the digits.",
            )
            for row in wrong[:5]
        ]
    if faults:
        raise IngestRefused(faults[:20])
    return found


def _whose(table: Table, fields: Mapping[str, str], row: int) -> str:
    """Ticker and time of a row, as the file has them, behind its place."""
    headers = [fields.get("ticker"), fields.get("date") or fields.get("moment")]
    said = [str(table.columns[header].iloc[row]) for header in headers if header]
    return f", {' '.join(said)[:60]}" if said else ""


def _parsed(column: pd.Series, *, decimal_comma: bool) -> tuple[Floats, list[int]]:
    """Numbers, NaN where a cell is empty, and the rows that hold something else."""
    if pd.api.types.is_numeric_dtype(column.dtype):
        return column.to_numpy(np.float64, na_value=np.nan), []
    texts = column.astype("str").fillna("")
    if decimal_comma:
        texts = texts.str.replace(",", ".", regex=False)
    values = pd.to_numeric(texts, errors="coerce").to_numpy(np.float64)
    (odd,) = np.nonzero(np.isnan(values))
    said = texts.iloc[odd].str.strip().str.lower()
    return values, odd[~said.isin(_EMPTY).to_numpy()].tolist()


def _refuse_intraday(name: str, bars: Bars) -> None:
    days = len(bars.drop_duplicates(["ticker", "ts"]))
    if len(bars) <= 3 * days:
        return
    raise IngestRefused(
        Problem(
            "ingest.cadence",
            name,
            f"it holds {len(bars) / days:.0f} rows per ticker and day.",
            hint="Are these intraday bars? Say so: --cadence 5m.",
        )
    )


def _told_adjustment(bars: Bars, adjusted: Floats | None) -> str:
    """What an adjusted close beside the close tells of the prices: raw, split, unknown.

    Its ratio to the close moves a little with each dividend. It jumps where there was
    a split only if the close itself is raw; if it never does, the splits are in it.
    """
    if adjusted is None:
        return "unknown"
    ratio = bars.assign(ratio=adjusted / bars["close"]).sort_values(["ticker", "ts"])
    step = ratio["ratio"] / ratio.groupby("ticker")["ratio"].shift()
    if not np.isfinite(step).any():
        return "unknown"
    low, high = _SPLIT_STEP
    return "raw" if ((step < low) | (step > high)).any() else "split"
