"""One file's bytes → its columns, still as they stand in the file, with line numbers.

Text stays text: no cell is guessed to be missing, a number or a date, so that `NA`,
`TRUE` and `007` are tickers. A line with more or fewer cells than the header is a
structural fault: it means a file that was cut off or is not what it seems.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import StringIO

import numpy as np
import pandas as pd

# pandas 3 has loaded pyarrow already
import pyarrow as pa
import pyarrow.parquet as pq

from sigma_core.errors import IngestRefused, Problem
from sigma_core.frames import Ints
from sigma_core.ingest.sources import PARQUET_ENDINGS, Limits, Source

#: Gets the headers of a file; gives those that are wanted, or refuses the file.
Choose = Callable[[Sequence[str]], Sequence[str]]

#: Files without a header, told by their first line: QuantConnect Lean (prices in
#: ten-thousandths) and MetaTrader 4 (date and time apart).
_NO_HEADER = (
    (r"\d{8} \d\d:\d\d(,[\d.]+){5}", "ts open high low close volume", 10_000.0),
    (
        r"\d{4}\.\d\d\.\d\d,\d\d:\d\d(,[\d.]+){5}",
        "date time open high low close volume",
        1.0,
    ),
)
_LOOKS_LIKE_DATA = re.compile(r"[\d.,:;\-/ TZ+|\t]*\d[\d.,:;\-/ TZ+|\t]*")


@dataclass(frozen=True)
class Table:
    """Columns of one file by header: text from CSV, what was stored from Parquet.

    `lines`: each row's line in the file (Parquet: its row, from 1). `price_scale`:
    what prices are to be divided by. `decimal_comma`: 1,5 means one and a half.
    """

    name: str
    columns: pd.DataFrame
    lines: Ints
    price_scale: float = 1.0
    decimal_comma: bool = False

    def place(self, row: int, header: str) -> str:
        """Where a cell stands, for a message."""
        unit = "row" if self.name.lower().endswith(PARQUET_ENDINGS) else "line"
        return f"{self.name}, {unit} {self.lines[row]}, column {header!r}"


@dataclass(frozen=True)
class _Layout:
    """How a CSV file is written: where its rows begin and what its columns are."""

    headers: list[str]
    separator: str
    first_line: int
    price_scale: float


def read_table(source: Source, limits: Limits, choose: Choose) -> Table:
    """The chosen columns of one file; IngestRefused for any structural fault."""
    parquet = source.ending in PARQUET_ENDINGS
    table = (_read_parquet if parquet else _read_csv)(source, limits, choose)
    if not len(table.columns):
        message = "the file has a header and no rows below it."
        hint = "Get it again with its rows, or leave it out."
        raise _refused("ingest.empty", source.name, message, hint)
    return table


def _read_csv(source: Source, limits: Limits, choose: Choose) -> Table:
    text = _decoded(source)
    if text.count("\n") > limits.rows + 1:
        raise too_many(source.name, limits)
    layout = _layout(source.name, text)
    chosen = choose(layout.headers)
    wanted = [layout.headers.index(header) for header in chosen]
    cells, lines = (_quoted if '"' in text else _plain)(source.name, text, layout)
    held = (cells != "").any(axis=1).to_numpy()
    columns = cells.loc[held, wanted].reset_index(drop=True)
    columns.columns = pd.Index(chosen)
    return Table(
        name=source.name,
        columns=columns,
        lines=lines[held],
        price_scale=layout.price_scale,
        decimal_comma=layout.separator == ";",
    )


def _decoded(source: Source) -> str:
    utf16 = source.content[:2] in (b"\xff\xfe", b"\xfe\xff")
    try:
        text = source.content.decode("utf-16" if utf16 else "utf-8-sig")
    except UnicodeDecodeError as error:
        message = f"byte {error.start + 1} is not UTF-8 text."
        hint = "Save the file as UTF-8."
        raise _refused("ingest.not_text", source.name, message, hint) from error
    if "\0" in text:
        raise _refused(
            "ingest.not_text", source.name, "it holds binary data, not text."
        )
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _layout(name: str, text: str) -> _Layout:
    """Header, separator and first row, judged by the first line that is not blank."""
    top = len(text[: len(text) - len(text.lstrip())].split("\n"))
    first = text.lstrip().partition("\n")[0].strip()
    for pattern, names, scale in _NO_HEADER:
        if re.fullmatch(pattern, first):
            return _Layout(names.split(), ",", top, scale)
    if _LOOKS_LIKE_DATA.fullmatch(first):
        message = "the first line holds data, not the names of the columns."
        hint = "Put a header above it: date,ticker,open,high,low,close,volume."
        raise _refused("ingest.no_header", f"{name}, line {top}", message, hint)
    separator = max(",;\t|", key=first.count)
    headers = [cell.strip() for cell in next(csv.reader([first], delimiter=separator))]
    return _Layout(headers, separator, top + 1, 1.0)


def _plain(name: str, text: str, layout: _Layout) -> tuple[pd.DataFrame, Ints]:
    """All cells of a file without quotes, as text, and the line of each row."""
    body = text.split("\n", layout.first_line - 1)[-1]
    width = len(layout.headers)
    if not body.strip():
        return pd.DataFrame(columns=range(width), dtype="str"), np.zeros(0, np.int64)
    _refuse_ragged(name, _cells_per_line(body, layout.separator), layout)
    cells = pd.read_csv(
        StringIO(body),
        sep=layout.separator,
        header=None,
        names=list(range(width)),
        dtype=str,
        keep_default_na=False,
        na_filter=False,
        skip_blank_lines=False,
        index_col=False,
        quoting=csv.QUOTE_NONE,
    )
    return cells, layout.first_line + np.arange(len(cells))


def _cells_per_line(body: str, separator: str) -> Ints:
    """Number of cells of each line, 0 for a blank one."""
    signs = np.frombuffer(body.encode(), dtype=np.uint8)
    ends = np.append(np.flatnonzero(signs == ord("\n")), len(signs))
    found = np.searchsorted(np.flatnonzero(signs == ord(separator)), ends)
    starts = np.append(0, ends[:-1] + 1)
    counts = np.diff(found, prepend=0) + 1
    return np.where(ends > starts, counts, 0).astype(np.int64)


def _quoted(name: str, text: str, layout: _Layout) -> tuple[pd.DataFrame, Ints]:
    """The same where cells are quoted: slower, and a cell may span lines."""
    reader = csv.reader(StringIO(text), delimiter=layout.separator, strict=True)
    rows, lines = [], []
    try:
        for row in reader:
            if reader.line_num >= layout.first_line:
                rows.append(row)
                lines.append(reader.line_num)
    except csv.Error as error:
        where = f"{name}, line {reader.line_num}"
        raise _refused("ingest.quotes", where, f"{error}.") from error
    counts = np.array([len(row) if any(row) else 0 for row in rows], np.int64)
    _refuse_ragged(name, counts, layout, lines)
    filled = [row for row, count in zip(rows, counts, strict=True) if count]
    cells = pd.DataFrame(filled, columns=range(len(layout.headers)), dtype="str")
    return cells, np.array(lines, np.int64)[counts > 0]


def _refuse_ragged(
    name: str, counts: Ints, layout: _Layout, lines: Sequence[int] = ()
) -> None:
    width = len(layout.headers)
    (wrong,) = np.nonzero((counts != width) & (counts > 0))
    if not len(wrong):
        return
    line = lines[wrong[0]] if lines else layout.first_line + wrong[0]
    raise _refused(
        "ingest.ragged",
        f"{name}, line {line}",
        f"it has {counts[wrong[0]]} cells where the header has {width}"
        f" ({len(wrong)} such lines).",
        hint="Was the file cut off? Get it again whole.",
    )


def _read_parquet(source: Source, limits: Limits, choose: Choose) -> Table:
    try:
        columns = _parquet_columns(source, limits, choose)
    except (pa.ArrowException, OSError) as error:
        said = str(error).partition("\n")[0][:200].rstrip(".")
        message = f"it can't be read as Parquet: {said}."
        hint = "Get the file again; its bytes are damaged."
        raise _refused("ingest.damaged", source.name, message, hint) from error
    return Table(source.name, columns, np.arange(1, len(columns) + 1))


def _parquet_columns(source: Source, limits: Limits, choose: Choose) -> pd.DataFrame:
    content = pa.py_buffer(source.content)
    schema = pq.read_schema(pa.BufferReader(content))
    # Texts stay dictionaries: a column of one long word can't fill the memory.
    texts = [column.name for column in schema if pa.types.is_string(column.type)]
    file = pq.ParquetFile(
        pa.BufferReader(content),
        read_dictionary=texts,
        page_checksum_verification=True,
    )
    size = sum(
        file.metadata.row_group(group).total_byte_size
        for group in range(file.metadata.num_row_groups)
    )
    if file.metadata.num_rows > limits.rows or size > limits.file_bytes:
        raise too_many(source.name, limits)
    chosen = list(choose(schema.names))
    for name in chosen:
        _refuse_odd_type(source.name, name, schema.field(name).type)
    found: pd.DataFrame = file.read(columns=chosen).to_pandas(date_as_object=False)
    return found[chosen]


def _refuse_odd_type(where: str, name: str, kind: pa.DataType) -> None:
    is_kind = pa.types
    plain = (is_kind.is_integer, is_kind.is_floating, is_kind.is_decimal)
    texts = (is_kind.is_string, is_kind.is_large_string, is_kind.is_dictionary)
    times = (is_kind.is_timestamp, is_kind.is_date, is_kind.is_null)
    if not any(fits(kind) for fits in (*plain, *texts, *times)):
        message = f"column {name!r} is of type {kind}."
        hint = "Numbers, text, dates and timestamps are read."
        raise _refused("ingest.column_type", where, message, hint)


def too_many(name: str, limits: Limits) -> IngestRefused:
    """The refusal of what would be more rows or bytes than one ingest may read."""
    message = (
        f"it holds more than {limits.rows:,} rows or {limits.file_bytes >> 20:,} MB."
    )
    return _refused("ingest.too_large", name, message, "Give it in parts.")


def _refused(code: str, where: str, message: str, hint: str = "") -> IngestRefused:
    return IngestRefused(Problem(code, where, message, hint))
