"""Bars into a dataset: parse, judge, report, and store in one commit.

1. parse.py reads the files; a structural fault refuses them all;
2. `quality.check_file` refuses single tickers (D1, D2), and so does a ticker that is no
   ticker, or one that is stored with another adjustment;
3. the rest is compared with what is stored, and the rules of quality say what they will
   leave out; that, with the first rows, is the report;
4. unless it is a dry run, `BarStore.append` writes one commit. The same file again
   changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import pandas as pd

from sigma_core.bars.grid import grid
from sigma_core.bars.rescale import as_actions
from sigma_core.bars.rows import from_frame
from sigma_core.bars.store import BarStore, Commit, Comparison, Dataset
from sigma_core.crosscheck import Compared, check_closes, keep
from sigma_core.errors import IngestRefused, Problem
from sigma_core.frames import BARS_COLUMNS, FIELDS, Bars
from sigma_core.ingest.parse import ADJ_CLOSE, Parsed, Progress, read_files
from sigma_core.ingest.report import Blocked, IngestReport, RefusedTicker, Rescaling
from sigma_core.ingest.sources import Limits
from sigma_core.quality import MARK_COLUMNS, FileVerdict, check_file

SAMPLE_ROWS = 20
_HINTS = {
    "quarantine": "The bar is not used; a corrected row replaces it.",
    "warn": "The bar is used.",
}
_KEY = ["ticker", "ts"]
_COLUMNS = list(BARS_COLUMNS)


@dataclass(frozen=True)
class _Examined:
    """What the files hold, which rows of it may come in, and what the rules say."""

    parsed: Parsed
    refused: dict[str, RefusedTicker]
    taken: Bars
    commit: Commit
    marks: pd.DataFrame
    compared: Compared | None

    @property
    def duplicates(self) -> int:
        """Rows left out because the same row was there already."""
        refused = self.parsed.bars["ticker"].isin(self.refused)
        return len(self.parsed.bars) - int(refused.sum()) - len(self.taken)


def ingest(
    paths: Iterable[Path],
    dataset: Dataset,
    *,
    cadence: str = "daily",
    source: str | None = None,
    ingested_at: datetime,
    adjustment: str | None = None,
    tz: str | None = None,
    ticker: str | None = None,
    limits: Limits | None = None,
    columns: Mapping[str, str] | None = None,
    dry_run: bool = False,
    progress: Progress | None = None,
) -> IngestReport:
    """Take the bars at these paths into a dataset; see `read_files` for the options.

    `source` is the name they are stored under (else the first file's). IngestRefused,
    and nothing written, for a structural fault or if no ticker at all can be taken.
    What `progress` raises ends the ingest, and nothing is written either.
    """
    tell = progress or _silent
    parsed = read_files(
        paths,
        tz=tz,
        adjustment=adjustment,
        cadence=cadence,
        ticker=ticker,
        limits=limits,
        columns=columns,
        progress=lambda share, words: tell(0.5 * share, words),
    )
    examined = _examine(parsed, dataset, cadence, ingested_at, tell)
    source = source or parsed.files[0]
    if not dry_run:
        expected = examined.commit
        tell(0.85, f"storing {expected.rows_new + expected.rows_revised:,} rows")
        commit = dataset.bars(cadence).append(
            examined.taken[_COLUMNS],
            source=source,
            adjustment=parsed.adjustment,
            ingested_at=ingested_at,
        )
        if examined.compared is not None:
            keep(dataset, examined.compared, source="ingest", known_at=ingested_at)
        # what was true when the lock was held, should someone have come in between
        examined = replace(examined, commit=commit)
    tell(1.0, "done")
    return _report(examined, dataset, cadence, source, dry_run=dry_run)


def dry_run(
    paths: Iterable[Path],
    dataset: Dataset,
    *,
    cadence: str = "daily",
    ingested_at: datetime,
    adjustment: str | None = None,
    tz: str | None = None,
    ticker: str | None = None,
) -> IngestReport:
    """What `ingest` would do, with nothing written."""
    return ingest(
        paths,
        dataset,
        cadence=cadence,
        ingested_at=ingested_at,
        adjustment=adjustment,
        tz=tz,
        ticker=ticker,
        dry_run=True,
    )


def _examine(
    parsed: Parsed,
    dataset: Dataset,
    cadence: str,
    ingested_at: datetime,
    tell: Progress,
) -> _Examined:
    """Which rows may come in, and what they would be; IngestRefused if none may."""
    tell(0.5, f"{parsed.rows_in:,} rows read, checking")
    _refuse_future(parsed, cadence, ingested_at)
    store = dataset.bars(cadence)
    verdict = check_file(parsed.bars)
    refused = _refused(parsed, verdict, store)
    taken = verdict.kept[~verdict.kept["ticker"].isin(refused)]
    if taken.empty:
        raise IngestRefused([_placed(each) for each in list(refused.values())[:20]])
    found = store.compare(
        taken[_COLUMNS], adjustment=parsed.adjustment, ingested_at=ingested_at
    )
    tell(0.7, "looking for faulty bars")
    marks = _judge(found, parsed.adjustment, store, dataset, ingested_at)
    compared = None
    if cadence == "daily" and ADJ_CLOSE in taken:
        compared = check_closes(
            taken, ADJ_CLOSE, adjustment=parsed.adjustment, dataset=dataset
        )
    if compared is not None and len(compared.finds):
        both = [marks, compared.finds[list(MARK_COLUMNS)]]
        marks = pd.concat(both, ignore_index=True)
    return _Examined(parsed, refused, taken, found.commit, marks, compared)


def _refuse_future(parsed: Parsed, cadence: str, ingested_at: datetime) -> None:
    """A bar that is still to come: the year or the form of the dates is wrong.

    A daily bar may be of the day in New York on which it is taken, not later.
    """
    latest = pd.Timestamp(ingested_at)
    if cadence == "daily":
        today = latest.tz_convert("America/New_York").date()
        latest = pd.Timestamp(today, tz="UTC")
    future = parsed.bars.index[parsed.bars["ts"] > latest]
    if not len(future):
        return
    row = int(future[0])
    ticker, ts = str(parsed.bars["ticker"][row]), parsed.bars["ts"][row]
    day = f"{ts:%Y-%m-%d}" if cadence == "daily" else f"{ts:%Y-%m-%d %H:%M} UTC"
    count = "1 such row" if len(future) == 1 else f"{len(future):,} such rows"
    zone = "" if cadence == "daily" else ", and the time zone (--tz)"
    raise IngestRefused(
        Problem(
            "ingest.future",
            _place(parsed, row),
            f"a bar of {ticker} is of {day}, which is still to come ({count}).",
            hint=f"Check the year, the order of day and month{zone}.",
        )
    )


def _report(
    examined: _Examined, dataset: Dataset, cadence: str, source: str, *, dry_run: bool
) -> IngestReport:
    parsed, taken = examined.parsed, examined.taken
    return IngestReport(
        dataset=dataset.name,
        cadence=cadence,
        source=source,
        adjustment=parsed.adjustment,
        files=parsed.files,
        mapping=parsed.mapping,
        rows_in=parsed.rows_in,
        rows_new=examined.commit.rows_new,
        rows_revised=examined.commit.rows_revised,
        rows_same=examined.commit.rows_same,
        rescaled=tuple(
            Rescaling(each.ticker, each.ex_date, each.split_factor)
            for each in examined.commit.rescaled
        ),
        duplicates=examined.duplicates,
        refused_tickers=tuple(examined.refused[t] for t in sorted(examined.refused)),
        quarantined=_by_rule(examined.marks, "quarantine"),
        warned=_by_rule(examined.marks, "warn"),
        blocked=_blocked(examined.marks),
        tickers=int(taken["ticker"].nunique()),
        first_session=taken["ts"].min().date(),
        last_session=taken["ts"].max().date(),
        sample=_sample(parsed.bars),
        problems=(*_notes(parsed), *_found(parsed, examined.marks)),
        version=dataset.bars(cadence).version(),
        dry_run=dry_run,
    )


def _silent(share: float, words: str) -> None:
    """Progress that nobody asked for."""


def _refused(
    parsed: Parsed, verdict: FileVerdict, store: BarStore
) -> dict[str, RefusedTicker]:
    """Tickers that are not taken, by name, each with its first reason."""
    found = {
        each.ticker: RefusedTicker(
            each.ticker, each.rows, each.problem, _place(parsed, each.first)
        )
        for each in verdict.refused
    }
    counts = parsed.bars["ticker"].value_counts()
    kept = verdict.kept[_COLUMNS]
    for name, problem in store.mixed(kept, adjustment=parsed.adjustment).items():
        said = replace(problem, code="ingest.adjustment")
        found[name] = RefusedTicker(name, int(counts[name]), said, "")
    for text, rows in parsed.wrong_tickers.items():
        found[text] = RefusedTicker(text, rows, _no_ticker(text), "")
    return found


def _placed(refused: RefusedTicker) -> Problem:
    """Its problem with the file and line, where nothing else would say them."""
    place, problem = refused.first_line, refused.problem
    return replace(problem, where=f"{place}, {problem.where}") if place else problem


def _place(parsed: Parsed, row: int) -> str:
    file, line = (int(parsed.bars[name].loc[row]) for name in ("file", "line"))
    return f"{parsed.files[file]}, line {line}"


def _no_ticker(text: str) -> Problem:
    return Problem(
        "ingest.ticker",
        repr(text[:40]),
        "this is no ticker.",
        hint="Up to 20 of A-Z, 0-9 and . - ^ = /, the first a letter, digit or ^.",
    )


def _judge(
    found: Comparison,
    adjustment: str,
    store: BarStore,
    dataset: Dataset,
    ingested_at: datetime,
) -> pd.DataFrame:
    """What the rules find once these rows are stored, as far as these rows prove it."""
    taken, stored, cadence = found.bars, store.read(), store.cadence
    history = stored.loc[stored["ticker"].isin(taken["ticker"].unique()), _COLUMNS]
    together = pd.concat([history, taken]).drop_duplicates(_KEY, keep="last")
    axis, fields, off_session = grid(
        from_frame(together, cadence), dataset.sessions, cadence
    )
    actions = dataset.actions()
    if found.commit.rescaled:
        events = as_actions(found.commit.rescaled, pd.Timestamp(ingested_at))
        actions = pd.concat([actions, events], ignore_index=True)
    kinds = store.adjustments() | dict.fromkeys(taken["ticker"], adjustment)
    derived = dataset.derive(axis, fields, off_session, actions, adjustments=kinds)
    marks = derived.table
    proof = pd.MultiIndex.from_frame(marks[["ticker", "known"]])
    return marks[proof.isin(pd.MultiIndex.from_frame(taken[_KEY]))]


def _by_rule(marks: pd.DataFrame, action: str) -> dict[str, int]:
    counts = marks.loc[marks["action"] == action, "rule"].value_counts().sort_index()
    return {str(rule): int(count) for rule, count in counts.items()}


def _blocked(marks: pd.DataFrame) -> tuple[Blocked, ...]:
    blocks = marks[marks["action"] == "block"]
    columns = (blocks[name].tolist() for name in ("ticker", "ts", "rule", "message"))
    return tuple(
        Blocked(ticker, ts.date(), rule, message)
        for ticker, ts, rule, message in zip(*columns, strict=True)
    )


def _sample(bars: Bars) -> tuple[dict[str, str | float | None], ...]:
    """The first rows as they were read: prices and volumes as numbers, ts as text."""
    first = bars[_COLUMNS].head(SAMPLE_ROWS)
    stamps = first["ts"].dt.strftime("%Y-%m-%dT%H:%M:%SZ")
    numbers = (
        first[list(FIELDS)].astype(object).where(first[list(FIELDS)].notna(), None)
    )
    rows = numbers.assign(ts=stamps, ticker=first["ticker"])[_COLUMNS]
    return tuple(
        dict(zip(_COLUMNS, row, strict=True))
        for row in rows.itertuples(index=False, name=None)
    )


def _found(parsed: Parsed, marks: pd.DataFrame) -> Iterator[Problem]:
    """The first bar that each rule leaves out or warns of: its line (where these files
    hold it), ticker and day, and how many more there are."""
    said = marks[marks["action"].isin(["quarantine", "warn"])]
    rows = parsed.bars[_KEY].assign(row=parsed.bars.index).drop_duplicates(_KEY)
    found = said.merge(rows, "left", on=_KEY)
    order = found.sort_values(["action", "rule", "row", *_KEY], kind="stable")
    for (action, rule), some in order.groupby(["action", "rule"]):
        row, ticker, ts = (some[name].iloc[0] for name in ("row", *_KEY))
        line = "" if pd.isna(row) else f"{_place(parsed, int(row))}, "
        more = f" And {len(some) - 1:,} more." if len(some) > 1 else ""
        yield Problem(
            f"quality.{rule}",
            f"{line}{ticker} {_moment(ts)}",
            f"{some['message'].iloc[0]}{more}",
            hint=_HINTS[str(action)],
            severity="warning",
        )


def _moment(ts: pd.Timestamp) -> str:
    return f"{ts:%Y-%m-%d}" if ts == ts.normalize() else f"{ts:%Y-%m-%d %H:%M} UTC"


def _notes(parsed: Parsed) -> tuple[Problem, ...]:
    if parsed.adjustment != "unknown":
        return ()
    return (
        Problem(
            "ingest.adjustment_unknown",
            ", ".join(parsed.files[:3]),
            "nothing says whether these prices are adjusted for splits.",
            hint="Give the same files again with --adjustment raw, split or total.",
            severity="warning",
        ),
    )
