"""What followed: the numbers a model is trained to say beforehand.

    fwd_ret         close(t+h) / open(t+1) − 1, or from close(t) where `at` is close
    fwd_rank        its rank among the session's members, from −0.5 to 0.5
    close_to_open   open(t+1) / close(t) − 1
    next_bar_ret    close(t+1) / close(t) − 1, of the next bar

Sessions count, not own bars. NaN where either price is missing; the last sessions have
no label, never a flat one. Worked example: docs/definitions/labels.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from sigma_core.errors import BadInput, Problem
from sigma_core.frames import BarArrays, Bools, Floats
from sigma_core.specs.schema import Label


@dataclass(frozen=True)
class Labels:
    """`values[ticker, session]` on the sessions asked for.

    A label of session t is known from prices of t + `start` to t + `end`, in sessions:
    the interval that purging needs.
    """

    name: str
    values: Floats
    start: int
    end: int

    def balance(self) -> dict[str, Any]:
        """How the known ones lie: count, share above 0, mean, deviation, ends."""
        known = self.values[np.isfinite(self.values)]
        found: dict[str, Any] = {
            "name": self.name,
            "cells": int(self.values.size),
            "known": len(known),
        }
        if not len(known):
            nothing = ("positive", "mean", "deviation", "low", "high")
            return found | dict.fromkeys(nothing)
        return found | {
            "positive": float((known > 0).mean()),
            "mean": float(known.mean()),
            "deviation": float(known.std()),
            "low": float(known.min()),
            "high": float(known.max()),
        }


def labels(
    spec: Label, bars: BarArrays, members: Bools, *, first: int, last: int
) -> Labels | None:
    """The labels of the sessions `first` to `last` of the bars; None for kind `none`.

    `members[ticker, session]` of the same sessions: a rank is among them. Prices up to
    the end of `bars` are read. Raises BadInput for a forward label without a horizon,
    and for one that counts sessions over bars finer than a day.
    """
    if spec.kind == "none":
        return None
    cadence = "daily" if bars.axis.per_session == 1 else "intraday"
    if problem := cadence_problem(spec, cadence):
        raise BadInput(problem)
    window = slice(first, last + 1)
    start, end = interval(spec)
    if spec.kind == "close_to_open":
        values = _ratio(bars.open, 1, bars.close, 0)
        return Labels("close_to_open", values[:, window], start, end)
    if spec.kind == "next_bar_ret":
        values = _ratio(bars.close, 1, bars.close, 0)
        return Labels("next_bar_ret", values[:, window], start, end)
    name = f"{spec.kind}_{end}d"
    values = forward_return(bars, end, at=spec.at)[:, window]
    if spec.kind == "fwd_rank":
        values = _ranks(values, members)
    return Labels(name, values, start, end)


def interval(spec: Label) -> tuple[int, int]:
    """(start, end): a label of t is known from prices of t + start to t + end.

    In sessions, or in bars for `next_bar_ret`. Raises BadInput for a forward label
    without a horizon; (0, 0) for kind `none`.
    """
    if spec.kind == "none":
        return 0, 0
    if spec.kind in ("close_to_open", "next_bar_ret"):
        return 1, 1
    return (1 if spec.at == "open" else 0), _horizon(spec)


def forward_return(bars: BarArrays, horizon: int, *, at: str = "open") -> Floats:
    """The return to the close `horizon` sessions later, `[ticker, session]`.

    From the next session's open, or (`at="close"`) from this session's close. The
    prices are adjusted for splits, so that one between the two makes no return.
    """
    if at == "close":
        return _ratio(bars.close, horizon, bars.close, 0)
    return _ratio(bars.close, horizon, bars.open, 1)


def _ratio(later: Floats, ahead: int, earlier: Floats, behind: int) -> Floats:
    """later(t + ahead) / earlier(t + behind) − 1; NaN past the end."""
    sessions = later.shape[1]
    found = np.full(later.shape, np.nan)
    count = max(sessions - max(ahead, behind), 0)
    if count:
        then, now = later[:, ahead : ahead + count], earlier[:, behind : behind + count]
        found[:, :count] = then / now - 1.0
    return found


def _ranks(values: Floats, members: Bools) -> Floats:
    """(rank − 1) / (n − 1) − 0.5 among the members, lowest first; ties share theirs."""
    ranked = np.full(values.shape, np.nan)
    for time in range(values.shape[1]):
        rows = np.flatnonzero(members[:, time] & ~np.isnan(values[:, time]))
        own = values[rows, time]
        ordered = np.sort(own)
        below = np.searchsorted(ordered, own, side="left")
        upto = np.searchsorted(ordered, own, side="right")
        middle = (below + upto - 1) / 2.0
        ranked[rows, time] = middle / (len(rows) - 1) - 0.5 if len(rows) > 1 else 0.0
    return ranked


def cadence_problem(spec: Label, cadence: str) -> Problem | None:
    """What is wrong with a label over bars of a cadence; None for nothing."""
    if cadence == "daily" or spec.kind in ("next_bar_ret", "none"):
        return None
    return Problem(
        "label.cadence",
        "label",
        f"a label {spec.kind!r} speaks of sessions, and these bars are finer.",
        "Use `kind: next_bar_ret`, or a model whose name says daily.",
    )


def _horizon(spec: Label) -> int:
    if spec.horizon is not None:
        return spec.horizon
    message = f"a label {spec.kind!r} needs a horizon."
    hint = "Write, such as, `horizon: 10` (sessions)."
    raise BadInput(Problem("label.horizon", "label", message, hint))
