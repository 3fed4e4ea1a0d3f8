"""Actions, reference data, memberships, indices and implied volatilities from a file.

Each is small and is taken whole or not at all. Columns may have the names other sources
give them; what a kind needs and can hold is `KINDS`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sigma_core.bars.records import INDEX, IV
from sigma_core.bars.store import Dataset
from sigma_core.errors import BadInput, IngestRefused, Problem, UnknownName
from sigma_core.ingest.aliases import match, refuse_missing
from sigma_core.ingest.changes import changes
from sigma_core.ingest.moments import Reading, read_moments
from sigma_core.ingest.row_faults import RowFaults
from sigma_core.ingest.sources import Limits, read_sources
from sigma_core.ingest.tables import Table, read_table
from sigma_core.quality.iv import check_iv

#: finds that a report names, first rows it shows, faults of one file it lists
EXAMPLES = SAMPLE = FAULTS = 20

_TICKER = ("ticker", "symbol", "sym", "code")
#: kind → field → the names it may have; the first fields of each must be there.
KINDS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "actions": {
        "ticker": _TICKER,
        "ex_date": ("ex_date", "exdate", "effective_date", "date"),
        "kind": ("kind", "type", "action"),
        "split_factor": ("split_factor", "split_ratio", "factor"),
        "cash": ("cash", "dividend", "amount", "cash_amount"),
    },
    "reference": {
        "ticker": _TICKER,
        "name": ("name", "security", "company", "company_name", "description"),
        "sector": ("sector", "gics_sector", "industry_group"),
        "asset": ("asset", "asset_class", "asset_type", "type"),
        "listed": ("listed", "listing_date", "ipo_date", "ipodate"),
        "delisted": ("delisted", "delisting_date", "delistingdate"),
    },
    "membership": {
        "ticker": _TICKER,
        "start": ("start", "start_date", "from", "added", "date_added"),
        "end": ("end", "end_date", "to", "until", "removed", "date_removed"),
    },
    "index": {
        "ticker": (*_TICKER, "index", "name"),
        "date": ("date", "day", "session"),
        "close": ("close", "level", "value", "last"),
        "total_return": ("total_return", "tr", "adj_close"),
    },
    "iv": {
        "ticker": _TICKER,
        "date": ("date", "day", "session"),
        "iv": ("iv", "implied_volatility", "atm_iv", "iv30"),
        "hv": ("hv", "historical_volatility", "realised_volatility", "rv"),
        "source": ("source",),
    },
}
KINDS_OF_SERIES = ("index", "iv")
_REQUIRED = {
    "actions": ("ticker", "ex_date", "kind"),
    "reference": ("ticker",),
    "membership": ("ticker", "start"),
    "index": ("ticker", "date", "close"),
    "iv": ("ticker", "date", "iv"),
}
#: Columns that must be in the file, whose cells may be empty.
_MAY_BE_EMPTY = ("iv",)
_DATES = ("ex_date", "listed", "delisted", "start", "end", "date")
_NUMBERS = ("split_factor", "cash", "close", "total_return", "iv", "hv")


@dataclass(frozen=True)
class TableReport:
    """What was taken: rows of the file, and the header each field was read from.

    `rows_kept = rows_new + rows_changed + rows_same`; `rows_gone` are rows of a
    membership that the file no longer has. Of implied volatilities `quarantined` and
    `warned` count what D13 found, and `examples` are the first finds. `sample`: the
    first rows as they were understood, dates as ISO text, None where a cell is empty.
    """

    kind: str
    rows_in: int
    mapping: Mapping[str, str]
    rows_kept: int = 0
    rows_new: int = 0
    rows_changed: int = 0
    rows_same: int = 0
    rows_gone: int = 0
    quarantined: int = 0
    warned: int = 0
    examples: tuple[str, ...] = ()
    sample: tuple[Mapping[str, str | float | None], ...] = ()
    dry_run: bool = False


def ingest_table(
    kind: str,
    path: Path,
    dataset: Dataset,
    *,
    name: str | None = None,
    dry_run: bool = False,
) -> TableReport:
    """Take a file of one of `KINDS` into a dataset; a dry run writes nothing.

    A membership is stored under `name` (else the file's) and replaces the one before.
    IngestRefused, with all faults by line and column, and nothing written, if any row
    is faulty. The same file again changes nothing.
    """
    if kind not in KINDS:
        raise UnknownName("kind", kind, KINDS)
    sources = list(read_sources([path], Limits()))
    if len(sources) != 1:
        message = f"{len(sources)} files were given where one is read."
        raise IngestRefused(Problem("ingest.one_file", path.name, message))
    fields: dict[str, str] = {}

    def choose(headers: Sequence[str]) -> list[str]:
        where = f"{sources[0].name}, header"
        fields.update(match(headers, KINDS[kind], where))
        missing = [field for field in _REQUIRED[kind] if field not in fields]
        refuse_missing(missing, headers, KINDS[kind], where)
        return list(dict.fromkeys(fields.values()))

    table = read_table(sources[0], Limits(), choose)
    required = [field for field in _REQUIRED[kind] if field not in _MAY_BE_EMPTY]
    rows = _typed(table, fields, required)
    faults = list(RowFaults(kind, rows, table, fields).all())
    if faults:
        raise IngestRefused(sorted(faults, key=_line)[:FAULTS])
    sample = _sample(rows)
    report = TableReport(kind, len(rows), fields, len(rows), dry_run=dry_run)
    if kind == "iv":
        report, rows = _judged(report, rows, dataset)
    name = name or path.stem.lower()
    try:
        counts = changes(kind, rows, dataset, name)
        if not dry_run:
            _store(kind, rows, dataset, name)
    except BadInput as error:
        problems = [
            Problem(p.code, f"{path.name}: {p.where}", p.message, p.hint)
            for p in error.problems
        ]
        raise IngestRefused(problems) from error
    return replace(
        report,
        rows_new=counts.new,
        rows_changed=counts.changed,
        rows_same=counts.same,
        rows_gone=counts.gone,
        sample=sample,
    )


def _line(problem: Problem) -> tuple[int, str]:
    """Problems by line, as a person mends them."""
    found = re.search(r", (?:line|row) (\d+)", problem.where)
    return int(found[1]) if found else 0, problem.where


def _sample(rows: pd.DataFrame) -> tuple[Mapping[str, str | float | None], ...]:
    first = rows.head(SAMPLE)
    plain = {
        name: (
            first[name].dt.strftime("%Y-%m-%d")
            if pd.api.types.is_datetime64_any_dtype(first[name])
            else first[name]
        )
        for name in first
    }
    shown = pd.DataFrame(plain, index=first.index).astype(object)
    records = shown.where(shown.notna(), None).to_dict("records")
    return tuple({str(k): v for k, v in row.items()} for row in records)


def _judged(
    report: TableReport, rows: pd.DataFrame, dataset: Dataset
) -> tuple[TableReport, pd.DataFrame]:
    """Implied volatilities as D13 leaves them."""
    found = check_iv(rows, dataset.sessions)
    actions = found.table["action"].value_counts()
    columns = (found.table[name] for name in ("ticker", "ts", "message"))
    lines = [
        f"{t} {ts:%Y-%m-%d}: {words}" for t, ts, words in zip(*columns, strict=True)
    ]
    report = replace(
        report,
        rows_kept=len(found.kept),
        quarantined=int(actions.get("quarantine", 0)),
        warned=int(actions.get("warn", 0)),
        examples=tuple(lines[:EXAMPLES]),
    )
    return report, found.kept[list(rows.columns)]


def _store(kind: str, rows: pd.DataFrame, dataset: Dataset, name: str) -> None:
    if kind == "actions":
        dataset.add_actions(rows)
    elif kind == "reference":
        dataset.add_reference(rows)
    elif kind in KINDS_OF_SERIES:
        dataset.add_series({"index": INDEX, "iv": IV}[kind], rows)
    else:
        dataset.add_membership(name, rows)


def _typed(
    table: Table, fields: Mapping[str, str], required: Sequence[str]
) -> pd.DataFrame:
    """The columns with their types; empty cells are missing, required ones a fault.

    IngestRefused with the faults of all columns, by line.
    """
    typed: dict[str, pd.Series] = {}
    faults: list[Problem] = []
    for field, header in fields.items():
        texts = table.columns[header].astype("str").fillna("").str.strip()
        missing = (texts == "").to_numpy() & (field in required)
        for row in np.flatnonzero(missing)[:FAULTS].tolist():
            where = table.place(row, header)
            faults.append(Problem("ingest.empty_cell", where, "it is empty."))
        try:
            typed[field] = _column(table, field, header, texts)
        except IngestRefused as error:
            faults += error.problems
    if faults:
        raise IngestRefused(sorted(faults, key=_line)[:FAULTS])
    return pd.DataFrame(typed)


def _column(
    table: Table, field: str, header: str, texts: pd.Series[str]
) -> pd.Series[Any]:
    if field in _DATES:
        return _dates(table, header, texts)
    if field in _NUMBERS:
        return _numbers(table, header, texts)
    return texts.mask(texts == "")


def _dates(table: Table, header: str, texts: pd.Series[str]) -> pd.Series[pd.Timestamp]:
    (given,) = np.nonzero((texts != "").to_numpy())
    days = np.full(len(texts), np.datetime64("NaT"), "datetime64[us]")
    if len(given):
        days[given] = read_moments(
            texts.iloc[given].reset_index(drop=True),
            Reading(daily=True),
            lambda row: table.place(int(given[row]), header),
        )
    return pd.Series(days)


def _numbers(table: Table, header: str, texts: pd.Series[str]) -> pd.Series[float]:
    values = pd.to_numeric(texts, errors="coerce")
    wrong = np.flatnonzero((values.isna() & (texts != "")).to_numpy())
    if len(wrong):
        raise IngestRefused(
            [
                Problem(
                    "ingest.number",
                    table.place(row, header),
                    f"{texts.iloc[row][:60]!r} is not a number.",
                    "Write 1234.5, or leave the cell empty.",
                )
                for row in wrong[:FAULTS].tolist()
            ]
        )
    return values.astype(np.float64)
