"""Kept trees: named by what they come from, whole or not there."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from threading import Thread

import numpy as np
import pytest
from structlog.testing import capture_logs

from sigma_core.boosting.params import Params, params_of
from sigma_core.boosting.rows import Rows
from sigma_core.training import kept
from sigma_core.training.kept import Kept, name_of

ROWS = Rows(
    columns=("a", "b"),
    values=np.arange(12.0).reshape(6, 2),
    ticker=np.zeros(6, np.int64),
    time=np.arange(6),
    begin=np.arange(7),
)
LABELS = np.array([0.1, 0.2, np.nan, 0.4, 0.5, 0.6])
PARAMS: Params = params_of({"rounds": 5}, seed=7, threads=1)
TRAIN = [range(1, 4)]
NAME = name_of(ROWS, LABELS, TRAIN, PARAMS)


def put(array: np.ndarray, at: object, value: float) -> np.ndarray:
    changed = array.copy()
    changed[at] = value
    return changed


def test_the_name_is_of_all_that_the_trees_come_from() -> None:
    later = put(ROWS.values, (5, 0), 9.0), put(LABELS, 5, 9.0)  # are not learned from
    assert name_of(replace(ROWS, values=later[0]), later[1], TRAIN, PARAMS) == NAME
    value = replace(ROWS, values=put(ROWS.values, (2, 1), 9.0))
    others = [
        name_of(value, LABELS, TRAIN, PARAMS),
        name_of(replace(ROWS, columns=("b", "a")), LABELS, TRAIN, PARAMS),
        name_of(ROWS, put(LABELS, 3, 9.0), TRAIN, PARAMS),
        name_of(ROWS, put(LABELS, 3, np.nan), TRAIN, PARAMS),
        name_of(ROWS, LABELS, [range(1, 5)], PARAMS),
        name_of(ROWS, LABELS, [range(1, 3), range(3, 4)], PARAMS),
        name_of(ROWS, LABELS, TRAIN, PARAMS | {"seed": 8}),
        name_of(ROWS, LABELS, TRAIN, PARAMS | {"num_threads": 2}),
    ]
    assert len({NAME, *others}) == 9


def test_another_lightgbm_or_other_code_is_another_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(kept.metadata, "version", lambda name: "9.9")
    assert name_of(ROWS, LABELS, TRAIN, PARAMS) != NAME
    monkeypatch.undo()
    assert name_of(ROWS, LABELS, TRAIN, PARAMS) == NAME
    monkeypatch.setattr(kept.fingerprint, "code", lambda: "another")
    assert name_of(ROWS, LABELS, TRAIN, PARAMS) != NAME


def test_what_was_written_is_read_and_nothing_else(tmp_path: Path) -> None:
    own, text = Kept(tmp_path), "tree\nversion=v4\n\nTree=0\nä\n"
    assert own.read(NAME) is None
    own.write(NAME, text)
    assert own.read(NAME) == text
    path = tmp_path / "further" / f"{NAME}.txt"
    content = path.read_bytes()
    for damaged in (content[:-1], b"", content.replace(b"Tree=0", b"Tree=1")):
        path.write_bytes(damaged)
        assert own.read(NAME) is None
    assert Kept().read(NAME) is None
    Kept().write(NAME, text)


def test_where_nothing_can_be_kept_the_log_says_so(tmp_path: Path) -> None:
    (tmp_path / "further").write_text("a file in the folder's place")
    with capture_logs() as logged:
        Kept(tmp_path).write(NAME, "tree\n")
        assert Kept(tmp_path).read(NAME) is None
        assert Kept(tmp_path / "gone").read(NAME) is None
        Kept(tmp_path / "gone").write(NAME, "tree\n")
    said = [(one["event"], one["log_level"]) for one in logged]
    write, read = "trees can't be kept", "kept trees can't be read"
    assert said == [(write, "warning"), (read, "warning"), (write, "warning")]
    assert "further" in logged[0]["path"]
    assert "exists" in logged[0]["error"]


def test_two_that_write_at_once_leave_it_whole(tmp_path: Path) -> None:
    """Whoever reads meanwhile has the whole text, or none yet."""
    text, seen = "tree\n" + "leaf_value=0.25\n" * 20_000, set()
    writers = [
        Thread(target=lambda: [Kept(tmp_path).write(NAME, text) for _ in range(20)])
        for _ in range(2)
    ]
    for one in writers:
        one.start()
    while any(one.is_alive() for one in writers):
        seen.add(Kept(tmp_path).read(NAME))
    assert seen <= {None, text}
    assert Kept(tmp_path).read(NAME) == text
    assert [path.name for path in (tmp_path / "further").iterdir()] == [f"{NAME}.txt"]
