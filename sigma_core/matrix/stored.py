"""A matrix's name and its place on disk.

What is computed is float64; what is kept is float32, each value the nearest one to the
float64 that was computed, and half the bytes: a model that learns from features sees
no difference. A stored matrix is named by what is stored.

A folder holds `matrix.json` (axis, columns, degrees, the sha256 of every array's
values) and one .npy for each column, for the members and for the split factors. It
appears whole, by a rename. Hash and file are made in one pass over each array. Nothing
waits for the disk: a reader checks every array's sha256 before it trusts a number, and
what a power cut left half-written is built again.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from sigma_core.errors import DamagedData, Problem
from sigma_core.frames import Axis, Matrix, Times

_FORMAT = 2
#: cells that are rounded, hashed and written at once: they stay in the cache
_CHUNK = 1 << 16
Array = npt.NDArray[Any]


def content_sha(matrix: Matrix) -> str:
    """sha256 of what a matrix says: axis, names, units, values, members, factors.

    A NaN counts as a NaN, whatever its bits; the same values in float32 and in float64
    have different names.
    """
    shas = {name: _digest(values) for name, values in _arrays(matrix)}
    return _sha_of(_heading(matrix, _dtype(matrix)) | {"arrays": shas})


def named(matrix: Matrix) -> Matrix:
    """The matrix with its `content_sha`."""
    return replace(matrix, sha=content_sha(matrix))


def store(matrix: Matrix, root: Path, *, threads: int = 2) -> Matrix:
    """Keep a matrix as float32 in the folder `root/<sha>`; gives it as it is kept.

    `root` must exist. What lies there under that sha already is replaced by the same.
    The values of the matrix given back are memory-mapped, read-only, and not read
    again: they are what was hashed.
    """
    draft = Path(tempfile.mkdtemp(prefix=".matrix.", dir=root))
    try:
        fresh = draft / "new"
        fresh.mkdir(mode=0o755)
        meta = _heading(matrix, "float32")
        meta["arrays"] = _write_all(fresh, matrix, threads)
        sha = _sha_of(meta)
        text = json.dumps(meta, sort_keys=True, indent=1)
        (fresh / "matrix.json").write_text(text, encoding="utf-8")
        if (root / sha).exists():
            (root / sha).rename(draft / "old")
        fresh.rename(root / sha)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return _mapped(root / sha, meta, sha)


def load(folder: Path, *, threads: int = 2) -> Matrix:
    """A stored matrix, memory-mapped, float32, after its arrays' hashes were checked.

    Raises DamagedData naming the file that is missing or differs from what was stored.
    """
    meta = _meta(folder)
    matrix = _mapped(folder, meta, folder.name)
    arrays = dict(_arrays(matrix))
    with ThreadPoolExecutor(threads) as pool:
        shas = list(pool.map(_digest, arrays.values()))
    for name, sha in zip(arrays, shas, strict=True):
        if meta["arrays"].get(name) != sha:
            raise DamagedData(_damaged(f"{name}.npy", "is not what was stored."))
    return matrix


def _mapped(folder: Path, meta: dict[str, Any], sha: str) -> Matrix:
    arrays = {name: _map(folder / f"{name}.npy") for name in meta["arrays"]}
    return Matrix(
        axis=Axis(tuple(meta["tickers"]), _times(meta), meta["per_session"]),
        columns={name: arrays[f"column.{name}"] for name, _ in meta["columns"]},
        degree={name: int(degree) for name, degree in meta["columns"]},
        members=arrays["members"],
        factor=arrays.get("factor"),
        sha=sha,
    )


def _map(path: Path) -> Array:
    try:
        return np.asarray(np.load(path, mmap_mode="r", allow_pickle=False))
    except (OSError, ValueError) as error:
        raise DamagedData(_damaged(path.name, "is missing or damaged.")) from error


def _heading(matrix: Matrix, dtype: str) -> dict[str, Any]:
    return {
        "format": _FORMAT,
        "dtype": dtype,
        "per_session": matrix.axis.per_session,
        "tickers": list(matrix.axis.tickers),
        "times": np.datetime_as_string(matrix.axis.times).tolist(),
        "columns": [[name, matrix.degree[name]] for name in matrix.columns],
    }


def _times(meta: dict[str, Any]) -> Times:
    """Sessions as days, starts of finer bars to the microsecond."""
    daily = meta["per_session"] == 1
    return np.array(meta["times"], "datetime64[D]" if daily else "datetime64[us]")


def _dtype(matrix: Matrix) -> str:
    return str(next(iter(matrix.columns.values())).dtype)


def _arrays(matrix: Matrix) -> Iterator[tuple[str, Array]]:
    """All arrays of a matrix with the names of their files."""
    for name, values in matrix.columns.items():
        yield f"column.{name}", values
    yield "members", matrix.members
    if matrix.factor is not None:
        yield "factor", matrix.factor


def _write_all(folder: Path, matrix: Matrix, threads: int) -> dict[str, str]:
    """All arrays as files; the sha256 of each."""

    def write(name: str, values: Array) -> tuple[str, str]:
        dtype = np.dtype("float32" if name.startswith("column.") else values.dtype)
        with (folder / f"{name}.npy").open("wb", buffering=0) as file:
            return name, _write(file, values, dtype)

    with ThreadPoolExecutor(threads) as pool:
        return dict(pool.map(lambda pair: write(*pair), _arrays(matrix)))


def _write(file: BinaryIO, values: Array, dtype: np.dtype[Any]) -> str:
    """An array as a .npy, hashed on its way into the file."""
    described = {"descr": dtype.str, "fortran_order": False, "shape": values.shape}
    np.lib.format.write_array_header_1_0(file, described)
    sha = hashlib.sha256()
    for chunk in _chunks(values, dtype):
        sha.update(chunk.data)
        file.write(chunk.data)
    return sha.hexdigest()


def _digest(values: Array) -> str:
    sha = hashlib.sha256()
    for chunk in _chunks(values, values.dtype):
        sha.update(chunk.data)
    return sha.hexdigest()


def _chunks(values: Array, dtype: np.dtype[Any]) -> Iterator[Array]:
    """Copies of a few tickers at a time, as they are kept: every NaN has one form."""
    step = max(_CHUNK // max(values.shape[1], 1), 1)
    for row in range(0, len(values), step):
        chunk = np.array(values[row : row + step], dtype, order="C")
        if dtype.kind == "f":
            np.copyto(chunk, np.nan, where=np.isnan(chunk))
        yield chunk


def _meta(folder: Path) -> dict[str, Any]:
    path = folder / "matrix.json"
    try:
        meta: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        whole = meta["format"] == _FORMAT and _sha_of(meta) == folder.name
    except (OSError, ValueError, AttributeError, KeyError, TypeError) as error:
        raise DamagedData(_damaged(path.name, "can't be read.")) from error
    if not whole:
        raise DamagedData(_damaged(path.name, "is not what was stored."))
    return meta


def _sha_of(meta: dict[str, Any]) -> str:
    """The name of all that `matrix.json` says, so of every value too."""
    return hashlib.sha256(json.dumps(meta, sort_keys=True).encode()).hexdigest()


def _damaged(name: str, message: str) -> Problem:
    return Problem("matrix.damaged", name, message, "Build the matrix again.")
