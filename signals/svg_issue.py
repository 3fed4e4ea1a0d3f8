"""The bars behind a data issue, the one in question marked."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from signals.svg import EMPTY, Candle

STEP, TALL, TOP = 9, 84, 3
#: beside the bars: a gap, and this much for each sign of a label of 11 px
GAP, SIGN = 6, 7


def issue_bars(bars: Sequence[Candle], marked: int) -> SafeString:
    """Small candles; a band stands behind the marked one (−1: none is marked)."""
    if not bars:
        return EMPTY
    low, high = min(bar.low for bar in bars), max(bar.high for bar in bars)
    pad = (high - low) * 0.06 or abs(high) * 0.01 or 1.0
    low, high = low - pad, high + pad

    def y(price: float) -> str:
        return f"{TOP + (high - price) / (high - low) * TALL:.1f}"

    labels = _price(high - pad), _price(low + pad)
    right = len(bars) * STEP + GAP
    wide, tall = right + SIGN * max(map(len, labels)), TALL + 2 * TOP
    band = (
        format_html(
            '<rect class="marked" x="{}" y="0" width="{}" height="{}"/>',
            *(marked * STEP, STEP, tall),
        )
        if marked >= 0
        else EMPTY
    )
    drawn = format_html_join(
        "",
        '<path class="wick {}" d="M{} {}V{}"/>'
        '<path class="body {}" d="M{} {}h6V{}h-6z"/>',
        (
            (
                trend,
                at * STEP + 4.5,
                *(y(bar.high), y(bar.low), trend, at * STEP + 1.5),
                *(y(bar.open), y(bar.close)),
            )
            for at, bar in enumerate(bars)
            for trend in ["up" if bar.close >= bar.open else "down"]
        ),
    )
    return format_html(
        '<svg class="candles issue" viewBox="0 0 {} {}" width="{}" height="{}"'
        ' role="img" aria-label="{}">{}{}'
        '<text x="{}" y="{}">{}</text><text x="{}" y="{}">{}</text></svg>',
        *(wide, tall, wide, tall, _words(bars, marked), band, drawn),
        *(right, TOP + 9, labels[0], right, tall - TOP - 2, labels[1]),
    )


def _words(bars: Sequence[Candle], marked: int) -> str:
    what = f"{len(bars)} bars from {bars[0].day} to {bars[-1].day}"
    if marked < 0:
        return what
    bar = bars[marked]
    return (
        f"{what}; marked {bar.day}: open {_price(bar.open)}, high {_price(bar.high)},"
        f" low {_price(bar.low)}, close {_price(bar.close)}"
    )


def _price(value: float) -> str:
    """A label: no more digits than the size of a price deserves."""
    size = abs(value)
    if size >= 1e9:
        return f"{value:.2e}"
    return f"{value:,.0f}" if size >= 1000 else f"{value:,.{2 if size >= 1 else 6}f}"
