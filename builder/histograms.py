"""A condition's histogram as inline SVG, with its threshold as a slider.

The slider tells the script which field of the form holds the line; without a script it
is a picture with its words. Everything goes through `format_html`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from builder.draft import Form

WIDTH, HEIGHT, TOP = 320, 56, 10
#: steps of a key press over the whole range
STEPS = 200
_ABOVE = (">", ">=")


@dataclass(frozen=True)
class Handle:
    """What a drag writes: the field, and whether the line is its whole text or the
    share inside `(1 + share)`."""

    field: str
    inside: bool = False


def handle_of(form: Form, condition: Mapping[str, Any]) -> Handle | None:
    """The field that holds a condition's line; None where nothing single does."""
    drawn = condition["histogram"]
    gates = [
        row
        for row in form.rows.gate
        if row.shape == "when" and row.name == condition["name"] and not row.free
    ]
    if not drawn or not drawn["moves"] or not gates:
        return None
    if drawn["moves"] != "number":
        owners = [row for row in form.rows.param if row.name == drawn["moves"]]
        return Handle(f"param.{owners[0].id}.value") if owners else None
    side = "left" if drawn["mirrored"] else "right"
    return Handle(f"gate.{gates[0].id}.{side}", inside=drawn["axis"] == "distance")


def histogram(condition: Mapping[str, Any], handle: Handle | None) -> SafeString:
    """Bars of the members' values and the line that parts those who pass."""
    drawn = condition["histogram"]
    counts, low, high = drawn["counts"], drawn["low"], drawn["high"]
    wide, top = WIDTH / len(counts), max(counts) or 1
    bars = []
    for at, count in enumerate(counts):
        middle = low + (at + 0.5) * (high - low) / len(counts)
        side = "in" if _passes(middle, drawn) else "out"
        tall = count / top * (HEIGHT - TOP)
        box = (at * wide, HEIGHT - tall, max(wide - 1, 0.5), tall)
        bars.append((side, *(f"{value:.1f}" for value in box), f"{middle:.8g}"))
    return format_html(
        '<svg class="histogram" viewBox="0 -4 {} {}" role="group" '
        'aria-label="{}">{}{}</svg>',
        *(WIDTH, HEIGHT + 4, f"Values of {condition['name']}"),
        format_html_join(
            "",
            '<rect class="{}" x="{}" y="{}" width="{}" height="{}" data-middle="{}"/>',
            bars,
        ),
        _line(condition, handle),
    )


def _passes(value: float, drawn: Mapping[str, Any]) -> bool:
    above = bool(value >= drawn["line"])
    return above if drawn["sign"] in _ABOVE else not above


def _line(condition: Mapping[str, Any], handle: Handle | None) -> SafeString:
    drawn = condition["histogram"]
    low, high, line = drawn["low"], drawn["high"], drawn["line"]
    x = f"{(line - low) / (high - low) * WIDTH:.1f}"
    mark = format_html(
        '<line x1="{0}" x2="{0}" y1="0" y2="{1}"/><circle cx="{0}" cy="1" r="4.5"/>',
        x,
        HEIGHT,
    )
    if handle is None:
        return format_html('<g class="threshold fixed">{}</g>', mark)
    return format_html(
        '<g class="threshold" role="slider" tabindex="0" aria-label="{}" '
        'aria-valuemin="{}" aria-valuemax="{}" aria-valuenow="{}" data-field="{}" '
        'data-inside="{}" data-sign="{}" data-factor="{}" data-step="{}">'
        '<rect class="grip" x="{}" y="-4" width="20" height="{}"/>{}</g>',
        f"Limit of {condition['name']}",
        *(f"{value:.8g}" for value in (low, high, line)),
        *(handle.field, "1" if handle.inside else ""),
        *(drawn["sign"], drawn["factor"], f"{step(high - low):.6g}"),
        *(f"{float(x) - 10:.1f}", HEIGHT + 4, mark),
    )


def step(span: float) -> float:
    """A round step, 1, 2 or 5 times a power of ten, near a 200th of the span."""
    raw = span / STEPS
    power = 10.0 ** math.floor(math.log10(raw))
    return next(size * power for size in (1, 2, 5, 10) if size * power >= raw * 0.999)
