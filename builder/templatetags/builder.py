"""Filters of the Builder's templates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django import template

from builder.notes import Note

if TYPE_CHECKING:
    from sigma_core.impact import Impact

#: of those that enter, and of those that leave, so many are shown
MOVES = 12
register = template.Library()


@register.filter
def note(notes: Mapping[str, Note] | str, row_id: str) -> Note | None:
    """The note of a row; None where there is none (a template says "" for no notes)."""
    return notes.get(row_id) if isinstance(notes, Mapping) else None


@register.filter
def cause_words(code: str) -> str:
    """What keeps a ticker out, short: `gate.adx` reads "adx fails"."""
    kind, _, name = code.partition(".")
    said = {"gate": f"{name} fails", "data": "a value is missing"}
    return said.get(kind, code.replace(".", ": ").replace("_", " "))


@register.filter
def hidden_moves(impact: Impact) -> int:
    """How many that enter or leave are not shown."""
    return sum(max(0, len(one) - MOVES) for one in (impact.entered, impact.left))


@register.filter
def line_at(histogram: Mapping[str, Any]) -> float:
    """Where the line of a histogram lies, in percent of its width."""
    low, high = histogram["low"], histogram["high"]
    return round(100 * float((histogram["line"] - low) / (high - low)), 2)
