"""Whether a cell stands among others as good, or alone on a spike.

Definition and worked examples: `docs/definitions/calibration.md`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import mean, stdev
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # a page that says these words needs no engine
    from sigma_core.calibrate import Params

PLATEAU, SPIKE, ALONE = "plateau", "spike", "alone"


@dataclass(frozen=True)
class Standing:
    """A cell beside its neighbours; None where undefined.

    `around` is the mean objective of the neighbours that have one, `drop` how much
    lower than the cell's own that is, `word` plateau, spike or alone; None also
    where it is better than its neighbours and no other cell is there to tell.
    `neighbours` are those that have an objective.
    """

    around: float | None
    drop: float | None
    word: str | None
    neighbours: int


def standings(
    params: Sequence[Params], values: Sequence[float | None]
) -> list[Standing]:
    """The standing of each cell; cells that are not there count as none."""
    steps = _steps(params)
    known = dict(zip(steps, values, strict=True))
    found = [value for value in values if value is not None]
    return [_standing(known[place], _around(place, known), found) for place in steps]


def _steps(params: Sequence[Params]) -> list[tuple[int, ...]]:
    """Each cell as the ordinals of its values, each parameter's in ascending order."""
    if not params:
        return []
    names = list(params[0])
    orders = {name: sorted({cell[name] for cell in params}) for name in names}
    return [tuple(orders[name].index(cell[name]) for name in names) for cell in params]


def _around(
    place: tuple[int, ...], known: dict[tuple[int, ...], float | None]
) -> list[float]:
    near = (
        known.get((*place[:at], place[at] + step, *place[at + 1 :]))
        for at in range(len(place))
        for step in (-1, 1)
    )
    return [value for value in near if value is not None]


def _standing(own: float | None, near: list[float], found: list[float]) -> Standing:
    """`near` are the objectives of its neighbours, `found` those of all cells."""
    around = mean(near) if near else None
    if own is None:
        return Standing(around, None, None, len(near))
    if around is None:
        return Standing(None, None, ALONE, 0)
    drop = own - around
    word = _word(drop, found, others=len(found) - 1 - len(near))
    return Standing(around, drop, word, len(near))


def _word(drop: float, found: list[float], *, others: int) -> str | None:
    if drop <= 0:
        return PLATEAU
    if not others:  # the spread would be that of the drop itself
        return None
    spread = stdev(found)
    return PLATEAU if drop <= spread or math.isclose(drop, spread) else SPIKE
