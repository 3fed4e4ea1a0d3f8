"""What a plain function names: the functions and values that its code reads.

Told from the instructions, not from a list of words: an attribute that is called like a
function is not that function. Functions, lambdas and comprehensions inside count.
"""

from __future__ import annotations

import dis
from collections.abc import Callable, Iterator
from types import CodeType, FunctionType
from typing import Any

_READS = frozenset({"LOAD_GLOBAL", "LOAD_NAME"})


def globals_read(function: Callable[..., Any]) -> dict[str, Any]:
    """The globals that a function's code, and all code inside it, reads, by name."""
    own = function.__globals__
    names = dict.fromkeys(_names(function.__code__))
    return {name: own[name] for name in sorted(names) if name in own}


def functions_read(function: Callable[..., Any]) -> dict[str, FunctionType]:
    """Of those the plain functions."""
    found = globals_read(function)
    return {n: one for n, one in found.items() if isinstance(one, FunctionType)}


def reached(function: Callable[..., Any]) -> list[Any]:
    """The function and every plain one that it comes to call, each once."""
    found: dict[int, Any] = {}
    waiting: list[Any] = [function]
    while waiting:
        one = waiting.pop()
        if id(one) not in found:
            found[id(one)] = one
            waiting += functions_read(one).values()
    return list(found.values())


def _names(code: CodeType) -> Iterator[str]:
    for step in dis.get_instructions(code):
        if step.opname in _READS:
            yield str(step.argval)
    for inside in code.co_consts:
        if isinstance(inside, CodeType):
            yield from _names(inside)
