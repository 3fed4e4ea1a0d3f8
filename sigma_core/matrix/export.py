"""A matrix as one Parquet file, for whatever reads tables.

One row for each session and ticker: session, (of finer bars ts, when the bar began,
UTC,) ticker, member, then the columns, each in its session's own units, so that a close
is the price as printed on that day; of the same type as the matrix: float32 for one
that was stored. Pages carry checksums: a flipped bit is an error when read, not another
number. What the numbers rest on stands in the file's metadata, as JSON under `sigma`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sigma_core.frames import Matrix, Times

if TYPE_CHECKING:
    import pyarrow as pa

#: rows that are laid out at once
_GROUP = 200_000
#: the key of the file's metadata
ABOUT = b"sigma"


def to_parquet(
    matrix: Matrix, path: Path, about: Mapping[str, Any] | None = None
) -> Path:
    """Write a matrix to `path`, sessions in order and tickers within them.

    `about`: what it rests on, as JSON takes it (None: the file says nothing of it).
    """
    import pyarrow as pa  # only an export needs Arrow
    import pyarrow.parquet as parquet

    tickers, sessions = matrix.axis.shape
    step = max(_GROUP // max(tickers, 1), 1)
    names = pa.array(matrix.axis.tickers, pa.string())
    writer = None
    for first in range(0, sessions, step):
        part = _rows(matrix, slice(first, min(first + step, sessions)), names)
        if about is not None:
            part = part.replace_schema_metadata({ABOUT: json.dumps(about)})
        if writer is None:
            writer = parquet.ParquetWriter(path, part.schema, write_page_checksum=True)
        writer.write_table(part)
    if writer is not None:
        writer.close()
    return path


def _rows(matrix: Matrix, window: slice, names: pa.Array) -> pa.Table:
    import pyarrow as pa  # as above

    times = matrix.axis.times[window]
    size = len(matrix.axis.tickers)
    at = pa.array(np.tile(np.arange(size, dtype=np.int32), len(times)))
    columns = {
        "session": pa.array(np.repeat(times.astype("datetime64[D]"), size)),
        **_ts(matrix, times, size),
        "ticker": pa.DictionaryArray.from_arrays(at, names),
        "member": pa.array(matrix.members[:, window].T.ravel()),
    }
    for name, values in matrix.columns.items():
        shown = values[:, window]
        if matrix.factor is not None and matrix.degree[name]:
            shown = shown / matrix.factor[:, window] ** matrix.degree[name]
        columns[name] = pa.array(shown.astype(values.dtype).T.ravel())
    return pa.table(columns)


def _ts(matrix: Matrix, times: Times, size: int) -> dict[str, pa.Array]:
    import pyarrow as pa  # as above

    if matrix.axis.per_session == 1:
        return {}
    return {"ts": pa.array(np.repeat(times, size), pa.timestamp("us", "UTC"))}
