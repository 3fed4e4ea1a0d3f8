"""Splits: the worked examples, and that nothing of a test is ever trained on."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sigma_core.errors import BadInput
from sigma_core.validation.splits import (
    Fold,
    Split,
    further,
    latest,
    purged_kfold,
    require_apart,
    walk_forward,
)
from tests.definitions import Example, examples

KEYS = {"window": "window", "refresh": "refresh", "folds_asked": "folds"}
GAPS = {"label_end": "label_end", "embargo": "embargo", "begin": "begin"}


def folds_of(example: Example, sessions: int) -> tuple[Fold, ...]:
    args = {
        name: int(example.args[key])
        for key, name in {**KEYS, **GAPS}.items()
        if key in example.args
    }
    shape = example.args[example.kind]
    if shape == "latest":
        return (Fold(0, (latest(range(sessions), **args),)),)
    if shape == "further":
        tested = range(int(example.args["tested"]), sessions)
        return (Fold(1, further(tested, **args)),)
    make = {"walk_forward": walk_forward, "purged_kfold": purged_kfold}[shape]
    return make(range(sessions), **args)


def words(stretch: range) -> str:
    return f"{stretch.start}–{stretch.stop - 1}"


@pytest.mark.parametrize("example", examples("folds"), ids=str)
def test_it_splits_as_by_hand(example: Example) -> None:
    found = [
        {
            "fold": str(fold.number),
            "train": ", ".join(words(stretch) for stretch in split.train),
            "test": words(split.test),
        }
        for fold in folds_of(example, int(example.args["sessions"]))
        for split in fold.splits
    ]
    assert found == example.rows


@pytest.mark.parametrize("example", examples("folds_needed"), ids=str)
def test_it_says_how_many_sessions_it_needs(example: Example) -> None:
    for row in example.rows:
        with pytest.raises(BadInput, match=f" {row['needed']} are needed") as caught:
            folds_of(example, int(row["sessions"]))
        assert caught.value.code == "train.too_short"
    assert folds_of(example, int(example.rows[0]["needed"]))
    with pytest.raises(BadInput, match=r": 1 session can be trained"):
        folds_of(example, 1)


WALKS = {
    "start": st.integers(0, 30),
    "sessions": st.integers(1, 400),
    "window": st.integers(1, 100),
    "refresh": st.integers(1, 80),
    "folds": st.integers(2, 6),
    "label_end": st.integers(0, 25),
    "embargo": st.integers(0, 30),
}


def intervals(split: Split, label_end: int) -> tuple[set[int], set[int]]:
    """Every session whose close training reads, and every one that testing reads."""
    trained = {t + k for s in split.train for t in s for k in range(label_end + 1)}
    return trained, {t + k for t in split.test for k in range(label_end + 1)}


@settings(max_examples=300, deadline=None)
@given(st.fixed_dictionaries(WALKS))
def test_no_walk_forward_test_is_seen_in_training(drawn: dict[str, int]) -> None:
    start = drawn.pop("start")
    sessions = range(start, start + drawn.pop("sessions"))
    try:
        folds = walk_forward(sessions, **drawn)
    except BadInput:
        return
    splits = [split for fold in folds for split in fold.splits]
    for split in splits:
        trained, tested = intervals(split, drawn["label_end"])
        assert max(trained) < min(tested)
        assert min(split.test) - max(split.train[0]) > drawn["embargo"]
        assert len(split.train[0]) == drawn["window"]
        assert len(split.test) <= drawn["refresh"]
    assert [t for split in splits for t in split.test] == list(
        range(splits[0].test.start, sessions.stop)
    )
    assert [fold.number for fold in folds] == list(range(1, drawn["folds"] + 1))
    assert all(fold.splits for fold in folds)
    assert splits[0].train[0].start == sessions.start
    require_apart(splits, drawn["label_end"])


@settings(max_examples=300, deadline=None)
@given(st.fixed_dictionaries(WALKS))
def test_no_kfold_test_is_seen_in_training(drawn: dict[str, int]) -> None:
    sessions = range(drawn["start"], drawn["start"] + drawn["sessions"])
    known = {key: drawn[key] for key in ("folds", "label_end", "embargo")}
    try:
        folds = purged_kfold(sessions, **known)
    except BadInput:
        return
    splits = [split for fold in folds for split in fold.splits]
    for split in splits:
        trained, tested = intervals(split, drawn["label_end"])
        assert not trained & tested
        after = [t for s in split.train for t in s if t >= split.test.stop]
        gap = drawn["label_end"] + drawn["embargo"]
        assert not after or min(after) - max(split.test) > gap
    assert [t for split in splits for t in split.test] == list(sessions)
    require_apart(splits, drawn["label_end"])


@pytest.mark.parametrize(
    ("train", "test"),
    [(range(10), range(12, 20)), (range(21, 30), range(10, 20)),
     (range(30), range(10, 12))],
)  # fmt: skip
def test_an_overlap_is_refused(train: range, test: range) -> None:
    with pytest.raises(BadInput, match="in both") as caught:
        require_apart([Split((train,), test)], label_end=3)
    assert caught.value.code == "train.overlap"


@pytest.mark.parametrize(
    ("train", "test"),
    [(range(10), range(13, 20)), (range(23, 30), range(10, 20))],
)
def test_what_is_just_apart_is_not(train: range, test: range) -> None:
    require_apart([Split((train,), test)], label_end=3)
