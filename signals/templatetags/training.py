"""Filters of trained models: what moved a prediction, measures, pictures of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django import template
from django.utils.dateparse import parse_date

from sigma_core.numerals import numeral
from signals import svg_training

register = template.Library()
NOTHING = "–"

register.simple_tag(svg_training.signed_bars, name="signed_bars")


@register.filter
def moved(value: float | None, label: str = "") -> str:
    """A contribution or prediction in its label's unit: +1.24 %, of a rank +0.031."""
    if value is None:
        return NOTHING
    return numeral(value, "+.3f" if label.startswith("fwd_rank") else "+.2%")


@register.filter
def others(why: Mapping[str, Any]) -> float | None:
    """What the columns that are not shown moved a prediction by, all together."""
    if why.get("prediction") is None or why.get("base") is None:
        return None
    shown = sum(one["contribution"] for one in why["contributions"])
    return float(why["prediction"] - why["base"] - shown)


@register.filter
def signed(value: float | None, digits: int = 3) -> str:
    """+0.031, −0.012; – for nothing."""
    if value is None:
        return NOTHING
    return numeral(value, f"+.{digits}f")


@register.filter
def add_text(text: str, value: object) -> str:
    """Both as one text: models/ and 3 are models/3."""
    return f"{text}{value}"


@register.filter
def date_of(value: date | str) -> str:
    """4 Jan 2024, without the day of the week: for tables of many."""
    found = parse_date(value) if isinstance(value, str) else value
    return f"{found.day} {found:%b %Y}" if found else NOTHING
