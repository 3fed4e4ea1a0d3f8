"""The backtest's loops as machine code: imports numba; import it where it is used."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from numba import types

from sigma_core.backtest import fills, loop, rebalance
from sigma_core.indicators import compiled, kernels
from sigma_core.policy.compiled import BOOK, I16, RULES, VERDICT, B, F, I, array, typed

_WIDE = array(F, 2)
_I32 = types.int32
TAPE = typed(fills.Tape, *[_WIDE] * 7, array(I))
CHARGES = typed(fills.Charges, *[F] * 5)
HOLDINGS = typed(fills.Holdings, *map(array, (F, F, F, F, I, I)), _WIDE)
DESK = typed(fills.Desk, TAPE, CHARGES, BOOK, HOLDINGS, VERDICT, array(F), I)
CALLS = typed(
    loop.Calls,
    *[array(I), array(I), array(_I32, 2), array(I), _WIDE, array(B, 2)],
    *[_WIDE, _WIDE, array(I), B],
)
REFUSED = typed(loop.Refused, *map(array, (_I32, _I32, _I32, I16, F, F)))
TERMS = typed(rebalance.Conditions, F, F, F, B)
_READ = types.Array(F, 2, "C", readonly=True)


def run() -> Callable[..., Any]:
    """`loop.run`, compiled at the first call."""
    signature = (RULES, CALLS, DESK, _WIDE, REFUSED, *[_WIDE] * 3, array(I))
    return compiled.machine_code(loop.run, signature, kernels.folder())


def rebalanced() -> Callable[..., Any]:
    """`rebalance.run`, compiled at the first call."""
    signature = (*[_READ] * 4, TERMS, _WIDE)
    return compiled.machine_code(rebalance.run, signature, kernels.folder())


def warm() -> None:
    """Compile, or load, what decisions and backtests need."""
    from sigma_core.policy import compiled as policy

    for ready in (policy.turn, run, rebalanced):
        ready()
