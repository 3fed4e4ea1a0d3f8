"""Worked examples: the tables in `docs/definitions/` that tests read and run.

A line `<!-- example: indicator=rsi window=3 -->` stands right above a Markdown table
(blank lines between are fine). Its first word says what kind of example it is and
what it is about, the others are arguments. An example yields its cells as text:
`number` and `tolerance` turn one into a float and into half a unit of its last
printed digit.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "definitions"
_MARKER = re.compile(r"^<!-- example: (?P<words>[^>]+?) -->$")
_RULE = re.compile(r"^:?-+:?$")
_NEW_YORK = ZoneInfo("America/New_York")
_EMPTY = ("", "–", "-", "—")


@dataclass(frozen=True)
class Example:
    """One table: `kind` is the marker's first key, `args` holds all its pairs."""

    path: Path
    line: int
    kind: str
    args: dict[str, str]
    header: list[str]
    rows: list[dict[str, str]]

    def __str__(self) -> str:
        words = " ".join(f"{key}={value}" for key, value in self.args.items())
        return f"{self.path.name}:{self.line} {words}"


def examples(kind: str, folder: Path = FOLDER) -> list[Example]:
    """All examples of one kind in a folder of Markdown pages, sorted by page."""
    pages = sorted(folder.glob("**/*.md"))
    return [found for page in pages for found in _on_page(page) if found.kind == kind]


def number(cell: str) -> float:
    """The number in a cell; NaN for an empty one or a dash."""
    text = _plain(cell)
    return math.nan if text in _EMPTY else float(text)


def time(cell: str) -> np.datetime64:
    """A day, or the moment in UTC of a day and hour in New York."""
    if " " not in cell.strip():
        return np.datetime64(cell.strip(), "D")
    local = datetime.fromisoformat(cell.strip()).replace(tzinfo=_NEW_YORK)
    return np.datetime64(local.astimezone(UTC).replace(tzinfo=None), "us")


def tolerance(cell: str) -> float:
    """Half a unit of the last digit printed: `1.50` → 0.005, `12` → 0.5.

    And a hair more: what ends on a half may have been rounded either way.
    """
    mantissa, _, exponent = _plain(cell).lower().partition("e")
    digits = len(mantissa.partition(".")[2])
    return float(0.500001 * 10.0 ** (int(exponent or 0) - digits))


def _plain(cell: str) -> str:
    """The cell as Python writes numbers: no thousands commas, an ASCII minus."""
    text = cell.strip().strip("`*").replace(",", "")
    return text if text in _EMPTY else text.replace("−", "-")


def _on_page(page: Path) -> Iterator[Example]:
    lines = page.read_text(encoding="utf-8").splitlines()
    for at, line in enumerate(lines):
        if marker := _MARKER.match(line.strip()):
            args = _arguments(page, at, marker["words"])
            header, rows = _table(page, at, lines)
            yield Example(page, at + 1, next(iter(args)), args, header, rows)


def _arguments(page: Path, at: int, words: str) -> dict[str, str]:
    """`key=value` words as pairs; a word alone has the value ""."""
    pairs = [word.partition("=") for word in words.split()]
    if len({key for key, _, _ in pairs}) != len(pairs):
        raise ValueError(f"{page.name}:{at + 1}: an example names a word twice")
    return {key: value for key, _, value in pairs}


def _table(
    page: Path, at: int, lines: list[str]
) -> tuple[list[str], list[dict[str, str]]]:
    """Header and rows of the first table below line `at`."""
    top = at + 1
    while top < len(lines) and not lines[top].strip():
        top += 1
    block = []
    while top < len(lines) and lines[top].strip().startswith("|"):
        block.append(_cells(lines[top]))
        top += 1
    if len(block) < 3 or not all(_RULE.match(cell) for cell in block[1]):
        raise ValueError(f"{page.name}:{at + 1}: no table stands below this example")
    header, rows = block[0], block[2:]
    if any(len(row) != len(header) for row in rows):
        raise ValueError(f"{page.name}:{at + 1}: a row is not as wide as its header")
    return header, [dict(zip(header, row, strict=True)) for row in rows]


def _cells(line: str) -> list[str]:
    return [cell.strip().strip("`") for cell in line.strip().strip("|").split("|")]
