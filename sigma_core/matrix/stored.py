"""A matrix's name and its place on disk.

A stored matrix is a folder: `matrix.json` (axis, columns, degrees, shas) and one .npy
for each column, for the members and for the split factors. It appears whole, by a
rename; a reader checks every file's sha256 before it trusts a number.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from sigma_core.errors import DamagedData, Problem
from sigma_core.frames import Axis, Matrix, Times
from sigma_core.paths import write_atomic

_FORMAT = 1


def content_sha(matrix: Matrix) -> str:
    """sha256 of what a matrix says: axis, names, units, values, members, factors.

    A NaN counts as a NaN, whatever its bits.
    """
    sha = hashlib.sha256(json.dumps(_heading(matrix), sort_keys=True).encode())
    for _, values in _arrays(matrix):
        if values.dtype == np.float64 and np.isnan(values).any():
            values = np.where(np.isnan(values), np.nan, values)
        sha.update(hashlib.sha256(np.ascontiguousarray(values).data).digest())
    return sha.hexdigest()


def save(matrix: Matrix, folder: Path) -> Path:
    """Write a matrix as a folder, whole or not at all; returns the folder.

    The same matrix already there is left alone, another one is replaced. The folder's
    parent must exist.
    """
    if matrix.sha and _stored_sha(folder) == matrix.sha:
        return folder
    draft = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        fresh, old = draft / "new", draft / "old"
        fresh.mkdir(mode=0o755)
        files = {name: _write(fresh / f"{name}.npy", a) for name, a in _arrays(matrix)}
        meta = {**_heading(matrix), "sha": matrix.sha, "files": files}
        text = json.dumps({**meta, "seal": _seal(meta)}, sort_keys=True, indent=1)
        write_atomic(fresh / "matrix.json", text.encode())
        if folder.exists():
            folder.rename(old)
        fresh.rename(folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return folder


def load(folder: Path) -> Matrix:
    """A stored matrix, memory-mapped, after its files' hashes were checked.

    Raises DamagedData naming the file that is missing or differs from what was saved.
    """
    meta = _meta(folder)
    for name, sha in meta["files"].items():
        path = folder / f"{name}.npy"
        if not path.is_file() or _file_sha(path) != sha:
            raise DamagedData(_damaged(path, "is missing or not what was saved."))
    arrays = {
        name: np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False)
        for name in meta["files"]
    }
    return Matrix(
        axis=Axis(tuple(meta["tickers"]), _times(meta), meta.get("per_session", 1)),
        columns={name: arrays[f"column.{name}"] for name, _ in meta["columns"]},
        degree={name: int(degree) for name, degree in meta["columns"]},
        members=arrays["members"],
        factor=arrays.get("factor"),
        sha=meta["sha"],
    )


def _heading(matrix: Matrix) -> dict[str, Any]:
    # a daily matrix keeps the name it always had
    finer = matrix.axis.per_session
    return {
        **({"per_session": finer} if finer > 1 else {}),
        "format": _FORMAT,
        "tickers": list(matrix.axis.tickers),
        "times": np.datetime_as_string(matrix.axis.times).tolist(),
        "columns": [[name, matrix.degree[name]] for name in matrix.columns],
    }


def _times(meta: dict[str, Any]) -> Times:
    """Sessions as days, starts of finer bars to the microsecond."""
    daily = meta.get("per_session", 1) == 1
    return np.array(meta["times"], "datetime64[D]" if daily else "datetime64[us]")


def _arrays(matrix: Matrix) -> Iterator[tuple[str, Any]]:
    """All arrays of a matrix with the names of their files."""
    for name, values in matrix.columns.items():
        yield f"column.{name}", values
    yield "members", matrix.members
    if matrix.factor is not None:
        yield "factor", matrix.factor


def _write(path: Path, values: Any) -> str:
    with path.open("wb") as file:
        np.save(file, values, allow_pickle=False)
        file.flush()
        os.fsync(file.fileno())
    return _file_sha(path)


def _file_sha(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _stored_sha(folder: Path) -> str | None:
    """What the folder says it holds; None where there is nothing to trust."""
    try:
        return str(_meta(folder)["sha"])
    except DamagedData:
        return None


def _meta(folder: Path) -> dict[str, Any]:
    path = folder / "matrix.json"
    try:
        meta: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        whole = meta.pop("seal") == _seal(meta)
    except (OSError, ValueError, AttributeError, KeyError) as error:
        raise DamagedData(_damaged(path, "can't be read.")) from error
    if not whole:
        raise DamagedData(_damaged(path, "is not what was saved."))
    return meta


def _seal(meta: dict[str, Any]) -> str:
    """sha256 of all that `matrix.json` says."""
    return hashlib.sha256(json.dumps(meta, sort_keys=True).encode()).hexdigest()


def _damaged(path: Path, message: str) -> Problem:
    return Problem("matrix.damaged", path.name, message, "Build the matrix again.")
