"""The two sides of a comparison: as text for an editor, and where its line lies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from sigma_core.errors import ExpressionError
from sigma_core.expressions.parse import parse
from sigma_core.expressions.tree import (
    Arithmetic,
    Comparison,
    Name,
    Negative,
    Node,
    Number,
)

_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}


def split(text: str) -> tuple[str, str, str] | None:
    """(left, sign, right) of one plain comparison, as written; else None.

    None too for a text that can't be parsed, and for one that `join` would not give
    back to the letter: an editor that takes it apart must lose nothing.
    """
    try:
        tree = parse(text)
    except ExpressionError:
        return None
    if not isinstance(tree, Comparison) or len(tree.signs) != 1:
        return None
    sign = tree.signs[0]
    left, right = text[: tree.at - 1], text[tree.at - 1 + len(sign) :]
    parts = (left.strip(), sign, right.strip())
    return parts if join(*parts) == text else None


def join(left: str, sign: str, right: str) -> str:
    """The comparison of two texts."""
    return f"{left} {sign} {right}"


@dataclass(frozen=True)
class Threshold:
    """Where the line of a comparison lies, and what moves it.

    `axis` `value`: the line is `limit` on the values of the left side. `distance`: it
    is at `line` on left / base − 1, where base = right / (1 + line). `line` is NaN for
    a value whose limit only the calculation knows. `moves` is the parameter that holds
    the line, "number" where it is written in the text, "" where nothing single does;
    `factor` −1 where that number is the line with the other sign. `mirrored`: left and
    right have changed places, and `sign` with them.
    """

    axis: Literal["value", "distance"]
    sign: str
    moves: str = ""
    line: float = 0.0
    factor: int = 1
    mirrored: bool = False


def threshold(
    left: Node, sign: str, right: Node, params: Mapping[str, float]
) -> Threshold:
    """Where the line of `left sign right` lies."""
    mirrored = _fixed(left, params) and not _fixed(right, params)
    if mirrored:
        sign, right = _MIRRORED[sign], left
    if _fixed(right, params):
        return Threshold("value", sign, _holder(right, params), mirrored=mirrored)
    match right:
        case Arithmetic("*", _, Arithmetic(("+" | "-") as way, Number(1.0), share)):
            moves = _holder(share, params)
            if moves:
                factor = 1 if way == "+" else -1
                line = factor * _value(share, params)
                return Threshold("distance", sign, moves, line, factor)
    return Threshold("distance", sign)


def _fixed(node: Node, params: Mapping[str, float]) -> bool:
    """Whether a node is the same number for every ticker."""
    match node:
        case Number():
            return True
        case Name():
            return node.name in params
        case Negative():
            return _fixed(node.operand, params)
        case Arithmetic():
            return _fixed(node.left, params) and _fixed(node.right, params)
    return False


def _holder(node: Node, params: Mapping[str, float]) -> str:
    """The parameter a node is, "number" for a written one, "" for anything else."""
    if isinstance(node, Name):
        return node.name if node.name in params else ""
    plain = isinstance(node, Number)
    if isinstance(node, Negative):
        plain = isinstance(node.operand, Number)
    return "number" if plain else ""


def _value(node: Node, params: Mapping[str, float]) -> float:
    match node:
        case Number():
            return node.value
        case Name():
            return params[node.name]
        case Negative():
            return -_value(node.operand, params)
    raise TypeError(f"{type(node).__name__} holds no single number")
