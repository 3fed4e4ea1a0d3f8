"""The job `ingest`: files → a dataset, checked, in one commit, with a report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from django.conf import settings
from pydantic import Field

from sigma_core.errors import BadInput, Problem, UnknownName
from signals.jobs.base import Context, Job, Outcome, Params, Step, register
from signals.jobs.scan import NAME
from signals.services import checking, sources, uploads

if TYPE_CHECKING:  # deltalake: the types alone are wanted here
    from sigma_core.bars.store import Dataset

STEPS = (
    Step("read", "Read the files", 30),
    Step("check", "Check the rows", 20),
    Step("write", "Write the rows", 30, commits=True),
    Step("arrays", "Prepare the arrays", 20),
)
#: where the engine's own progress passes from step to step
PARTS = (("read", 0.0, 0.5), ("check", 0.5, 0.85), ("write", 0.85, 1.0))


class IngestParams(Params):
    """Which files, into which dataset, as what.

    A path is absolute, or the name of an upload (`<sha>/<name>`); only those who sit at
    the machine may name the former. `name` is that of a membership list. `columns`:
    field → header, where the usual names don't tell. A `source` is remembered: what its
    last ingest was told or found out (columns, adjustment, zone) holds where nothing is
    said.
    """

    kind: Literal["bars", "membership", "reference", "actions", "index", "iv"] = "bars"
    paths: list[str] = Field(min_length=1, max_length=200)
    names: list[str] = Field(default_factory=list, max_length=200)
    dataset: str = Field(default="main", pattern=NAME)
    cadence: Literal["daily", "hourly", "15m", "5m"] = "daily"
    source: str | None = Field(default=None, max_length=64)
    adjustment: Literal["raw", "split", "total", "unknown"] | None = None
    tz: str | None = Field(default=None, max_length=64)
    columns: dict[str, str] = Field(default_factory=dict, max_length=12)
    name: str | None = Field(default=None, pattern=NAME)
    dry_run: bool = False


def check(params: IngestParams, *, local: bool) -> None:
    """BadInput for a file that is not there, or not for this caller to name."""
    for path in params.paths:
        if Path(path).is_absolute() and not local:
            message = "only files that were uploaded can be named here."
            raise BadInput(Problem("path.unsafe", "/paths", message, "Upload it."))
        _file(path)
    if params.kind == "bars":
        _check_columns(params.columns)
        return
    if len(params.paths) > 1:
        message = f"{params.kind} are taken from one file."
        raise BadInput(Problem("params.invalid", "/paths", message))
    if params.kind == "membership" and params.name is None:
        message = "a membership list needs a name."
        raise BadInput(Problem("params.missing", "/name", message, "Such as sp500."))


def _check_columns(columns: Mapping[str, str]) -> None:
    """BadInput for a column that bars don't have."""
    if not columns:
        return
    from sigma_core.ingest.aliases import ALIASES  # pandas

    for field in columns:
        if field not in ALIASES:
            raise UnknownName("field", field, ALIASES)


def _file(path: str) -> Path:
    if not Path(path).is_absolute():
        return uploads.find_upload(path)
    if not Path(path).exists():
        message = "there is no such file or folder."
        raise BadInput(Problem("path.unknown", path, message))
    return Path(path)


def fields(params: IngestParams) -> Mapping[str, object]:
    """What the run's row says before the run starts."""
    return {"dataset": params.dataset}


def perform(context: Context, params: IngestParams) -> Outcome:
    """Ingest the files; the report is the run's summary."""
    from sigma_core.market import open_dataset  # deltalake and pandas

    dataset = open_dataset(settings.SIGMA_HOME / "datasets", params.dataset)
    files = [_file(path) for path in params.paths]
    if params.kind == "bars":
        return _bars(context, params, dataset, files)
    return _records(context, params, dataset, files[0])


def _bars(
    context: Context, params: IngestParams, dataset: Dataset, files: list[Path]
) -> Outcome:
    from sigma_core import ingest  # deltalake and pandas

    asked = sources.filled_in(
        source=params.source,
        columns=params.columns,
        adjustment=params.adjustment,
        tz=params.tz,
    )
    report = ingest.ingest(
        files,
        dataset,
        cadence=params.cadence,
        source=params.source,
        ingested_at=context.now,
        **asked,
        dry_run=params.dry_run,
        progress=lambda share, words: _tell(context, share, words),
    )
    summary = report.as_dict() | {"remembered": sources.remembered(params.source)}
    if params.dry_run:
        return Outcome(summary=summary)
    context.progress("arrays", 0.0, f"{report.tickers:,} tickers")
    dataset.bars(params.cadence).arrays()
    summary["against_daily"] = checking.keep_minutes(dataset)
    return Outcome(
        summary=summary,
        save=lambda run: sources.remember(
            run, source=params.source, report=report, tz=asked["tz"]
        ),
    )


def _tell(context: Context, share: float, words: str) -> None:
    """The engine's share of the whole as one of our steps."""
    for name, start, stop in PARTS:
        if share < stop or name == "write":
            context.progress(name, (share - start) / (stop - start), words)
            return


def _records(
    context: Context, params: IngestParams, dataset: Dataset, file: Path
) -> Outcome:
    from sigma_core import ingest  # deltalake and pandas

    context.progress("read", 0.0, file.name)
    if not params.dry_run:
        context.progress("write", 0.0, "")  # before it: one call reads and writes
    report = ingest.ingest_table(
        params.kind, file, dataset, name=params.name, dry_run=params.dry_run
    )
    summary = {"dataset": dataset.name, "name": params.name, **asdict(report)}
    if params.kind == "actions" and not params.dry_run:
        context.progress("arrays", 0.0, "")
        for cadence in ("daily", "5m"):
            if dataset.bars(cadence).version() >= 0:
                dataset.bars(cadence).arrays()
    return Outcome(summary=summary)


INGEST = register(
    Job(
        kind="ingest",
        label="Ingest",
        params=IngestParams,
        steps=STEPS,
        perform=perform,
        role="operator",
        check=check,
        fields=fields,
    )
)
