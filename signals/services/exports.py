"""Bars out of a dataset, and tables of backtests, into a file."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings

from packs_app import datasets
from sigma_core.errors import BadInput, Problem


def export_bars(
    *, path: Path, dataset: str | None, cadence: str = "daily"
) -> dict[str, Any]:
    """Write the bars the engine reads: {"path", "dataset", "rows", "tickers"}.

    Columns ticker, date (daily) or ts, open, high, low, close, volume; raw prices; CSV
    or Parquet by the path's ending. The file is whole or not there. BadInput for a
    place that can't take it.
    """
    # deltalake and pandas: only who exports pays
    from sigma_core import quality
    from sigma_core.bars.store import Dataset

    _check(path)
    root = settings.SIGMA_HOME / "datasets"
    name = datasets.resolve_dataset(dataset)
    kept = Dataset(root, name, derive=quality.derive).bars(cadence).kept()
    if cadence == "daily":
        kept = kept.assign(ts=kept["ts"].dt.strftime("%Y-%m-%d"))
        kept = kept.rename(columns={"ts": "date"})
    with _whole(path, "PATH") as written:
        if path.suffix == ".csv":
            kept.to_csv(written, index=False)
        else:
            kept.to_parquet(written, index=False, write_page_checksum=True)
    return {
        "path": str(path),
        "dataset": name,
        "rows": len(kept),
        "tickers": int(kept["ticker"].nunique()),
    }


def write_whole(path: Path, text: str, *, where: str) -> None:
    """Write a text as it is; the file is whole or not there. BadInput at `where` for a
    place that can't take it."""
    _require_folder(path, where)
    if os.path.isdir(path):  # which raises nothing, unlike Path.is_dir
        message = f"{path} is a folder."
        raise BadInput(Problem("path.folder", where, message, "Name a file in it."))
    with _whole(path, where) as written:
        written.write_text(text, encoding="utf-8", newline="")


@contextmanager
def _whole(path: Path, where: str) -> Iterator[Path]:
    """A file to write, which then takes its place; BadInput `path.unwritable` at
    `where` where the system lets neither be done."""
    try:
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=".export") as folder:
            written = Path(folder) / path.name
            yield written
            written.replace(path)
    except OSError as error:
        message = f"{path} can't be written: {error.strerror or error}."
        hint = "Name a place that can be written and has room."
        raise BadInput(Problem("path.unwritable", where, message, hint)) from error


def _check(path: Path) -> None:
    if path.suffix not in {".csv", ".parquet"}:
        message = f"{path.name!r} ends in neither .csv nor .parquet."
        raise BadInput(Problem("export.kind", "PATH", message, "Choose one of them."))
    _require_folder(path, "PATH")


def _require_folder(path: Path, where: str) -> None:
    if not os.path.isdir(path.resolve().parent):
        message = f"there is no folder {path.resolve().parent}."
        raise BadInput(Problem("path.unknown", where, message, "Make it first."))
