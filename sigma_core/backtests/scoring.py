"""Scores of a model on every session of a backtest, whatever kind it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from sigma_core.builds import Prepared
from sigma_core.errors import BadInput, Problem
from sigma_core.frames import Matrix
from sigma_core.matrix.reach import first_needed
from sigma_core.run import scanner_over
from sigma_core.signal_models.base import Scores
from sigma_core.signal_models.funnel import FunnelStep, funnel, together
from sigma_core.signal_models.rules import Scanner
from sigma_core.specs.schema import ScannerConfig
from sigma_core.window import columns_between

#: cells of one array above which a scanner is asked for a part of the sessions: it
#: makes three arrays for each gate
_CELLS = 2_000_000


class OutOfSample(Protocol):
    """A trained model, as a backtest asks it."""

    def scores(self, matrix: Matrix) -> Scores:
        """Scores of the matrix's sessions, none by a model that had seen what
        followed."""
        ...


def scanner_of(prepared: Prepared) -> Scanner | None:
    """The model's rules; None for one that is trained."""
    if not isinstance(prepared.bundle.model, ScannerConfig):
        return None
    return scanner_over(prepared.bundle, prepared.plan, prepared.market)


def require_scorable(prepared: Prepared, trained: OutOfSample | None) -> None:
    """Raise BadInput `model.untrained` for a trainable model that was not trained."""
    if trained is None and not isinstance(prepared.bundle.model, ScannerConfig):
        raise _untrained(prepared)


def _untrained(prepared: Prepared) -> BadInput:
    name = f"{prepared.bundle.pack}/{prepared.bundle.model_id}"
    message = f"{name} is a model to be trained, and there is no training of it as it"
    hint = "Train it first, over sessions that hold those of the backtest."
    return BadInput(Problem("model.untrained", "model_id", f"{message} is now.", hint))


@dataclass(frozen=True)
class Scored:
    """Scores `[ticker, session]` without gates, and the funnel of all sessions: who of
    the universe was left after each gate, day by day and summed."""

    scores: Scores
    funnel: list[FunnelStep]


def scored(
    prepared: Prepared,
    scanner: Scanner | None,
    wide: Matrix,
    trained: OutOfSample | None,
) -> Scored:
    """The scores on the sessions of `prepared`.

    `wide` ends with them and begins as early as the rules look back. Raises what
    `require_scorable` does.
    """
    count = prepared.market.column - prepared.first + 1
    if scanner is not None:
        return _by_rules(scanner, prepared, wide)
    if trained is None:
        raise _untrained(prepared)
    width = wide.axis.shape[1]
    scores = trained.scores(columns_between(wide, width - count, width))
    return Scored(scores, funnel(scores, slice(None)))


def _by_rules(scanner: Scanner, prepared: Prepared, wide: Matrix) -> Scored:
    """A stretch of sessions after the other, so that gates take a bounded space."""
    bars, first, last = prepared.market.bars, prepared.first, prepared.market.column
    offset = last + 1 - wide.axis.shape[1]
    size = len(wide.axis.tickers), last - first + 1
    total, eligible = np.full(size, np.nan), np.zeros(size, np.bool_)
    funnels = []
    step = max(_CELLS // size[0], scanner.lookback, 1)
    for begin in range(first, last + 1, step):
        stop = min(begin + step, last + 1)
        low = first_needed(bars, scanner.lookback, begin, stop - 1)
        part = columns_between(wide, low - offset, stop - offset)
        found = scanner.fit(part, None).transform(part)
        own, place = slice(begin - low, None), slice(begin - first, stop - first)
        total[:, place] = found.score_total[:, own]
        eligible[:, place] = found.eligible[:, own]
        funnels.append(funnel(found, own))
    axis = wide.axis.cut(slice(first - offset, None))
    members = wide.members[:, first - offset :]
    scores = Scores(axis, total, {}, {}, (), (), members, eligible)
    return Scored(scores, together(funnels))
