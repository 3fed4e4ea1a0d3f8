"""The cells of a grid judged: what each is worth, which one wins, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from sigma_core.calibrate import Params
from sigma_core.calibrations import objectives
from sigma_core.calibrations.cells import Half, Tried
from sigma_core.calibrations.plateau import ALONE, SPIKE, Standing, standings
from sigma_core.evidence.overfitting import splits
from sigma_core.numerals import numeral


@dataclass(frozen=True)
class Judged:
    """A grid, judged; lists are in the order of the cells that were given.

    `values` are the objective on the training dates, `held_out` on the others, None
    where undefined; `winner` is a place in the lists, None where no cell may win.
    """

    objective: str
    min_trades: int
    values: list[float | None]
    held_out: list[float | None]
    standings: list[Standing]
    winner: int | None
    why: str


def judge(
    cells: Sequence[Tried],
    *,
    objective: str,
    min_trades: int,
    current: Mapping[str, float],
) -> Judged:
    """Every cell's worth, and the winner. `current` are the model's parameters now.

    Cells may be missing where a sweep was stopped. Raises UnknownName for the
    objective.
    """
    found = objectives.values([cell.swept for cell in cells], objective)
    places = standings([cell.params for cell in cells], found)
    trades = [cell.swept.trades for cell in cells]
    own = [_is(cell.params, current) for cell in cells]
    won = winner(found, trades, min_trades=min_trades, own=own)
    return Judged(
        objective=objective,
        min_trades=min_trades,
        values=found,
        held_out=[objectives.alone(cell.held_out, objective) for cell in cells],
        standings=places,
        winner=won,
        why=_why(cells, found, places, won, objective, min_trades),
    )


def winner(
    values: Sequence[float | None],
    trades: Sequence[int],
    *,
    min_trades: int,
    own: Sequence[bool],
) -> int | None:
    """The place of the best cell with enough trades; of equal ones that of the model's
    own parameters, else the first. None where there is no such cell."""
    best: int | None = None
    reached = -np.inf
    for at, (value, count) in enumerate(zip(values, trades, strict=True)):
        if value is None or count < min_trades:
            continue
        if value > reached or (value == reached and own[at]):
            best, reached = at, value
    return best


def pbo(cells: Sequence[Tried]) -> float | None:
    """The probability of backtest overfitting of the training dates; None where there
    are too few cells or sessions, or all cells did the same. Needs their returns."""
    found = splits(np.array([cell.swept.returns for cell in cells]).T)
    return None if found is None else found.pbo


def params_words(params: Mapping[str, float]) -> str:
    """adx_min 18, rsi_min 55."""
    return ", ".join(f"{name} {value:g}" for name, value in params.items())


def _is(params: Params, current: Mapping[str, float]) -> bool:
    return all(current.get(name) == value for name, value in params.items())


def _why(
    cells: Sequence[Tried],
    values: Sequence[float | None],
    places: Sequence[Standing],
    won: int | None,
    objective: str,
    min_trades: int,
) -> str:
    word = objectives.OBJECTIVES[objective]
    if not cells:
        return "No cell was tried."
    if won is None:
        most = max(cell.swept.trades for cell in cells)
        return (
            f"No cell has both a {word} and {min_trades} trades on the training dates; "
            f"the most trades are {most:,}."
        )
    enough = sum(
        value is not None and cell.swept.trades >= min_trades
        for cell, value in zip(cells, values, strict=True)
    )
    among = f"the {enough} cells" if enough > 1 else "the only cell"
    return (
        f"{params_words(cells[won].params)}: the best {word} of {among} with at least "
        f"{min_trades} trades, {_said(objective, values[won])}. "
        f"{_beside(objective, places[won])} "
        f"{_later(cells[won].held_out)}"
    )


def _said(objective: str, value: float | None) -> str:
    """14.3 % or 1.42, as the objective is a share or a ratio; with a true minus."""
    if value is None:
        return "none"
    return numeral(value, ".1%" if objective in _SHARES else ".2f")


_SHARES = (objectives.DEFLATED, "total_return", "hit_rate")


def _beside(objective: str, place: Standing) -> str:
    if place.around is None:
        return "No neighbour to compare it with."
    value = _said(objective, place.around)
    near = f"its neighbours reach {value} on average"
    if place.neighbours == 1:
        near = f"its one neighbour reaches {value}"
    if place.word is None:
        return f"Too few cells to call it a plateau or a spike: {near}."
    if place.word == SPIKE:
        return f"A spike: {near}, so it is most likely luck."
    return f"A plateau: {near}."


def _later(half: Half) -> str:
    sharpe, gained = half.metrics["sharpe"], half.metrics["total_return"]
    if sharpe is None or gained is None:
        return f"On the {half.sessions} held-out sessions it did not trade."
    return (
        f"On the {half.sessions} held-out sessions: Sharpe {_said('sharpe', sharpe)}, "
        f"return {_said('total_return', gained)}, {half.trades:,} trades."
    )


__all__ = ["ALONE", "Judged", "judge", "params_words", "pbo", "winner"]
