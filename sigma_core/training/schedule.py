"""A model's `train` block on a matrix's sessions: what is fitted, on what, when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from sigma_core.errors import BadInput, MissingData, Problem
from sigma_core.frames import Times
from sigma_core.labels import interval
from sigma_core.specs.schema import GbmConfig
from sigma_core.validation.splits import (
    Fold,
    Split,
    gap_before,
    latest,
    purged_kfold,
    require_apart,
    walk_forward,
)


@dataclass(frozen=True)
class Schedule:
    """The fits of one training; sessions are places in `days`.

    `latest` is what the model for sessions to come is trained on. `begin[session]` is
    the first place of a session on the axis of times, with the number of times last.
    `gap`: sessions from the last of a training to the first that may be predicted.
    """

    days: Times
    begin: tuple[int, ...]
    folds: tuple[Fold, ...]
    latest: Split
    gap: int
    follows: bool

    def times(self, sessions: range) -> range:
        """The places of some sessions on the axis of times."""
        return range(self.begin[sessions.start], self.begin[sessions.stop])

    def day(self, session: int) -> date:
        """The date of a session."""
        found: date = self.days[session].item()
        return found


def schedule(config: GbmConfig, times: Times) -> Schedule:
    """What a config fits over `times`, the axis of its matrix.

    Raises BadInput: `model.embargo` for one shorter than the label; `train.too_short`;
    `train.range` for a start or end that the axis does not have; `train.max_age` where
    a model would be too old for what it tests.
    """
    train = config.train
    days, begin = np.unique(times.astype("datetime64[D]"), return_index=True)
    sessions = _between(days, train.start, train.end)
    known = {"label_end": label_sessions(config), "embargo": train.embargo}
    _require_embargo(**known)
    follows = train.splits == "walk_forward"
    folds = (
        walk_forward(
            sessions,
            window=train.window,
            refresh=train.refresh,
            folds=train.folds,
            **known,
        )
        if follows
        else purged_kfold(sessions, folds=train.folds, **known)
    )
    made = Schedule(
        days=days,
        begin=(*(int(place) for place in begin), len(times)),
        folds=folds,
        latest=latest(sessions, window=train.window, **known),
        gap=gap_before(**known),
        follows=follows,
    )
    splits = [split for fold in folds for split in fold.splits]
    require_apart([*splits, made.latest], known["label_end"])
    _require_young(made, splits if follows else [], config.max_age_days)
    return made


def label_sessions(config: GbmConfig) -> int:
    """The last session after t that a label of t needs. Raises BadInput for a label
    that can't be learned."""
    if config.label.kind == "none":
        message = "a trained model needs a label; `none` is for scanners."
        hint = "Write, such as, `label: {kind: fwd_ret, horizon: 10}`."
        raise BadInput(Problem("label.none", "label", message, hint))
    return interval(config.label)[1]


def _require_embargo(label_end: int, embargo: int) -> None:
    if embargo < label_end:
        message = (
            f"embargo {embargo} is shorter than the label's {label_end} sessions: "
            "folds would share what followed."
        )
        hint = f"Give {label_end} or more."
        raise BadInput(Problem("model.embargo", "train.embargo", message, hint))


def _between(days: Times, start: date | None, end: date | None) -> range:
    """The sessions from `start` to `end`, which the axis must reach."""
    first, last = days[0].item(), days[-1].item()
    if start and end and start >= end:
        message = f"training ends on {end}, before it starts."
        raise BadInput(Problem("model.train_range", "train.end", message))
    for name, day in (("start", start), ("end", end)):
        if day is not None and not first <= day <= last:
            message = f"{day} lies outside of the matrix, {first} to {last}."
            hint = "Change it, or build the matrix over more sessions."
            raise BadInput(Problem("train.range", f"train.{name}", message, hint))
    low = np.searchsorted(days, np.datetime64(start or first))
    high = np.searchsorted(days, np.datetime64(end or last), side="right")
    if low >= high:
        message = f"there is no session from {start} to {end}."
        raise MissingData(Problem("train.no_sessions", "train", message))
    return range(int(low), int(high))


def _require_young(made: Schedule, splits: list[Split], max_age_days: int) -> None:
    """No split may test what its model is too old for."""
    for split in [*splits, made.latest]:
        ended, tested = (
            made.day(split.train[-1].stop - 1),
            made.day(split.test.stop - 1),
        )
        age = (tested - ended).days
        if age > max_age_days:
            message = (
                f"a model trained to {ended} would predict {tested}, {age} days later; "
                f"max_age_days is {max_age_days}."
            )
            hint = f"Refresh more often, or raise max_age_days to {age}."
            raise BadInput(Problem("train.max_age", "max_age_days", message, hint))
