"""What children are handed: bars and calls as files in one folder, values in another.

`bars` and `bars.data` hold the arrays of the bars, apart from what they are called, so
that a child maps them instead of reading them. `values` is the result, mapped by all:
each block is written where it belongs. The folder is ours alone, and gone afterwards.
"""

from __future__ import annotations

import json
import pickle
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from sigma_core.frames import BarArrays
from sigma_core.indicators import kernels, resolve
from sigma_core.indicators.registry import Call

_ALIGNED = 64


@dataclass(frozen=True)
class Work:
    """What a child computes: calls over bars, on some sessions, into `out`."""

    bars: BarArrays
    calls: list[Call]
    first: int
    last: int
    out: npt.NDArray[Any]

    def do(self, rows: range) -> None:
        """One block of tickers."""
        kernels.compute(
            self.bars,
            self.calls,
            first=self.first,
            last=self.last,
            threads=1,
            rows=rows,
            out=self.out,
        )


def hand(
    folder: Path,
    bars: BarArrays,
    calls: Sequence[Call],
    *,
    first: int,
    last: int,
    dtype: npt.DTypeLike,
) -> npt.NDArray[Any]:
    """Write the work for children to `folder`; gives the values they will fill."""
    places = _put(folder, bars)
    columns = sum(len(call.columns) for call in calls)
    shape = (columns, len(bars.axis.tickers), last - first + 1)
    cache = kernels.cache()
    task = {
        "calls": [[call.card.name, call.params] for call in calls],
        "window": [first, last],
        "places": places,
        "shape": shape,
        "dtype": np.dtype(dtype).str,
        "kernels": str(cache) if cache else None,
    }
    (folder / "task.json").write_text(json.dumps(task), encoding="utf-8")
    return np.memmap(folder / "values", dtype, mode="w+", shape=shape)


def take(folder: Path) -> Work:
    """The same in a child."""
    task = json.loads((folder / "task.json").read_text(encoding="utf-8"))
    if task["kernels"]:
        kernels.use_cache(Path(task["kernels"]))
    first, last = task["window"]
    out = np.memmap(
        folder / "values", task["dtype"], mode="r+", shape=tuple(task["shape"])
    )
    return Work(
        bars=_get(folder, task["places"]),
        calls=[resolve(name, params) for name, params in task["calls"]],
        first=first,
        last=last,
        out=np.asarray(out),
    )


def _put(folder: Path, bars: BarArrays) -> list[list[int]]:
    """The bars without their arrays' bytes, and those bytes; where each begins."""
    buffers: list[pickle.PickleBuffer] = []
    shape = pickle.dumps(bars, protocol=5, buffer_callback=buffers.append)
    (folder / "bars").write_bytes(shape)
    places = []
    with (folder / "bars.data").open("wb", buffering=0) as file:
        for buffer in buffers:
            raw = buffer.raw()
            places.append([file.seek(-file.tell() % _ALIGNED, 1), raw.nbytes])
            file.write(raw)
        file.write(b"\0")  # an empty file can't be mapped
    return places


def _get(folder: Path, places: list[list[int]]) -> BarArrays:
    data = np.memmap(folder / "bars.data", np.uint8, mode="r")
    buffers = [data[start : start + size].data for start, size in places]
    shape = (folder / "bars").read_bytes()
    # ours: written a moment ago by our parent, in a folder that no one else may enter
    bars: BarArrays = pickle.loads(shape, buffers=buffers)  # noqa: S301
    return bars
