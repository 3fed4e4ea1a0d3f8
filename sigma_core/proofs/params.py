"""With which parameters an indicator is proved: its defaults, and one other set."""

from __future__ import annotations

from sigma_core.errors import BadInput
from sigma_core.indicators.registry import Call, Card, Number, Param, cards, resolve

#: how far parameters are moved from their defaults, the first that is allowed counts
_MOVES = (0.6, 1.4, 0.5, 2.0, 0.8, 1.2, 3.0)


def provable_cards() -> dict[str, Card]:
    """The cards that the sample can prove: it has bars, a benchmark and a calendar."""
    return {name: one for name, one in cards().items() if one.provider != "options"}


def calls(one: Card) -> tuple[Call, ...]:
    """The parameter sets an indicator is proved with: default, and one other."""
    default = resolve(one.name)
    other = other_params(one)
    return (default,) if other is None else (default, resolve(one.name, other))


def other_params(one: Card) -> dict[str, Number] | None:
    """Parameters that differ from the defaults as much as the card allows; None for an
    indicator without any."""
    for move in _MOVES:
        moved = {param.name: _moved(param, move) for param in one.params}
        if moved == one.defaults:
            continue
        try:
            resolve(one.name, moved)
        except BadInput:
            continue
        return moved
    return None


def _moved(param: Param, move: float) -> Number:
    if param.type == "int" and param.high - param.low <= 1:  # a switch
        return param.low if param.default == param.high else param.high
    value = min(max(param.default * move, param.low), param.high)
    return round(value) if param.type == "int" else round(value, 3)
