"""What an expression is made of; every node remembers its column in the text (`at`).

A node is either a number or a condition. Conditions are three-valued: true, false,
unknown.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

COMPARISONS = ("<", "<=", ">", ">=", "==", "!=")


@dataclass(frozen=True)
class Number:
    """A number as written."""

    value: float
    at: int


@dataclass(frozen=True)
class Name:
    """A feature column, a field of the bar, or a parameter of the model."""

    name: str
    at: int


@dataclass(frozen=True)
class Negative:
    """`-x`."""

    operand: Node
    at: int


@dataclass(frozen=True)
class Arithmetic:
    """`left + right`, and `-`, `*`, `/`."""

    sign: str
    left: Node
    right: Node
    at: int


@dataclass(frozen=True)
class Comparison:
    """`a < b`, or a chain `a < b <= c`, which holds if each link does."""

    operands: tuple[Node, ...]
    signs: tuple[str, ...]
    at: int


@dataclass(frozen=True)
class Not:
    """`not c`."""

    operand: Node
    at: int


@dataclass(frozen=True)
class Logic:
    """`a and b and c`, or the same with `or`."""

    word: str
    operands: tuple[Node, ...]
    at: int


@dataclass(frozen=True)
class Call:
    """A function of the whitelist; `by` groups a cross-sectional one."""

    function: str
    arguments: tuple[Node, ...]
    by: str
    at: int


Node = Number | Name | Negative | Arithmetic | Comparison | Not | Logic | Call


def children(node: Node) -> tuple[Node, ...]:
    """The nodes directly inside one."""
    match node:
        case Number() | Name():
            return ()
        case Negative() | Not():
            return (node.operand,)
        case Arithmetic():
            return (node.left, node.right)
        case Comparison() | Logic():
            return node.operands
        case Call():
            return node.arguments


def walk(node: Node) -> Iterator[Node]:
    """A node and all inside it, from the left."""
    yield node
    for child in children(node):
        yield from walk(child)
