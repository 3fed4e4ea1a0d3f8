"""Heat maps of a calibration: the last two parameters across and down, one map for
each combination of the others."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sigma_core.calibrations.plateau import ALONE, PLATEAU, SPIKE
from sigma_core.numerals import numeral
from signals.metric_words import FORMS, said
from signals.queries.calibrations import Result

#: a cell's standing as a sign beside its number, and in words
SIGNS = {PLATEAU: "●", SPIKE: "▲", ALONE: "○", None: ""}

#: columns of a map that has others beside it
ABREAST = 3


@dataclass(frozen=True)
class Spot:
    """One cell of a map; `heat` from 0 (the lowest) to 100, None without a value."""

    number: int
    words: str
    heat: int | None
    sign: str
    standing: str
    won: bool


@dataclass(frozen=True)
class HeatMap:
    """A table: `across` over the columns, `down` over the rows (empty: one row)."""

    others: str
    across: str
    columns: list[str]
    down: str
    rows: list[tuple[str, list[Spot | None]]]


@dataclass(frozen=True)
class Maps:
    """One question to all cells, and its tables."""

    name: str
    title: str
    meaning: str
    tables: list[HeatMap]

    @property
    def is_wide(self) -> bool:
        """Whether it has more columns than are read where three maps stand abreast."""
        return any(len(table.columns) > ABREAST for table in self.tables)


def maps_of(result: Result) -> list[Maps]:
    """Objective on the training dates, that of the neighbours, that held out."""
    judged = result.judged
    asked = (
        ("swept", "Training dates", "what the choice rests on", judged.values),
        (
            "plateau",
            "Neighbours",
            "mean one step away; ● plateau ▲ spike ○ alone, no sign: too few to tell",
            [standing.around for standing in judged.standings],
        ),
        ("held_out", "Held-out dates", "what chose nothing", judged.held_out),
    )
    return [
        Maps(name, title, meaning, _tables(result, values, signed=name == "plateau"))
        for name, title, meaning, values in asked
    ]


def value_words(objective: str, value: float | None) -> str:
    """An objective's value: a share, a change or a ratio as its metric; a probability
    in percent."""
    if objective in FORMS:
        return said(objective, value)
    return "–" if value is None else numeral(value, ",.1%")


def _tables(
    result: Result, values: Sequence[float | None], *, signed: bool
) -> list[HeatMap]:
    names = list(result.grid)
    orders = {name: sorted(result.grid[name]) for name in names}
    across, down = names[-1], names[-2] if len(names) > 1 else ""
    others = names[:-2]
    spots = _spots(result, values, signed=signed)
    find = _finder(spots)
    return [
        HeatMap(
            others=", ".join(
                f"{name} {value:g}" for name, value in zip(others, chosen, strict=True)
            ),
            across=across,
            columns=[f"{value:g}" for value in orders[across]],
            down=down,
            rows=[
                (
                    f"{low:g}" if low is not None else "",
                    [find(chosen, low, value) for value in orders[across]],
                )
                for low in (orders[down] if down else [None])
            ],
        )
        for chosen in itertools.product(*(orders[name] for name in others))
    ]


Find = Callable[[Sequence[float], float | None, float], Spot | None]


def _finder(spots: dict[tuple[float, ...], Spot]) -> Find:
    def find(chosen: Sequence[float], low: float | None, value: float) -> Spot | None:
        inner = [] if low is None else [low]
        return spots.get((*chosen, *inner, value))

    return find


def _spots(
    result: Result, values: Sequence[float | None], *, signed: bool
) -> dict[tuple[float, ...], Spot]:
    known = [value for value in values if value is not None]
    low, high = (min(known), max(known)) if known else (0.0, 0.0)
    found = {}
    for at, (cell, value) in enumerate(zip(result.cells, values, strict=True)):
        word = result.judged.standings[at].word
        found[tuple(cell.params.values())] = Spot(
            number=cell.number,
            words=value_words(result.judged.objective, value),
            heat=_heat(value, low, high),
            sign=SIGNS[word] if signed else "",
            standing=word or "",
            won=at == result.judged.winner,
        )
    return found


def _heat(value: float | None, low: float, high: float) -> int | None:
    if value is None:
        return None
    return round(100 * (value - low) / (high - low)) if high > low else 50
