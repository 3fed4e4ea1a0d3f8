"""pandas, from plain arrays on disk to the ranked list."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from tasks import members, ranked

from peers import pandas_groupby


def load(folder: Path) -> Path:
    return folder


def listed(folder: Path) -> dict[str, np.ndarray]:
    table = pandas_groupby.load(folder)
    columns = pandas_groupby.scan(table)
    close, volume = (
        x.to_numpy().reshape(table.shape) for x in (table.close, table.volume)
    )
    return ranked(columns, close[:, -1], members(close, volume))
