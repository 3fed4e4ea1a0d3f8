"""The small candles behind a data issue: their labels have room."""

from __future__ import annotations

import re
from datetime import date

import pytest

from signals.svg import Candle
from signals.svg_issue import issue_bars

#: of one digit of 11 px in the widest of the site's fonts
DIGIT = 6.6


@pytest.mark.parametrize(
    ("price", "labels"),
    [
        (0.0004, ["0.000440", "0.000360"]),
        (93.0, ["102.30", "83.70"]),
        (650_000.0, ["715,000", "585,000"]),
        (25e6, ["27,500,000", "22,500,000"]),
        (1e15, ["1.10e+15", "9.00e+14"]),
    ],
)
def test_a_label_is_whole_however_long(price: float, labels: list[str]) -> None:
    day = date(2024, 1, 2)
    bar = Candle(day, price, price * 1.1, price * 0.9, price, 1.0)
    drawn = issue_bars([bar], 0)
    wide, tall = map(float, re.findall(r'viewBox="0 0 (\S+) (\S+)"', drawn)[0])
    found = re.findall(r'<text x="(\S+)" y="(\S+)">(.*?)</text>', drawn)
    assert [text for _, _, text in found] == labels
    for x, y, text in found:
        assert float(x) + DIGIT * len(text) <= wide
        assert 11 <= float(y) <= tall - 3
