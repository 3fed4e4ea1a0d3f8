"""The backtest's loops as machine code: imports numba; import it where it is used."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from numba import types

from sigma_core.backtest import fills, loop, passes, ranks, rebalance
from sigma_core.indicators import compiled, kernels
from sigma_core.policy.compiled import (
    BOOK,
    I16,
    RULES,
    U32,
    VERDICT,
    B,
    F,
    I,
    array,
    typed,
)

_WIDE = array(F, 2)
_I32 = types.int32
TAPE = typed(fills.Tape, *[_WIDE] * 7, array(I), I)
CHARGES = typed(fills.Charges, *[F] * 5)
HOLDINGS = typed(fills.Holdings, *map(array, (F, F, F, F, I, I)), _WIDE)
DESK = typed(fills.Desk, TAPE, CHARGES, BOOK, HOLDINGS, VERDICT, array(F), I)
JOURNAL = typed(fills.Journal, *[_WIDE] * 3, array(I), I)
CALLS = typed(
    loop.Calls,
    *[array(I), array(I), array(I), array(U32)],
    *[_WIDE, _WIDE, _WIDE, array(I), B],
)
REFUSED = typed(loop.Refused, *map(array, (_I32, _I32, _I32, I16, F, F)))
TERMS = typed(rebalance.Conditions, F, F, F, B)


def _read(kind: Any, dimensions: int = 1) -> Any:
    """numba's type of a contiguous array that is only read."""
    return types.Array(kind, dimensions, "C", readonly=True)


def run() -> Callable[..., int]:
    """`loop.run`, compiled at the first call."""
    signature = (RULES, CALLS, DESK, JOURNAL, _WIDE, REFUSED, B)
    return compiled.in_one_piece(loop.run, signature, kernels.folder())


def listed() -> Callable[..., None]:
    """`ranks.list_rows`, compiled at the first call."""
    wide = [_read(kind, 2) for kind in (_I32, B)]
    signature = (wide[0], _read(I), wide[1], array(I), array(U32))
    return compiled.in_one_piece(ranks.list_rows, signature, kernels.folder())


def filled() -> Callable[..., None]:
    """`passes.fill`, compiled at the first call."""
    words = array(types.uint64, 2)
    signature = (_read(types.int8, 2), _read(_I32, 2), _read(I), words, words)
    return compiled.in_one_piece(passes.fill, signature, kernels.folder())


def listed_bits() -> Callable[..., None]:
    """`passes.list_bits`, compiled at the first call."""
    signature = (_read(types.uint64, 2), _read(_I32, 2), array(I), array(U32))
    return compiled.in_one_piece(passes.list_bits, signature, kernels.folder())


def rebalanced() -> Callable[..., Any]:
    """`rebalance.run`, compiled at the first call."""
    signature = (*[_read(F, 2)] * 4, TERMS, _WIDE)
    return compiled.machine_code(rebalance.run, signature, kernels.folder())


def warm() -> None:
    """Compile, or load, what decisions and backtests need."""
    from sigma_core.policy import compiled as policy

    for ready in (policy.turn, run, listed, filled, listed_bits, rebalanced):
        ready()
