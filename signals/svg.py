"""Small pictures as inline SVG: sparkline, score bar, count bars, candles.

This is the only place that builds markup in Python. Everything goes through
`format_html` and `format_html_join`, which escape each argument; the paths hold
numbers that were formatted here, and words (a gate's name) pass as arguments. Colours
come from the style sheet by class, so both themes and the print view fit.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from signals import words
from signals.queries.lists import At

EMPTY = SafeString("")
#: shades the style sheet has for score parts
SHADES = 6


def sparkline(
    values: Sequence[float | None], *, width: int = 80, height: int = 20
) -> SafeString:
    """A line through the values, its last point marked; empty below two values."""
    known = [float(v) for v in values if v is not None and math.isfinite(v)]
    if len(known) < 2:
        return EMPTY
    xs, ys = _across(len(known), width), _down(known, height, pad=3)
    trend = "up" if known[-1] >= known[0] else "down"
    word = "rose" if trend == "up" else "fell"
    return format_html(
        '<svg class="spark {}" viewBox="0 0 {} {}" width="{}" height="{}" role="img" '
        'aria-label="{} closes: {} from {} to {}"><path d="{}"/>'
        '<circle cx="{}" cy="{}" r="1.8"/></svg>',
        *(trend, width, height, width, height),
        *(len(known), word, f"{known[0]:,.2f}", f"{known[-1]:,.2f}"),
        *(_line(xs, ys), f"{xs[-1]:.1f}", f"{ys[-1]:.1f}"),
    )


def score_bar(parts: Iterable[dict[str, Any]], total: float) -> SafeString:
    """One stacked bar of the parts, 0 to 100 points wide, with its words as title."""
    x, rects, words = 0.0, [], []
    for at, part in enumerate(parts):
        points = max(0.0, float(part.get("points") or 0.0))
        rects.append((f"p{at % SHADES + 1}", f"{x:.1f}", f"{points:.1f}"))
        weight = float(part.get("weight") or 0.0)
        words.append(f"{part.get('name', '')} {points:.1f} of {weight:.0f}")
        x += points
    label = f"Score {total:.1f}: {', '.join(words)}"
    return format_html(
        '<svg class="score" viewBox="0 0 100 8" preserveAspectRatio="none" role="img" '
        'aria-label="{}"><title>{}</title>'
        '<rect class="track" width="100" height="8"/>{}</svg>',
        label,
        label,
        format_html_join("", '<rect class="{}" x="{}" width="{}" height="8"/>', rects),
    )


def count_bars(
    counts: Sequence[tuple[At, int]], *, width: int = 240, height: int = 40
) -> SafeString:
    """A bar a list, the last one marked; each says its day and count."""
    if not counts:
        return EMPTY
    top = max(count for _, count in counts) or 1
    step = width / max(len(counts), 12)
    bars = []
    for at, (when, count) in enumerate(counts):
        tall = max(1.0, count / top * (height - 2))
        last = "last" if at == len(counts) - 1 else ""
        where = (f"{at * step:.1f}", f"{height - tall:.1f}")
        bars.append(
            (
                last,
                *where,
                f"{step * 0.72:.1f}",
                f"{tall:.1f}",
                words.at_words(when),
                count,
            )
        )
    return format_html(
        '<svg class="counts" viewBox="0 0 {} {}" width="{}" height="{}" role="img" '
        'aria-label="Signals by list, {} lists, last {}">{}</svg>',
        *(width, height, width, height, len(counts), counts[-1][1]),
        format_html_join(
            "",
            '<rect class="{}" x="{}" y="{}" width="{}" height="{}">'
            "<title>{}: {}</title></rect>",
            bars,
        ),
    )


@dataclass(frozen=True)
class Candle:
    """One bar to draw, prices in the units of the last one; a daily one of a `day`, a
    shorter one of when it began, UTC."""

    day: date
    open: float
    high: float
    low: float
    close: float
    volume: float


@dataclass(frozen=True)
class Level:
    """A horizontal line: a gate's limit, with its words."""

    price: float
    words: str


WIDTH, HEIGHT, PRICES, RIGHT = 400, 230, 176, 46


def candles(bars: Sequence[Candle], levels: Sequence[Level] = ()) -> SafeString:
    """Candles with volume below, price lines and the gates' levels."""
    if not bars:
        return EMPTY
    scale = _Scale.over(bars, levels)
    step = (WIDTH - RIGHT) / len(bars)
    wicks, bodies, volume = _candle_paths(bars, scale, step)
    return format_html(
        '<svg class="candles" viewBox="0 0 {} {}" role="img" aria-label="{}">'
        '<g class="grid">{}</g><path class="volume" d="{}"/>'
        '<path class="wick up" d="{}"/><path class="wick down" d="{}"/>'
        '<path class="body up" d="{}"/><path class="body down" d="{}"/>{}{}</svg>',
        *(WIDTH, HEIGHT, _candle_words(bars)),
        *(_grid(scale), volume, wicks[True], wicks[False]),
        *(bodies[True], bodies[False], _months(bars, step), _levels(levels, scale)),
    )


@dataclass(frozen=True)
class _Scale:
    low: float
    high: float

    @classmethod
    def over(cls, bars: Sequence[Candle], levels: Sequence[Level]) -> _Scale:
        low = min([bar.low for bar in bars] + [level.price for level in levels])
        high = max([bar.high for bar in bars] + [level.price for level in levels])
        pad = (high - low) * 0.04 or high * 0.01 or 1.0
        return cls(low - pad, high + pad)

    def y(self, price: float) -> float:
        """Where a price is drawn."""
        return (self.high - price) / (self.high - self.low) * PRICES

    def ticks(self) -> list[float]:
        """Three to six round prices."""
        raw = (self.high - self.low) / 4
        size = 10 ** math.floor(math.log10(raw))
        step = next(s * size for s in (1, 2, 2.5, 5, 10) if s * size >= raw * 0.8)
        first = math.ceil(self.low / step)
        return [n * step for n in range(first, math.floor(self.high / step) + 1)]


def _candle_paths(
    bars: Sequence[Candle], scale: _Scale, step: float
) -> tuple[dict[bool, str], dict[bool, str], str]:
    """Paths of wicks and bodies by whether the bar rose, and of the volume."""
    wicks: dict[bool, list[str]] = {True: [], False: []}
    bodies: dict[bool, list[str]] = {True: [], False: []}
    volume: list[str] = []
    most = max(bar.volume for bar in bars) or 1.0
    wide = max(1.0, step * 0.68)
    for at, bar in enumerate(bars):
        x, rose = (at + 0.5) * step, bar.close >= bar.open
        top, bottom = (
            scale.y(max(bar.open, bar.close)),
            scale.y(min(bar.open, bar.close)),
        )
        wicks[rose].append(f"M{x:.1f} {scale.y(bar.high):.1f}V{scale.y(bar.low):.1f}")
        bodies[rose].append(_box(x - wide / 2, top, wide, max(bottom - top, 0.8)))
        tall = bar.volume / most * 26
        volume.append(_box(x - wide / 2, HEIGHT - 16 - tall, wide, tall))
    return (
        {rose: "".join(paths) for rose, paths in wicks.items()},
        {rose: "".join(paths) for rose, paths in bodies.items()},
        "".join(volume),
    )


def _box(x: float, y: float, wide: float, tall: float) -> str:
    return f"M{x:.1f} {y:.1f}h{wide:.1f}v{tall:.1f}h{-wide:.1f}z"


def _grid(scale: _Scale) -> SafeString:
    return format_html_join(
        "",
        '<line x1="0" x2="{}" y1="{}" y2="{}"/><text x="{}" y="{}">{}</text>',
        (
            (WIDTH - RIGHT, f"{y:.1f}", f"{y:.1f}", WIDTH - 2, f"{y + 3.5:.1f}", words)
            for price in scale.ticks()
            for y, words in [(scale.y(price), _price(price))]
        ),
    )


def _months(bars: Sequence[Candle], step: float) -> SafeString:
    """The name of each month (of each day where bars are shorter) under its first
    bar, none nearer than 40 units."""
    shorter = isinstance(bars[0].day, datetime)
    marks: list[tuple[str, int, str]] = []
    last = -40.0
    for at, (before, bar) in enumerate(itertools.pairwise(bars), start=1):
        x = at * step
        if (
            _ends(before.day, bar.day, shorter)
            and x - last >= 40
            and x < WIDTH - RIGHT - 20
        ):
            name = f"{bar.day.day} {bar.day:%b}" if shorter else f"{bar.day:%b}"
            marks.append((f"{x:.1f}", HEIGHT - 3, name))
            last = x
    return format_html_join("", '<text class="month" x="{}" y="{}">{}</text>', marks)


def _ends(before: date, day: date, shorter: bool) -> bool:
    """Whether a month ends between two bars, or a day between two shorter ones."""
    return day.day != before.day if shorter else day.month != before.month


def _levels(levels: Sequence[Level], scale: _Scale) -> SafeString:
    return format_html_join(
        "",
        '<line class="level" x1="0" x2="{}" y1="{}" y2="{}"/>'
        '<text class="level" x="3" y="{}">{} {}</text>',
        (
            (
                WIDTH - RIGHT,
                f"{y:.1f}",
                f"{y:.1f}",
                f"{y - 4 if y > 14 else y + 12:.1f}",
                level.words,
                price,
            )
            for level in levels
            for y, price in [(scale.y(level.price), f"{level.price:,.2f}")]
        ),
    )


def _beside(y: float) -> str:
    """Where the words of a level stand: above its line, below it at the top."""
    return f"{y - 4 if y > 14 else y + 12:.1f}"


def _candle_words(bars: Sequence[Candle]) -> str:
    first, last = bars[0], bars[-1]
    low, high = min(bar.low for bar in bars), max(bar.high for bar in bars)
    return (
        f"{len(bars)} bars from {first.day} to {last.day}: close "
        f"{first.close:,.2f} to {last.close:,.2f}, between {low:,.2f} and {high:,.2f}"
    )


def _price(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:,.2f}"


def _across(count: int, width: int) -> list[float]:
    return [2 + at * (width - 5) / (count - 1) for at in range(count)]


def _down(values: Sequence[float], height: int, *, pad: int) -> list[float]:
    low, high = min(values), max(values)
    if high == low:
        return [height / 2] * len(values)
    return [pad + (high - v) / (high - low) * (height - 2 * pad) for v in values]


def _line(xs: Sequence[float], ys: Sequence[float]) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in zip(xs, ys, strict=True))
