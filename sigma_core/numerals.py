"""Numbers as people read them, on pages, in sentences and in the terminal."""

from __future__ import annotations

import math


def numeral(value: float, form: str) -> str:
    """A number by a format of Python's, as print sets it: `+,.1%` gives +1,203.5 %.

    Minus is a true one, a space stands before %, and what is rounded to zero has no
    sign: neither −0.0 % nor +0.0 % says anything that 0.0 % does not. Infinity keeps
    its sign; NaN reads nan.
    """
    said = format(value, form)
    if math.isfinite(value) and not any(digit in said for digit in "123456789"):
        said = said.lstrip("+-")
    return said.replace("-", "−").replace("%", " %")
