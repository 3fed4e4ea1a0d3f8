"""Pictures of coverage: which ticker has bars in which month.

As in `svg`, everything goes through `format_html` and `format_html_join`.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, Protocol

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

#: a cell of the heat map, and the room for the tickers' names
CELL_WIDE, CELL_TALL, NAMES = 10, 8, 56
#: beyond this many marks the map is not drawn: a page stays under 1 MB
MOST_MARKS = 20_000


class HasCoverage(Protocol):
    """What a coverage picture is drawn from."""

    tickers: list[str]
    months: list[date]
    share: Any  # Any: a numpy array `[ticker, month]`; this module draws, no more

    @property
    def by_month(self) -> list[tuple[date, int, float]]:
        """(month, tickers, share)."""


def month_bars(coverage: HasCoverage) -> SafeString:
    """A bar a month: as tall as there are tickers, marked where bars are missing."""
    most = max((count for _, count, _ in coverage.by_month), default=0) or 1
    rows = (
        (
            "" if share > 0.98 else "part",
            f"{max(2.0, 100 * count / most):.0f}",
            f"{month:%b %Y}: {count} tickers, {share * 100:.1f} % of their sessions",
        )
        for month, count, share in coverage.by_month
    )
    return format_html(
        '<div class="months" role="img" aria-label="{}">{}</div>',
        f"{len(coverage.months)} months, at most {most} tickers",
        format_html_join("", '<i class="{}" style="height: {}%" title="{}"></i>', rows),
    )


def heat_map(coverage: HasCoverage) -> SafeString:
    """Ticker × month; neighbours of one shade are one mark, so it stays small."""
    shades: dict[str, list[str]] = {"full": [], "most": [], "part": [], "none": []}
    for row, line in enumerate(coverage.share):
        for start, stop, shade in _stretches([_shade(v) for v in line]):
            wide = (stop - start) * CELL_WIDE - 1
            x, y = NAMES + start * CELL_WIDE, 12 + row * CELL_TALL
            shades[shade].append(f"M{x} {y}h{wide}v{CELL_TALL - 1}h{-wide}z")
    if sum(map(len, shades.values())) > MOST_MARKS:
        return format_html("<p>{}</p>", "Too many gaps to draw ticker by ticker.")
    wide = NAMES + len(coverage.months) * CELL_WIDE
    tall = 12 + len(coverage.tickers) * CELL_TALL
    return format_html(
        '<svg viewBox="0 0 {} {}" width="{}" height="{}" role="img" '
        'aria-label="Coverage of {} tickers over {} months">{}{}{}</svg>',
        *(wide, tall, wide, tall, len(coverage.tickers), len(coverage.months)),
        format_html_join(
            "",
            '<path class="{}" d="{}"/>',
            ((shade, "".join(paths)) for shade, paths in shades.items() if paths),
        ),
        _years(coverage.months),
        format_html_join(
            "",
            '<text x="0" y="{}">{}</text>',
            (
                (12 + row * CELL_TALL + 7, ticker)
                for row, ticker in enumerate(coverage.tickers)
            ),
        ),
    )


def _shade(share: float) -> str:
    """The shade of one cell; empty outside a ticker's life."""
    if math.isnan(share):
        return ""
    if share >= 1:
        return "full"
    return "most" if share >= 0.95 else "part" if share > 0 else "none"


def _stretches(shades: Sequence[str]) -> Iterator[tuple[int, int, str]]:
    """(start, stop, shade) of equal neighbours, without the empty ones."""
    at = 0
    for shade, group in itertools.groupby(shades):
        stop = at + len(list(group))
        if shade:
            yield at, stop, shade
        at = stop


def _years(months: Sequence[date]) -> SafeString:
    return format_html_join(
        "",
        '<text x="{}" y="8">{}</text>',
        (
            (NAMES + at * CELL_WIDE, month.year)
            for at, month in enumerate(months)
            if at == 0 or month.month == 1
        ),
    )
