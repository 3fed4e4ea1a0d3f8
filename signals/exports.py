"""A view of signals as a file: CSV or JSON, headed by what it rests on.

A spreadsheet runs a cell that starts with = + - @ as a formula, so text cells that do
get an apostrophe in front, which spreadsheets take as "this is text". Numbers are
written as numbers.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from typing import Any

from django.http import HttpResponse

from signals.models import Signal
from signals.queries.lists import At, Listing, Row

DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n")
COLUMNS = (
    "rank",
    "rank_change",
    "ticker",
    "name",
    "score_total",
    "close",
    "change",
    "volume_ratio",
    "days_in_list",
    "first_seen",
    "verdict",
    "weight",
)
MISS_COLUMNS = (
    "ticker",
    "name",
    "gate",
    "words",
    "value",
    "op",
    "limit",
    "score_total",
)


def cell(value: Any) -> Any:
    """A value that no spreadsheet runs."""
    if isinstance(value, str) and value.startswith(DANGEROUS):
        return f"'{value}"
    return "" if value is None else value


def about(found: Listing) -> dict[str, Any]:
    """What the rows rest on: as-of, universe, model, fingerprint."""
    return {
        "as_of": _said(found.at),
        "universe": str(found.summary.get("universe") or ""),
        "dataset": found.lists.dataset,
        "synthetic": found.run.is_synthetic,
        "marks": found.run.marks,
        "stale": bool(found.summary.get("stale", False)),
        "model": found.lists.model,
        "run": found.run.pk,
        "fingerprint": {
            name: value
            for name, value in found.run.fingerprint.items()
            if isinstance(value, str)
        },
    }


def _said(at: At) -> str:
    """A session as its date, a part of one as the moment at which it closed."""
    return at.ts.isoformat() if at.intraday else at.session.isoformat()


def record(row: Row) -> dict[str, Any]:
    """One row, in the order of `COLUMNS`."""
    signal: Signal = row.signal
    values = (
        signal.rank,
        row.climbed,
        signal.ticker,
        signal.name,
        signal.score_total,
        signal.close,
        signal.change,
        signal.volume_ratio,
        row.days,
        _said(row.first_seen) if row.first_seen else None,
        signal.verdict,
        signal.weight,
    )
    return dict(zip(COLUMNS, values, strict=True))


def answer(
    form: str, found: Listing, rows: Sequence[Row], misses: Iterable[dict[str, Any]]
) -> HttpResponse:
    """The file, named after model and session."""
    records = [record(row) for row in rows]
    near = [{key: miss.get(key) for key in MISS_COLUMNS} for miss in misses]
    closed = f"_{found.at.ts:%H%M}Z" if found.at.intraday else ""
    stem = f"signals_{found.lists.model_id}_{found.session}{closed}"
    if form == "json":
        for plain, row in zip(records, rows, strict=True):
            plain |= {"parts": row.signal.parts, "gates": row.signal.gates}
        document = about(found) | {"signals": records, "near_misses": near}
        body, kind = json.dumps(document, allow_nan=False, indent=1), "application/json"
    else:
        body, kind = _csv(found, near or records), "text/csv; charset=utf-8"
    headers = {"Content-Disposition": f'attachment; filename="{stem}.{form}"'}
    return HttpResponse(body, content_type=kind, headers=headers)


def _csv(found: Listing, records: list[dict[str, Any]]) -> str:
    file = io.StringIO(newline="")
    for key, value in about(found).items():
        said = str(value)
        if isinstance(value, dict):
            said = " ".join(f"{name}={sha}" for name, sha in value.items())
        if isinstance(value, list):
            said = ", ".join(value) or "none"
        file.write(f"# {key}: {' '.join(said.split())}\r\n")
    columns = list(records[0]) if records else list(COLUMNS)
    writer = csv.writer(file)
    writer.writerow(columns)
    for row in records:
        writer.writerow([cell(row[name]) for name in columns])
    return file.getvalue()
