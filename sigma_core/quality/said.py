"""Numbers of bars as people write them, for messages."""

from __future__ import annotations

import math

_WHOLE = 1e15  # every whole number below is exact


def said(value: float) -> str:
    """1,234.5 with a true minus sign; "missing" for NaN, "infinite"; beyond what can be
    read in digits (1e308), with its power of ten."""
    if math.isnan(value):
        return "missing"
    sign, size = "−" if value < 0 else "", abs(value)
    if math.isinf(value):
        return f"{sign}infinite"
    whole = size == int(size) and size < _WHOLE
    return f"{sign}{size:,.0f}" if whole else f"{sign}{size:,.8g}"
