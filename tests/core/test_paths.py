"""Promises of paths: a root is never left, a file is whole or not there."""

from __future__ import annotations

from pathlib import Path

import pytest

from sigma_core.errors import BadInput
from sigma_core.paths import safe_join, write_atomic


def test_it_joins_plain_names(tmp_path: Path) -> None:
    assert safe_join(tmp_path, "packs", "a.yaml") == tmp_path / "packs" / "a.yaml"


@pytest.mark.parametrize(
    "part", ["", ".", "..", "../a", "/etc", "a/b", "a\\b", "C:", "a\0b", "....//a"]
)
def test_it_refuses_what_is_more_than_a_name(tmp_path: Path, part: str) -> None:
    with pytest.raises(BadInput, match=r"leads out of its folder.*path\.unsafe"):
        safe_join(tmp_path, part)


def test_it_refuses_a_link_that_leads_out(tmp_path: Path) -> None:
    inside, outside = tmp_path / "in", tmp_path / "out"
    inside.mkdir()
    outside.mkdir()
    (inside / "link").symlink_to(outside)
    with pytest.raises(BadInput):
        safe_join(inside, "link", "a.yaml")


def test_it_follows_a_link_that_stays_inside(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "a")
    assert safe_join(tmp_path, "link", "b") == tmp_path / "link" / "b"


def test_it_replaces_a_file_and_leaves_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    write_atomic(path, b"one")
    write_atomic(path, b"two")
    assert path.read_bytes() == b"two"
    assert list(tmp_path.iterdir()) == [path]
    assert path.stat().st_mode & 0o777 == 0o644


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.mkdir()
    (path / "b").write_text("kept")
    with pytest.raises(OSError, match="directory"):
        write_atomic(path, b"new")
    assert [found.name for found in tmp_path.iterdir()] == ["a"]
