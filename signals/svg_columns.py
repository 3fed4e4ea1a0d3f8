"""The chart of an indicator on a ticker: its columns as lines over one time axis.

Like `svg.py`: markup is built through `format_html`, colours are the style sheet's.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

WIDTH, TALL, GAP, RIGHT, FOOT = 720, 132, 26, 56, 16
#: where names stand above a pane, and how wide a letter is
HEAD, LETTER = 18, 6.8
#: lines have as many strokes; a further one begins anew
STROKES = 4


@dataclass(frozen=True)
class Line:
    """One column: its name and values, None where it has none."""

    name: str
    values: Sequence[float | None]


@dataclass(frozen=True)
class Pane:
    """Lines that share a scale."""

    lines: tuple[Line, ...]

    @property
    def known(self) -> list[float]:
        """All its values that are numbers."""
        return [
            value
            for line in self.lines
            for value in line.values
            if value is not None and math.isfinite(value)
        ]


def chart(days: Sequence[date], panes: Sequence[Pane], words: str) -> SafeString:
    """The panes below each other; nothing where no pane has a value."""
    drawn = [pane for pane in panes if pane.known]
    if not drawn or len(days) < 2:
        return SafeString("")
    height = len(drawn) * (TALL + GAP) + FOOT
    step = (WIDTH - RIGHT) / (len(days) - 1)
    tops = [HEAD + at * (TALL + GAP) for at in range(len(drawn))]
    return format_html(
        '<svg class="columns-chart" viewBox="0 0 {} {}" role="img" aria-label="{}">'
        "{}{}</svg>",
        *(WIDTH, height, words),
        format_html_join(
            "",
            "{}",
            ((_pane(p, top, step),) for p, top in zip(drawn, tops, strict=True)),
        ),
        _months(days, step, height),
    )


def _pane(pane: Pane, top: float, step: float) -> SafeString:
    low, high = min(pane.known), max(pane.known)
    pad = (high - low) * 0.06 or abs(high) * 0.02 or 1.0
    low, high = low - pad, high + pad

    def y(value: float) -> float:
        return top + (high - value) / (high - low) * TALL

    ticks = ((y(value), _figure(value)) for value in _ticks(low, high))
    return format_html(
        '<g class="grid">{}</g>{}{}',
        format_html_join(
            "",
            '<line x1="0" x2="{}" y1="{}" y2="{}"/><text x="{}" y="{}">{}</text>',
            (
                (WIDTH - RIGHT, f"{at:.1f}", f"{at:.1f}", WIDTH, f"{at + 4:.1f}", said)
                for at, said in ticks
            ),
        ),
        format_html_join(
            "",
            '<path class="line s{}" d="{}"/>',
            (
                (at % STROKES + 1, _path(line.values, step, y))
                for at, line in enumerate(pane.lines)
            ),
        ),
        format_html_join(
            "", '<text class="name s{}" x="{}" y="{}">{}</text>', _names(pane, top)
        ),
    )


def _names(pane: Pane, top: float) -> list[tuple[int, str, str, str]]:
    """(stroke, x, y, name) of the lines, side by side above their pane."""
    found, x = [], 0.0
    for at, line in enumerate(pane.lines):
        found.append((at % STROKES + 1, f"{x:.1f}", f"{top - 6:.1f}", line.name))
        x += (len(line.name) + 2) * LETTER
    return found


def _path(values: Sequence[float | None], step: float, y: object) -> str:
    """A line that is broken where there is no value; a lone one is a dot."""
    place = y if callable(y) else float
    parts, pen = [], False
    for at, value in enumerate(values):
        if value is None or not math.isfinite(value):
            pen = False
            continue
        parts.append(f"{'L' if pen else 'M'}{at * step:.1f} {place(value):.1f}")
        alone = at + 1 == len(values) or values[at + 1] is None
        if not pen and alone:
            parts.append("h0.1")
        pen = True
    return "".join(parts)


def _ticks(low: float, high: float) -> list[float]:
    """Two to five round values."""
    raw = (high - low) / 3
    size = 10 ** math.floor(math.log10(raw))
    step = next(s * size for s in (1, 2, 2.5, 5, 10) if s * size >= raw * 0.8)
    first = math.ceil(low / step)
    return [n * step for n in range(first, math.floor(high / step) + 1)]


def _figure(value: float) -> str:
    size = abs(value)
    for limit, unit in ((1e9, "G"), (1e6, "M"), (1e4, "k")):
        if size >= limit:
            shown = {"G": 1e9, "M": 1e6, "k": 1e3}[unit]
            return f"{value / shown:.4g}{unit}"
    return f"{value:.4g}" if size >= 1e-6 else "0"


def _months(days: Sequence[date], step: float, height: int) -> SafeString:
    """The name of each month under its first bar, none nearer than 48 units."""
    marks: list[tuple[str, int, str]] = []
    last = -48.0
    for at, (before, day) in enumerate(itertools.pairwise(days), start=1):
        x = at * step
        if day.month != before.month and last + 48 <= x < WIDTH - RIGHT - 20:
            words = f"{day:%b %Y}" if day.month == 1 else f"{day:%b}"
            marks.append((f"{x:.1f}", height - 3, words))
            last = x
    return format_html_join("", '<text class="month" x="{}" y="{}">{}</text>', marks)
