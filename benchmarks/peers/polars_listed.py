"""polars, from its own file format to the ranked list."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
from tasks import members, ranked

from peers import polars_over

State = tuple[Path, tuple[int, int]]


def load(folder: Path) -> State:
    frame, shape = polars_over.load(folder)
    frame.write_ipc(folder / "bars.arrow")
    return folder, shape


def listed(state: State) -> dict[str, np.ndarray]:
    folder, shape = state
    frame = pl.read_ipc(folder / "bars.arrow")
    columns = polars_over.scan((frame, shape))
    close, volume = (frame[n].to_numpy().reshape(shape) for n in ("close", "volume"))
    return ranked(columns, close[:, -1], members(close, volume))
