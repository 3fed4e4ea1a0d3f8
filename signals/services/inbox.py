"""The watched folder `inbox/<dataset>/<cadence>/`: bars that are put there are taken.

A file is ingested first and moved after (to `done/`, or `refused/` where nothing of it
was taken), its report beside it. Whoever is killed between the two takes the file once
more, which changes nothing. Files that begin with a dot, or that were written to within
the last seconds, are left for the next time.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings

CADENCES = ("daily", "5m", "15m", "hourly")
#: a file that has just been written to may not be whole
SETTLED_SECONDS = 5


@dataclass(frozen=True)
class Waiting:
    """One file of the inbox, and where its bars go."""

    path: Path
    dataset: str
    cadence: str


def inbox_root() -> Path:
    """Where files are put: `<root>/<dataset>/<cadence>/<file>`."""
    return Path(settings.SIGMA_HOME) / "inbox"


def waiting(now: datetime) -> list[Waiting]:
    """The files that can be taken, in the order in which they are."""
    return [
        Waiting(path, folder.parent.name, folder.name)
        for folder in _folders()
        for path in sorted(folder.iterdir())
        if path.is_file()
        and not path.name.startswith(".")
        and now.timestamp() - path.stat().st_mtime >= SETTLED_SECONDS
    ]


def _folders() -> Iterator[Path]:
    root = inbox_root()
    for dataset in sorted(root.iterdir()) if root.is_dir() else ():
        for cadence in CADENCES:
            if (dataset / cadence).is_dir():
                yield dataset / cadence


def put_away(file: Waiting, *, to: str, report: dict[str, Any]) -> Path:
    """Move a file to `done` or `refused` beside it, and write its report; the place.

    Another file of that name which is there already is kept under its own.
    """
    folder = file.path.parent / to
    folder.mkdir(exist_ok=True)
    target, number = folder / file.path.name, 1
    while target.exists():
        number += 1
        target = folder / f"{file.path.stem}-{number}{file.path.suffix}"
    text = json.dumps(report, indent=1, ensure_ascii=False, default=str)
    target.with_name(f"{target.name}.report.json").write_text(text, encoding="utf-8")
    file.path.rename(target)
    return target
