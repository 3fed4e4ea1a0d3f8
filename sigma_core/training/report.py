"""How good the predictions out of sample were."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sigma_core.validation.measures import Measures


@dataclass(frozen=True)
class FoldReport:
    """One fold: tested on `test_first` to `test_last`, by models trained on sessions
    from `train_first` to `train_last`, of which there are `fits`."""

    number: int
    train_first: date
    train_last: date
    test_first: date
    test_last: date
    fits: int
    measures: Measures


@dataclass(frozen=True)
class Importance:
    """`gain`: a column's share of all that splits gained, over all models, 0 to 1;
    `splits`: how many splits are on it."""

    column: str
    gain: float
    splits: int


@dataclass(frozen=True)
class Report:
    """`decay`: mean rank IC with the return over so many sessions from the same start.

    `baselines` on the same sessions: `random` (a seeded number for each ticker),
    `momentum` (close 21 sessions ago over close 252 ago) and `permuted`, the control:
    the same training on labels shuffled among the tickers of each session, one fit a
    fold; its rank IC must be about 0.
    """

    folds: tuple[FoldReport, ...]
    pooled: Measures
    decay: Mapping[int, float | None]
    importance: tuple[Importance, ...]
    baselines: Mapping[str, Measures]

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        raise NotImplementedError
