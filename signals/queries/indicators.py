"""The catalogue of indicators as the pages show it, and one of them on a ticker."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
from django.conf import settings

from packs_app import certificates, documents, services
from packs_app.certificates import Standing
from signals.queries import bars
from signals.svg_columns import Line, Pane

if TYPE_CHECKING:
    from sigma_core.frames import BarArrays
    from sigma_core.indicators import Call

#: sessions of a chart
SHOWN = 250
#: columns in price units are drawn over the close
PRICE = 1


@dataclass(frozen=True)
class Entry:
    """One indicator: its card as a document, where it stands, and who uses it."""

    card: dict[str, Any]
    standing: Standing
    sets: tuple[str, ...]
    models: tuple[str, ...]

    @property
    def columns(self) -> list[str]:
        """The names of its columns with default parameters."""
        return [output["column"] for output in self.card["outputs"]]

    def matches(self, words: str) -> bool:
        """Whether every word searched for is in its name, texts or columns."""
        texts = (
            self.card[key] for key in ("name", "title", "formula", "source", "docs")
        )
        said = " ".join((*texts, *self.columns)).lower()
        return all(word in said for word in words.lower().split())


@dataclass(frozen=True)
class Chart:
    """What is drawn: the days, and panes of lines."""

    dataset: str
    ticker: str
    days: list[date]
    panes: list[Pane]


def entries() -> list[Entry]:
    """Every indicator by name; one query."""
    cards = services.list_cards()
    standing = certificates.of_indicators(cards)
    sets, models = services.sets_by_indicator(), _models_by_indicator()
    return [
        Entry(
            documents.card_document(card, sets.get(name, ()), standing[name]),
            standing[name],
            tuple(sorted(sets.get(name, ()))),
            tuple(sorted(models.get(name, ()))),
        )
        for name, card in cards.items()
    ]


def by_group(rows: list[Entry]) -> dict[str, list[Entry]]:
    """The rows in their groups, in the order of the catalogue."""
    from sigma_core.indicators.registry import GROUPS  # it comes with the cards

    found: dict[str, list[Entry]] = {}
    for one in rows:
        found.setdefault(one.card["group"], []).append(one)
    return {group: found[group] for group in GROUPS if group in found}


def entry(name: str) -> Entry:
    """One indicator; UnknownName with the nearest name."""
    card = services.find_card(name)
    standing = certificates.of_indicator(card)
    sets, models = services.sets_by_indicator(), _models_by_indicator()
    return Entry(
        documents.card_document(card, sets.get(name, ()), standing),
        standing,
        tuple(sorted(sets.get(name, ()))),
        tuple(sorted(models.get(name, ()))),
    )


def _models_by_indicator() -> dict[str, set[str]]:
    """The models (`pack/model_id`) by the indicators of their sets."""
    users: dict[str, set[str]] = {}
    for view in services.list_models():
        for spec in view.bundle.indicator_set.indicators if view.bundle else ():
            if spec.name:
                users.setdefault(spec.name, set()).add(f"{view.pack}/{view.model_id}")
    return users


def chart(
    name: str, params: dict[str, float], dataset: str, ticker: str
) -> Chart | None:
    """An indicator over the last year of a ticker's stored bars; None without any.

    Raises BadInput for parameters that are out of range. Computed in this process, like
    a preview: one ticker takes a millisecond once the kernels are loaded.
    """
    from sigma_core.indicators import kernels, resolve  # numba

    call = resolve(name, params)
    build = bars.newest_build(dataset)
    if build is None or ticker not in build.tickers:
        return None
    own = _bars_of(build, build.tickers.index(ticker))
    if not len(own.spans.row):
        return None
    last = int(own.spans.stop.max()) - 1
    first = max(last - SHOWN + 1, 0)
    kernels.use_cache(settings.SIGMA_KERNELS)
    values = kernels.compute(own, [call], first=first, last=last, threads=1)[:, 0]
    held = ~np.isnan(own.close[0, first : last + 1])
    days = own.axis.times[first : last + 1][held].astype("datetime64[D]").tolist()
    close = own.close[0, first : last + 1][held]
    factor = 1.0 if own.factor is None else float(own.factor[0, last])
    columns = [
        _line(column.name, values[at][held] / factor**column.degree)
        for at, column in enumerate(call.columns)
    ]
    return Chart(dataset, ticker, days, _panes(call, close / factor, columns))


def _panes(call: Call, close: np.ndarray, columns: list[Line]) -> list[Pane]:
    """Prices over the close, if they are of its size; the others by themselves."""
    over, below = [], []
    for line, spec in zip(columns, call.columns, strict=True):
        (over if spec.degree == PRICE and _near(line, close) else below).append(line)
    panes = [Pane((_line("close", close), *over))]
    bounds = {(one.low, one.high) for one in call.card.outputs}
    if len(bounds) == 1 and _alike(below):
        return [*panes, Pane(tuple(below))] if below else panes
    return panes + [Pane((line,)) for line in below]


def _near(line: Line, close: np.ndarray) -> bool:
    known = [value for value in line.values if value is not None]
    low, high = float(close.min()), float(close.max())
    return bool(known) and low / 2 < float(np.median(known)) < high * 2


def _alike(lines: list[Line]) -> bool:
    """Whether lines are of one size, so that a shared scale shows each."""
    sizes = []
    for line in lines:
        known = [abs(value) for value in line.values if value is not None]
        if known and max(known) > 0:
            sizes.append(max(known))
    return not sizes or max(sizes) <= 12 * min(sizes)


def _line(name: str, values: np.ndarray) -> Line:
    finite = np.isfinite(values)
    return Line(
        name,
        [float(v) if ok else None for v, ok in zip(values, finite, strict=True)],
    )


def _bars_of(build: bars.Build, row: int) -> BarArrays:
    """One ticker's bars as the kernels read them."""
    from sigma_core.bars.grid import find_spans  # pandas
    from sigma_core.frames import FIELDS, Axis, BarArrays

    fields = {n: np.ascontiguousarray(build.field(n)[row : row + 1]) for n in FIELDS}
    factor = None if build.factor is None else build.factor[row : row + 1]
    return BarArrays(
        axis=Axis((build.tickers[row],), build.times),
        open=fields["open"],
        high=fields["high"],
        low=fields["low"],
        close=fields["close"],
        volume=fields["volume"],
        spans=find_spans(~np.isnan(fields["close"])),
        factor=factor,
    )
