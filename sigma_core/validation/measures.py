"""Predictions beside what followed, session by session and over many.

Worked example: docs/definitions/ic.md.
"""

from __future__ import annotations

from dataclasses import dataclass

from sigma_core.frames import Floats


@dataclass(frozen=True)
class Daily:
    """One number a session, `[session]`, NaN where it has no meaning.

    `ic` and `rank_ic`: Pearson's and Spearman's correlation, across tickers, of
    predictions and labels. `spread`: mean label of the fifth predicted highest less
    that of the lowest. `hits`: share of tickers on the same side of the session's
    median in both. `turnover`: share of the highest fifth that was not in it the
    session before. `rows`: tickers with both.
    """

    rows: Floats
    ic: Floats
    rank_ic: Floats
    spread: Floats
    hits: Floats
    turnover: Floats


@dataclass(frozen=True)
class Measures:
    """The same over many sessions; None where there is no such number.

    `icir` is mean over standard deviation (ddof 1) of the sessions' IC, not annualised.
    `independent`, `standard_error`, `t` and `p` (two-sided) are of the mean rank IC over sessions whose
    labels do not overlap: every `label_end − label_start + 1`-th.
    """

    sessions: int
    rows: int
    ic: float | None
    rank_ic: float | None
    icir: float | None
    rank_icir: float | None
    spread: float | None
    hit_rate: float | None
    turnover: float | None
    independent: int
    standard_error: float | None
    t: float | None
    p: float | None


def daily(predictions: Floats, labels: Floats) -> Daily:
    """The numbers of each session; both arrays `[ticker, session]`, NaN where none."""
    raise NotImplementedError


def measures(
    predictions: Floats, labels: Floats, *, label_start: int, label_end: int
) -> Measures:
    """All of them over the sessions of two arrays `[ticker, session]`.

    With one ticker the correlations are across sessions, and a hit is an equal sign.
    """
    raise NotImplementedError
