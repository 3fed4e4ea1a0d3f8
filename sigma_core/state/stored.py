"""A state on disk: one file, whole or not there, checked when it is read.

A heading (JSON, padded to a page) and the cells, as they lie in memory: a reader maps
them and copies nothing. The heading holds a checksum of the cells and is hashed itself:
a file in which anything differs counts as not there, for a state can be made again from
the bars.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from sigma_core.frames import Floats
from sigma_core.indicators import stepping
from sigma_core.indicators.registry import Call
from sigma_core.state.advance import PLAIN, Around, State, key_of

_PAGE = 4096
_MAGIC = b"sigma state 1\n"
_LONGEST = 16 << 20  # of a heading


def save(state: State, path: Path) -> None:
    """Write a state; a reader sees the file before or this one, never half of one.

    The folder must exist. ValueError for a state before the first bar.
    """
    if state.time is None:
        raise ValueError("a state before the first bar is not worth a file")
    cells = np.ascontiguousarray(state.values)
    heading = _heading(state, _sum(cells))
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(heading)
            file.write(cells.data)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def load(
    path: Path, calls: Sequence[Call], *, max_gap: int, around: Around = PLAIN
) -> State | None:
    """The state of these calls, its cells mapped read-only.

    None if there is none, if it is of other calls, other code or another benchmark, or
    if a byte of it is not what was written.
    """
    try:
        meta, begin = _read_heading(path)
        if meta["key"] != key_of(calls, max_gap, around):
            return None
        shape = (len(meta["tickers"]), int(meta["size"]))
        cells = np.memmap(path, np.float64, "r", offset=begin, shape=shape)
    except (OSError, ValueError, KeyError):
        return None
    values = np.asarray(cells)
    if _sum(values) != meta["sum"]:
        return None
    return State(
        layout=stepping.layout(calls),
        key=meta["key"],
        max_gap=max_gap,
        tickers=tuple(meta["tickers"]),
        time=np.datetime64(meta["time"], meta["unit"]),
        seal=bytes.fromhex(meta["seal"]),
        values=values,
        around=around,
    )


def _heading(state: State, checksum: str) -> bytes:
    if state.time is None:
        raise ValueError("a state before the first bar has no heading")
    meta = {
        "key": state.key,
        "tickers": list(state.tickers),
        "time": str(state.time),
        "unit": np.datetime_data(state.time.dtype)[0],
        "seal": state.seal.hex(),
        "size": state.layout.size,
        "sum": checksum,
    }
    text = json.dumps(meta, separators=(",", ":")).encode()
    first = _MAGIC + f"{len(text)} {hashlib.sha256(text).hexdigest()}\n".encode()
    whole = first + text
    return whole + b"\0" * (-len(whole) % _PAGE)


def _read_heading(path: Path) -> tuple[dict[str, Any], int]:
    """What a file says of itself, and where its cells begin. ValueError if damaged."""
    with path.open("rb") as file:
        if file.readline() != _MAGIC:
            raise ValueError(f"{path} is no state")
        length, _, sha = file.readline(100).decode("ascii").strip().partition(" ")
        if not length.isdigit() or int(length) > _LONGEST:
            raise ValueError(f"{path} has no heading")
        begin = file.tell()
        text = file.read(int(length))
    if hashlib.sha256(text).hexdigest() != sha:
        raise ValueError(f"{path} has a damaged heading")
    meta: dict[str, Any] = json.loads(text)
    end = begin + len(text)
    return meta, end + -end % _PAGE


def _sum(values: Floats) -> str:
    """A sha256 over one checksum per ticker: its cells' bits times odd numbers, added
    up modulo 2^64.

    One changed cell always shows, several but by a chance of 1 in 2^63 or so. It is
    there against damage, as the checksums of Parquet are; hashing every byte would
    take longer than all steps do.
    """
    random = np.random.default_rng(0)
    odd = random.integers(0, 1 << 63, values.shape[1], np.uint64) * 2 + 1
    return hashlib.sha256((values.view(np.uint64) @ odd).tobytes()).hexdigest()
