"""The bars behind a data issue, the one in question marked."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from signals.svg import EMPTY, Candle

STEP, TALL, RIGHT = 9, 84, 52


def issue_bars(bars: Sequence[Candle], marked: int) -> SafeString:
    """Small candles; a band stands behind the marked one (−1: none is marked)."""
    if not bars:
        return EMPTY
    low, high = min(bar.low for bar in bars), max(bar.high for bar in bars)
    pad = (high - low) * 0.06 or abs(high) * 0.01 or 1.0
    low, high = low - pad, high + pad

    def y(price: float) -> str:
        return f"{(high - price) / (high - low) * TALL:.1f}"

    wide = len(bars) * STEP + RIGHT
    band = (
        format_html(
            '<rect class="marked" x="{}" y="0" width="{}" height="{}"/>',
            *(marked * STEP, STEP, TALL),
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
        '<text x="{}" y="9">{}</text><text x="{}" y="{}">{}</text></svg>',
        *(wide, TALL, wide, TALL, _words(bars, marked), band, drawn),
        *(wide - RIGHT + 4, _price(high - pad), wide - RIGHT + 4, TALL - 2),
        _price(low + pad),
    )


def _words(bars: Sequence[Candle], marked: int) -> str:
    what = f"{len(bars)} bars from {bars[0].day} to {bars[-1].day}"
    if marked < 0:
        return what
    bar = bars[marked]
    return (
        f"{what}; marked {bar.day}: open {bar.open:,.2f}, high {bar.high:,.2f},"
        f" low {bar.low:,.2f}, close {bar.close:,.2f}"
    )


def _price(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:,.2f}"
