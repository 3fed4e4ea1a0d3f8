"""Seals: one hash per session over every bar up to it, so that a run can name exactly
the bars it read, and a later bar, listing or split changes no earlier name.

seal(t) = sha256(seal(t−1) + tickers with a bar on t + their five fields on t)
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from sigma_core.frames import FIELDS, BarArrays, Floats

#: `[time, 32]`: the sha256 of all bars up to each time
Seals = npt.NDArray[np.uint8]
START = b"sigma bars 1"


def seals(bars: BarArrays) -> Seals:
    """The seals of all times of the axis, oldest first."""
    names = np.array([ticker.encode() for ticker in bars.axis.tickers], dtype=np.bytes_)
    by_time = [np.ascontiguousarray(bars.field(name).T) for name in FIELDS]
    held = ~np.isnan(by_time[FIELDS.index("close")])
    found = np.empty((len(bars.axis.times), hashlib.sha256().digest_size), np.uint8)
    seal = START
    for time in range(len(found)):
        rows = np.flatnonzero(held[time])
        listed = b"\0".join(names[rows].tolist())
        seal = after(seal, listed, [values[time, rows] for values in by_time])
        found[time] = np.frombuffer(seal, np.uint8)
    return found


def after(seal: bytes, listed: bytes, fields: Iterable[Floats]) -> bytes:
    """The seal of the next time: `listed` are the tickers with a bar on it, in order,
    with a NUL between two; `fields` their five values."""
    digest = hashlib.sha256(seal)
    digest.update(listed)
    for values in fields:
        digest.update(values.tobytes())
    return digest.digest()
