"""Bars to both sides of zero: a measure by fold, by horizon."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from sigma_core.numerals import numeral
from signals.svg import EMPTY

WIDTH, HEIGHT, FOOT, TOP = 360, 120, 18, 14


def signed_bars(values: Mapping[str, float | None], words: str = "") -> SafeString:
    """A bar for each name, up from zero or down; its value beside its end."""
    known = [value for value in values.values() if value is not None]
    if not known:
        return EMPTY
    high, low = max(0.0, *known), min(0.0, *known)
    span = (high - low) or 1.0
    room = HEIGHT - FOOT - 2 * TOP

    def y(value: float) -> float:
        return TOP + (high - value) / span * room

    step = WIDTH / len(values)
    said = ", ".join(f"{name}: {_number(value)}" for name, value in values.items())
    return format_html(
        '<svg class="signed" viewBox="0 0 {} {}" role="img" aria-label="{} {}">'
        '<line x1="0" x2="{}" y1="{}" y2="{}"/>{}{}</svg>',
        *(WIDTH, HEIGHT, words, said),
        *(WIDTH, f"{y(0.0):.1f}", f"{y(0.0):.1f}"),
        format_html_join(
            "",
            '<rect class="{}" x="{}" y="{}" width="{}" height="{}"/>'
            '<text x="{}" y="{}">{}</text>',
            (
                _bar(value, at * step, step, y)
                for at, value in enumerate(values.values())
                if value is not None
            ),
        ),
        format_html_join(
            "",
            '<text class="name" x="{}" y="{}">{}</text>',
            (
                (f"{(at + 0.5) * step:.1f}", HEIGHT - 4, name)
                for at, name in enumerate(values)
            ),
        ),
    )


def _bar(
    value: float, x: float, step: float, y: Callable[[float], float]
) -> tuple[object, ...]:
    top, bottom = min(y(value), y(0.0)), max(y(value), y(0.0))
    beside = top - 3 if value >= 0 else bottom + 11
    wide = min(step * 0.6, 44.0)
    middle = x + step / 2
    return (
        "up" if value >= 0 else "down",
        *(f"{middle - wide / 2:.1f}", f"{top:.1f}"),
        *(f"{wide:.1f}", f"{max(bottom - top, 1.0):.1f}"),
        *(f"{middle:.1f}", f"{beside:.1f}", _number(value)),
    )


def _number(value: float | None) -> str:
    return "–" if value is None else numeral(value, "+.3f")
