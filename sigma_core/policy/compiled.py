"""The policy's core as machine code: imports numba; import it where it is used."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from numba import types

from sigma_core.indicators import compiled, kernels
from sigma_core.policy import core


def array(kind: Any, dimensions: int = 1) -> Any:
    """numba's type of a contiguous array. In a named tuple it must be a writable one,
    as `arrays.own` gives it, also where it is only read."""
    return types.Array(kind, dimensions, "C")


def typed(shape: type, *fields: Any) -> Any:
    """numba's type of a named tuple."""
    if len(set(fields)) == 1:
        return types.NamedUniTuple(fields[0], len(fields), shape)
    return types.NamedTuple(fields, shape)


F, I, B, I16 = types.float64, types.int64, types.boolean, types.int16  # noqa: E741
U32 = types.uint32

RULES = typed(
    core.Rules,
    *[I, B, I, I, F, F, F, I, F, B, F, B, F, I, I, I, F, F],
)
DAY = typed(
    core.Day,
    *[I, I, array(U32), array(F), array(F), array(I), array(F), array(F), B],
)
BOOK = typed(core.Book, *map(array, (U32, B, I, F, F, I, F, I)))
VERDICT = typed(
    core.Verdict,
    *map(array, (I, B, B, F, F, I16, F, F, B, I16, U32, U32, I, F)),
)


def turn() -> Callable[..., int]:
    """`core.turn`, compiled at the first call."""
    signature = (RULES, DAY, BOOK, VERDICT, B)
    return compiled.in_one_piece(core.turn, signature, kernels.folder())
