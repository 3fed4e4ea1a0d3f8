"""Conditions of all sessions as bits in rank order, so that joining them costs nothing.

- `Passes`      a condition: which ranks pass it and which fail it; unknown is neither
- `passes_of`   values of a condition → its passes
- `every`, `one`, `no`   the three ways in which conditions are joined
- `ranked_in`   what passes, as the candidates of each session

Bit `b` of word `w` of session t stands for the row `order[t, 64 * w + b]`. `fill` and
`list_bits` are the loops behind it; plain Python that is also compiled.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np
import numpy.typing as npt

from sigma_core.backtest.ranks import Order, Ranked
from sigma_core.frames import Floats, Ints
from sigma_core.policy.core import Rows

Words = npt.NDArray[np.uint64]
States = npt.NDArray[np.int8]

PASSED, FAILED, UNKNOWN = 1, 0, -1
_BITS = 64
_ONE = np.uint64(1)
#: `_PLACE[(bit * _SEQUENCE) >> 58]` is the place of a single bit: each six digits in a
#: row of a de Bruijn sequence occur once.
_SEQUENCE, _SHIFT = np.uint64(0x03F79D71B4CB0A89), np.uint64(58)
_PLACE = np.argsort([(1 << at) * int(_SEQUENCE) % 2**64 >> 58 for at in range(_BITS)])


@dataclass(frozen=True)
class Passes:
    """Which ranks of each session pass a condition, and which fail it."""

    passed: Words
    failed: Words


def states_of(values: Floats) -> States:
    """Passed, failed or unknown, of a condition's 1.0, 0.0 and NaN."""
    states: States = (values == PASSED).view(np.int8)
    states -= np.isnan(values).view(np.int8)  # of what is no number, from 0 to UNKNOWN
    return states


def passes_of(states: States, order: Order, ordered: Ints) -> Passes:
    """The passes of states `[ticker, time]`, for rows with a score."""
    from sigma_core.backtest import compiled  # numba: only where it is used

    times, rows = order.shape
    shape = (times, -(-rows // _BITS))
    found = Passes(np.zeros(shape, np.uint64), np.zeros(shape, np.uint64))
    given = np.require(states, np.int8, ["C"])
    compiled.filled()(given, order, ordered, found.passed, found.failed)
    return found


def every(members: Sequence[Passes]) -> Passes:
    """Failed if one fails, else unknown if one is unknown."""
    return Passes(
        reduce(np.bitwise_and, [member.passed for member in members]),
        reduce(np.bitwise_or, [member.failed for member in members]),
    )


def one(members: Sequence[Passes]) -> Passes:
    """Passed if one passes, else unknown if one is unknown."""
    return Passes(
        reduce(np.bitwise_or, [member.passed for member in members]),
        reduce(np.bitwise_and, [member.failed for member in members]),
    )


def no(members: Sequence[Passes]) -> Passes:
    """Failed if one passes, else unknown if one is unknown."""
    found = one(members)
    return Passes(found.failed, found.passed)


def ranked_in(passed: Words, order: Order) -> Ranked:
    """The rows that pass, as candidates of each session."""
    from sigma_core.backtest import compiled  # numba: only where it is used

    first = np.zeros(len(order) + 1, np.int64)
    rows = np.empty(int(np.bitwise_count(passed).sum()), np.uint32)
    compiled.listed_bits()(passed, order, first, rows)
    return Ranked(first, rows)


def fill(
    states: States, order: Order, ordered: Ints, passed: Words, failed: Words
) -> None:
    """Set the bits of what passes and of what fails."""
    for t in range(len(order)):
        for word in range(passed.shape[1]):
            begin = _BITS * word
            yes = no = np.uint64(0)
            for at in range(begin, min(begin + _BITS, ordered[t])):
                state, bit = states[order[t, at], t], np.uint64(at - begin)
                yes |= np.uint64(state == PASSED) << bit
                no |= np.uint64(state == FAILED) << bit
            passed[t, word], failed[t, word] = yes, no


def list_bits(passed: Words, order: Order, first: Ints, rows: Rows) -> None:
    """Write the rows whose bit is set, in rank order, and where each t begins."""
    count = 0
    for t in range(len(order)):
        first[t] = count
        for word in range(passed.shape[1]):
            left = passed[t, word]
            while left != 0:
                rest = left & (left - _ONE)
                place = _PLACE[((left ^ rest) * _SEQUENCE) >> _SHIFT]
                rows[count] = order[t, _BITS * word + place]
                count += 1
                left = rest
    first[len(order)] = count
