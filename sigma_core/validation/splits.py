"""Which sessions are trained on and which are tested.

Sessions are places on a matrix's axis of days. A label of session t reaches to
t + `label_end`; every gap is counted from there. Worked example:
docs/definitions/folds.md.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sigma_core.errors import BadInput, Problem


@dataclass(frozen=True)
class Split:
    """One fit: `train` sessions (stretches, oldest first) and `test` sessions."""

    train: tuple[range, ...]
    test: range

    @property
    def trained(self) -> int:
        """Sessions of training."""
        return sum(len(stretch) for stretch in self.train)


@dataclass(frozen=True)
class Fold:
    """Splits that are reported as one, in the order of their tests; from 1 on."""

    number: int
    splits: tuple[Split, ...]


def walk_forward(
    sessions: range,
    *,
    window: int,
    refresh: int,
    folds: int,
    label_end: int,
    embargo: int,
) -> tuple[Fold, ...]:
    """Folds whose every test follows its training.

    The first test is the first session before which a whole `window` and the gap fit.
    From there on a model is fitted every `refresh` sessions (or as often as `folds`
    needs), on the `window` sessions that end max(`label_end`, `embargo`) + 1 sessions
    before its test. Tests touch and none overlaps; each fold takes about as many.
    Raises BadInput `train.too_short` where the tested sessions are fewer than
    `folds` + 1 times `label_end`.
    """
    gap = gap_before(label_end, embargo)
    first = sessions.start + window + gap - 1
    tested = sessions.stop - first
    least = (folds + 1) * max(label_end, 1)
    if tested < least:
        raise BadInput(_too_short(len(sessions), window + gap - 1 + least, window))
    step = min(refresh, tested // folds)
    splits = [
        Split(
            (range(start - gap - window + 1, start - gap + 1),),
            range(start, min(start + step, sessions.stop)),
        )
        for start in range(first, sessions.stop, step)
    ]
    return _folds(splits, folds)


def latest(sessions: range, *, window: int, label_end: int, embargo: int) -> Split:
    """The split that tests the last session alone: what a model for later sessions is
    trained on. A shorter history than `window` gives all there is; BadInput
    `train.too_short` for none.
    """
    gap = gap_before(label_end, embargo)
    stop = sessions.stop - gap
    start = max(sessions.start, stop - window)
    if stop <= start:
        raise BadInput(_too_short(len(sessions), gap + 1, 1))
    return Split((range(start, stop),), range(sessions.stop - 1, sessions.stop))


def further(
    sessions: range,
    *,
    window: int,
    refresh: int,
    label_end: int,
    embargo: int,
    begin: int = 0,
) -> tuple[Split, ...]:
    """Splits past the last test of a walk forward; `sessions` are those after it.

    The newest model answers for the first `refresh` of them; from there on a model is
    fitted every `refresh` sessions, on the `window` sessions (none before `begin`) that
    end max(`label_end`, `embargo`) + 1 sessions before its test.
    """
    gap = gap_before(label_end, embargo)
    return tuple(
        Split(
            (range(max(begin, start - gap - window + 1), start - gap + 1),),
            range(start, min(start + refresh, sessions.stop)),
        )
        for start in range(sessions.start + refresh, sessions.stop, refresh)
    )


def purged_kfold(
    sessions: range, *, folds: int, label_end: int, embargo: int
) -> tuple[Fold, ...]:
    """Folds that are tested on one stretch and trained on what is left around it.

    Training sessions whose label reaches the test, or that the test's labels reach,
    are left out, and `embargo` more after it. A test here does not follow all of its
    training: it says whether something is there, and can't be backtested.
    Raises BadInput `train.too_short` where a fold has fewer sessions than its label,
    or fewer are left to train on than are tested.
    """
    size = len(sessions) // folds
    least = folds * max(label_end, 1)
    if len(sessions) < least:
        raise BadInput(_too_short(len(sessions), least, 0))
    splits = []
    for number in range(folds):
        start = sessions.start + number * size + min(number, len(sessions) % folds)
        stop = start + size + (number < len(sessions) % folds)
        before = range(sessions.start, max(start - label_end, sessions.start))
        after = range(min(stop + label_end + embargo, sessions.stop), sessions.stop)
        train = tuple(stretch for stretch in (before, after) if stretch)
        splits.append(Split(train, range(start, stop)))
    short = max(len(split.test) - split.trained for split in splits)
    if short > 0:
        raise BadInput(_too_short(len(sessions), len(sessions) + short, 0))
    return _folds(splits, folds)


def gap_before(label_end: int, embargo: int) -> int:
    """How many sessions before a test its training ends: the last label of training is
    known the session before the test at the latest."""
    return max(label_end, embargo) + 1


def require_apart(splits: Iterable[Split], label_end: int) -> None:
    """Raise BadInput `train.overlap` for a split whose training and testing labels
    share a session: from t, whose close is the first that counts, to t + `label_end`.
    """
    for split in splits:
        for stretch in split.train:
            before = stretch.stop - 1 + label_end < split.test.start
            after = split.test.stop - 1 + label_end < stretch.start
            if stretch and split.test and not (before or after):
                raise BadInput(_overlap(stretch, split.test, label_end))


def _folds(splits: list[Split], folds: int) -> tuple[Fold, ...]:
    """The splits in `folds` groups, the first ones one longer where they don't fit."""
    size, more = divmod(len(splits), folds)
    ends = [(number + 1) * size + min(number + 1, more) for number in range(folds)]
    starts = [0, *ends[:-1]]
    return tuple(
        Fold(number, tuple(splits[start:end]))
        for number, (start, end) in enumerate(zip(starts, ends, strict=True), 1)
    )


def _too_short(held: int, needed: int, window: int) -> Problem:
    fewer = "a shorter window or fewer folds" if window else "fewer folds"
    return Problem(
        "train.too_short",
        "train",
        f"{held} session{'s' if held != 1 else ''} can be trained and tested on; "
        f"{needed} are needed.",
        f"Give {fewer}, or more sessions.",
    )


def _overlap(train: range, test: range, label_end: int) -> Problem:
    return Problem(
        "train.overlap",
        "train",
        f"training on sessions {train.start} to {train.stop - 1} and testing on "
        f"{test.start} to {test.stop - 1}: labels that reach {label_end} sessions on "
        "are in both.",
        f"Leave more than {label_end} sessions between the two.",
    )
