"""What is kept of one cell of a grid: both halves of it, as values and as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from sigma_core.backtest.metrics import Metrics, returns_of
from sigma_core.calibrate import Cell, Params
from sigma_core.evidence.sharpe import Moments, moments
from sigma_core.frames import Floats

Plain = dict[str, Any]  # Any: JSON
_NONE = np.empty(0)


@dataclass(frozen=True)
class Half:
    """A cell on the training dates, or on those held out.

    `signals` counts candidates over all `sessions`; `moments` are of the net return of
    each session but the first, which are `returns` (empty once read back from JSON).
    """

    sessions: int
    signals: int
    metrics: Metrics
    moments: Moments
    returns: Floats = field(default_factory=lambda: _NONE, compare=False)

    @property
    def signals_per_session(self) -> float:
        """Candidates a session, on average."""
        return self.signals / self.sessions

    @property
    def trades(self) -> int:
        """Positions that were closed."""
        return int(self.metrics["trades"] or 0)

    def as_json(self) -> Plain:
        """Plain values; `from_json` reads them back."""
        return {
            "sessions": self.sessions,
            "signals": self.signals,
            "signals_per_session": self.signals_per_session,
            "metrics": dict(self.metrics),
            "moments": asdict(self.moments),
        }

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> Half:
        """A half as `as_json` wrote it; its returns are not kept."""
        return cls(
            sessions=said["sessions"],
            signals=said["signals"],
            metrics=dict(said["metrics"]),
            moments=Moments(**said["moments"]),
        )


@dataclass(frozen=True)
class Tried:
    """One cell: its place in the grid, its parameters, and what they brought."""

    number: int
    params: Params
    swept: Half
    held_out: Half


def half_of(cell: Cell) -> Half:
    """What is kept of a cell that was swept."""
    returns = returns_of(cell.equity)
    return Half(len(cell.equity), cell.signals, cell.metrics, moments(returns), returns)
