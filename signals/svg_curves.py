"""A figure's lines as inline SVG: what is seen where no script runs, and in print."""

from __future__ import annotations

import math
from collections.abc import Sequence

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from sigma_core.numerals import numeral
from signals.charts import Figure, Line, Values

WIDTH, HEIGHT, LEFT, FOOT = 720, 220, 54, 18
#: points of a line that a picture of this width can show
POINTS = 360


def curves(figure: Figure, sessions: Sequence[str]) -> SafeString:
    """Lines with a grid, round values at the left, years or months below."""
    known = [v for line in figure.lines for v in line.values if v is not None]
    if len(sessions) < 2 or not known:
        return SafeString("")
    scale = _Scale(min([*known, *_base(figure)]), max([*known, *_base(figure)]))
    return format_html(
        '<svg class="curves" viewBox="0 0 {} {}" role="img" aria-label="{}">{}'
        '<g class="grid">{}</g>{}{}</svg>',
        *(WIDTH, HEIGHT, words(figure, sessions)),
        _shades(figure, sessions),
        _grid(figure, scale),
        _times(sessions),
        format_html_join("", "{}", ((_path(line, scale),) for line in figure.lines)),
    )


def words(figure: Figure, sessions: Sequence[str]) -> str:
    """The figure in a sentence: from when to when, each line's first and last value."""
    said = [_said(line, figure.unit) for line in figure.lines]
    if figure.shades:
        said.append(f"{len(figure.shades)} × {figure.shade_name}")
    return f"{figure.title}, {sessions[0]} to {sessions[-1]}: {', '.join(said)}."


def _said(line: Line, unit: str) -> str:
    known = [v for v in line.values if v is not None]
    if not known:
        return f"{line.name} has no value"
    last, low, high = (_value(v, unit) for v in (known[-1], min(known), max(known)))
    return f"{line.name} between {low} and {high}, at last {last}"


class _Scale:
    def __init__(self, low: float, high: float) -> None:
        pad = (high - low) * 0.04 or abs(high) * 0.01 or 1.0
        self.low, self.high = low - pad, high + pad

    def y(self, value: float) -> float:
        return (self.high - value) / (self.high - self.low) * (HEIGHT - FOOT)

    def ticks(self) -> list[float]:
        """Three to six round values."""
        raw = (self.high - self.low) / 4
        size = 10 ** math.floor(math.log10(raw))
        step = next(s * size for s in (1, 2, 2.5, 5, 10) if s * size >= raw * 0.8)
        first = math.ceil(self.low / step)
        return [n * step for n in range(first, math.floor(self.high / step) + 1)]


def _base(figure: Figure) -> list[float]:
    """What is filled is seen from zero on."""
    return [0.0] if any(line.filled for line in figure.lines) else []


def _x(at: int, count: int) -> float:
    return LEFT + at * (WIDTH - LEFT - 4) / (count - 1)


def _path(line: Line, scale: _Scale) -> SafeString:
    count, step = len(line.values), max(1, len(line.values) // POINTS)
    places = [*range(0, count - 1, step), count - 1]
    drawn = [(at, line.values[at]) for at in places]
    parts, pen = [], "M"
    for at, value in drawn:
        if value is None:
            pen = "M"
            continue
        parts.append(f"{pen}{_x(at, count):.1f} {scale.y(value):.1f}")
        pen = "L"
    kind = " ".join(["dashed"] * line.dashed + [f"c-{line.colour}"])
    path = format_html('<path class="line {}" d="{}"/>', kind, "".join(parts))
    if not line.filled or not parts:
        return path
    zero = f"{scale.y(0.0):.1f}"
    ends = f"L{_x(_last(line.values), count):.1f} {zero}L{LEFT} {zero}z"
    area = "".join(parts) + ends
    return format_html('<path class="area {}" d="{}"/>{}', kind, area, path)


def _last(values: Values) -> int:
    return max(at for at, value in enumerate(values) if value is not None)


def _grid(figure: Figure, scale: _Scale) -> SafeString:
    return format_html_join(
        "",
        '<line x1="{}" x2="{}" y1="{}" y2="{}"/><text x="{}" y="{}">{}</text>',
        (
            (LEFT, WIDTH, f"{y:.1f}", f"{y:.1f}", LEFT - 6, f"{y + 3.5:.1f}", said)
            for value in scale.ticks()
            for y, said in [(scale.y(value), _value(value, figure.unit))]
        ),
    )


def _times(sessions: Sequence[str]) -> SafeString:
    """The year (within two years the month) under its first session."""
    long = sessions[-1][:4] > str(int(sessions[0][:4]) + 1)
    width = 4 if long else 7
    marks: list[tuple[str, int, str]] = []
    last = -60.0
    for at in range(1, len(sessions)):
        label = sessions[at][:width]
        x = _x(at, len(sessions))
        if label != sessions[at - 1][:width] and x - last >= 60 and x < WIDTH - 40:
            marks.append((f"{x:.1f}", HEIGHT - 4, label))
            last = x
    return format_html_join("", '<text class="time" x="{}" y="{}">{}</text>', marks)


def _shades(figure: Figure, sessions: Sequence[str]) -> SafeString:
    places = {day: at for at, day in enumerate(sessions)}
    boxes = []
    for first, last in figure.shades:
        x = _x(places[first], len(sessions))
        wide = max(_x(places[last], len(sessions)) - x, 1.5)
        title = f"{figure.shade_name} {first} to {last}"
        boxes.append((f"{x:.1f}", f"{wide:.1f}", HEIGHT - FOOT, title))
    return format_html_join(
        "",
        '<rect class="shade" x="{}" y="0" width="{}" height="{}">'
        "<title>{}</title></rect>",
        boxes,
    )


def _value(value: float, unit: str) -> str:
    return numeral(value, ",.0f" if unit == "money" else ".0%")
