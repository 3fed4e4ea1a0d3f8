"""Proofs 1, 2 and 5: what comes later, or elsewhere, changes nothing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sigma_core.frames import Floats
from sigma_core.proofs.compare import Difference, differences, same_bits
from sigma_core.proofs.subjects import Subject
from sigma_core.proofs.worlds import Trial


@dataclass(frozen=True)
class Broken:
    """A trial that a column did not stand, and how the two tables differ."""

    trial: Trial
    difference: Difference


def compared(
    subject: Subject, trial: Trial, base: Floats, tickers: tuple[str, ...]
) -> tuple[list[Broken], int]:
    """The columns that a trial changed before its session, and how many cells were
    compared.

    `base` are the subject's values over the unchanged world, `tickers` its rows.
    """
    axis = trial.world.bars.axis
    sessions = min(axis.shape[1], base.shape[-1])
    rows = [axis.row(ticker) for ticker in tickers]
    whole = subject.values(trial.world, first=0, last=axis.shape[1] - 1)
    found, expected = whole[:, rows, :sessions], base[..., :sessions]
    ahead = np.array([column.ahead for column in subject.columns])
    before = np.arange(sessions) < (trial.until + ahead)[:, None]
    among = np.broadcast_to(before[:, None, :], expected.shape).copy()
    if trial.rows is not None:
        among &= trial.rows[None, :, None]
    if trial.others:
        crosses = np.array([column.crosses for column in subject.columns])
        if trial.market:
            crosses |= np.array([column.market for column in subject.columns])
        among &= ~crosses[:, None, None]
    if trial.judged:
        waits = trial.world.bars.blocked_at(np.arange(sessions))[rows]
        decided = np.array([column.decided for column in subject.columns])
        among &= decided[:, None, None] | ~waits
    wrong = differences(expected, found, same_bits(expected, found), among)
    cells = int((among & ~np.isnan(expected)).sum())
    return [Broken(trial, one) for one in wrong], cells
