"""The array store: one `.npy` per field, written once, then memory-mapped.

A build is a folder named after all it was built from, and never changes after its
rename into place: a reader holds either all of it or nothing, and one that has it
mapped keeps its pages even when the folder is removed. Content is hashed at the build.
A load compares sizes and times of the files only, which takes microseconds; a folder
that differs counts as not there, for arrays are derived and can be built again.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from sigma_core.bars.grid import Built, bars_per_session
from sigma_core.bars.seals import seals
from sigma_core.bars.tables import locked
from sigma_core.frames import FIELDS, Axis, BarArrays, Spans, Times

#: An array of whatever type its file says.
Array = npt.NDArray[Any]
#: What arrays were built from: table versions, moment, calendar, code.
Origin = Mapping[str, str]
#: Builds kept beside the newest: as-of reads of stored runs come back to the same.
KEPT_BUILDS = 4


@dataclass(frozen=True)
class Stored:
    """A build on disk: arrays mapped read-only, and where they lie.

    `moments` are the times at which anything in the table became known, ascending.
    """

    bars: BarArrays
    moments: Times
    folder: Path

    def marks(self) -> pd.DataFrame:
        """The findings of the quality rules that the arrays rest on."""
        return pd.read_parquet(self.folder / _MARKS)


@dataclass(frozen=True)
class ArrayStore:
    """The builds of one dataset and cadence, below one folder.

    An origin's `known_by` is empty where the build holds all that is known.
    """

    root: Path
    cadence: str

    def get(self, origin: Origin) -> Stored | None:
        """The build from exactly this origin, if it is there and whole."""
        return load(self.root / _key(origin))

    def make(self, build: Callable[[], tuple[Origin, Built, Times]]) -> Stored:
        """Build and store; one at a time, over threads and processes."""
        with locked(self.root / ".lock"):
            origin, built, moments = build()
            folder = self.root / _key(origin)
            save(built, moments, folder, cadence=self.cadence, origin=origin)
            # Every as-of read starts from the build of all that is known.
            everything = self.root / _key({**origin, "known_by": ""})
            self._drop_old({folder, everything})
            stored = load(folder)
        if stored is None:
            raise RuntimeError(f"{folder} was changed while it was being written")
        return stored

    def _drop_old(self, needed: set[Path]) -> None:
        """Remove all but the newest builds; whoever has one mapped keeps its pages."""
        others = [path for path in self.root.glob("[0-9a-f]*") if path not in needed]
        others.sort(key=lambda path: path.stat().st_mtime_ns, reverse=True)
        for path in others[KEPT_BUILDS:]:
            shutil.rmtree(path, ignore_errors=True)
        for draft in self.root.glob(".*.draft"):  # left by a build that was killed
            shutil.rmtree(draft, ignore_errors=True)


def _key(origin: Origin) -> str:
    canonical = json.dumps(dict(origin), sort_keys=True)
    return hashlib.sha256(canonical.encode()).hexdigest()[:32]


_META = "meta.json"
_MARKS = "marks.parquet"
_EVIDENCE = "evidence.parquet"
_MOMENTS = "moments"
_PAGE = 4096


def save(
    built: Built, moments: Times, folder: Path, *, cadence: str, origin: Origin
) -> None:
    """Write a build to `folder` in one rename; what stood there before is dropped."""
    draft = folder.with_name(f".{folder.name}.draft")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    shas = {name: _write(draft, name, a) for name, a in _parts(built.bars).items()}
    built.marks.to_parquet(draft / _MARKS, index=False)
    built.evidence.to_parquet(draft / _EVIDENCE, index=False)
    _write(draft, _MOMENTS, moments)
    meta = {
        "sha": _content_sha(built.bars.axis.tickers, cadence, shas),
        "tickers": list(built.bars.axis.tickers),
        "cadence": cadence,
        "adjustments": list(built.adjustments),
        "shas": shas,
        "origin": dict(origin),
        "files": {path.name: _stamp(path) for path in sorted(draft.iterdir())},
    }
    _write_synced(draft / _META, json.dumps(meta, sort_keys=True).encode())
    shutil.rmtree(folder, ignore_errors=True)
    draft.rename(folder)


def load(folder: Path) -> Stored | None:
    """The build in `folder`, memory-mapped read-only; None if it is not there whole."""
    try:
        meta = json.loads((folder / _META).read_bytes())
        if any(_stamp(folder / name) != seen for name, seen in meta["files"].items()):
            return None
        parts = {name: _map(folder / f"{name}.npy") for name in meta["shas"]}
        moments = _map(folder / f"{_MOMENTS}.npy")
    except (FileNotFoundError, ValueError, KeyError):
        return None
    row, start, stop, gaps = parts["spans"]
    bars = BarArrays(
        axis=Axis(
            tuple(meta["tickers"]), parts["times"], bars_per_session(meta["cadence"])
        ),
        open=parts["open"],
        high=parts["high"],
        low=parts["low"],
        close=parts["close"],
        volume=parts["volume"],
        spans=Spans(row, start, stop, gaps.astype(np.bool_)),
        factor=parts.get("factor"),
        blocked=parts.get("blocked"),
        sha=meta["sha"],
        seals=parts["seals"],
    )
    return Stored(bars, moments, folder)


def _parts(bars: BarArrays) -> dict[str, Array]:
    spans = bars.spans
    parts: dict[str, Array] = {name: bars.field(name) for name in FIELDS}
    parts["times"] = bars.axis.times
    parts["seals"] = seals(bars)
    parts["spans"] = np.stack(
        [spans.row, spans.start, spans.stop, spans.gaps.astype(np.int64)]
    )
    if bars.factor is not None:
        parts["factor"] = bars.factor
    if bars.blocked is not None:
        parts["blocked"] = bars.blocked
    return parts


def _write(folder: Path, name: str, values: Array) -> str:
    """One array on disk, synced; gives the sha256 of its values."""
    values = np.ascontiguousarray(values)
    with (folder / f"{name}.npy").open("wb") as file:
        np.save(file, values, allow_pickle=False)
        file.flush()
        os.fsync(file.fileno())
    return hashlib.sha256(values.tobytes()).hexdigest()


def _write_synced(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _map(path: Path) -> Array:
    """A read-only array, as a plain ndarray (kernels are typed for those).

    Mapped, unless it is so small that reading is cheaper (none empty can be mapped).
    """
    small = path.stat().st_size <= _PAGE
    mode: Literal["r"] | None = None if small else "r"
    values = np.asarray(np.load(path, mmap_mode=mode, allow_pickle=False))
    values.flags.writeable = False
    return values


def _stamp(path: Path) -> list[int]:
    status = path.stat()
    return [status.st_size, status.st_mtime_ns]


def _content_sha(
    tickers: tuple[str, ...], cadence: str, shas: Mapping[str, str]
) -> str:
    content = {"tickers": tickers, "cadence": cadence, "arrays": dict(shas)}
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()
