"""D14: columns that are infinite, constant, a copy of another, or too good."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sigma_core.coverage.shares import own_units
from sigma_core.errors import Problem
from sigma_core.frames import FIELDS, Bools, Floats, Matrix

#: a correlation with the label above it is no skill but a leak
TOO_GOOD = 0.95
#: a column of fewer values is not called constant
FEWEST_VALUES = 10
#: nor is a correlation over fewer cells believed
FEWEST_PAIRS = 30


@dataclass(frozen=True)
class Smell:
    """What is odd about a column: `inf`, `constant`, `duplicate` or `too_good`."""

    column: str
    kind: str
    message: str
    hint: str

    def problem(self, where: str) -> Problem:
        """As a warning of rule D14; `where` names the set."""
        code = f"coverage.D14.{self.kind}"
        return Problem(code, where, self.message, self.hint, "warning")


def smells(
    matrix: Matrix, names: list[str], label: Floats | None, label_name: str = "label"
) -> list[Smell]:
    """What is odd about the columns, over the cells of universe members.

    `label` is `[ticker, session]` like the matrix; None leaves out `too_good`.
    """
    members = matrix.members
    cells = {name: own_units(matrix, name)[members] for name in (*FIELDS, *names)}
    target = None if label is None else label[members]
    found: list[Smell] = []
    for at, name in enumerate(names):
        values = cells[name]
        found += _infinite(name, values) + _constant(name, values)
        earlier = [*FIELDS, *names[:at]]
        found += _copy(name, values, {other: cells[other] for other in earlier})
        if target is not None:
            found += _too_good(name, values, target, label_name)
    return found


def _infinite(name: str, values: Floats) -> list[Smell]:
    count = int(np.isinf(values).sum())
    if not count:
        return []
    hint = "A division by 0: add a condition that leaves these cells out."
    return [
        Smell(name, "inf", f"column {name!r}: {count:,} values are infinite.", hint)
    ]


def _constant(name: str, values: Floats) -> list[Smell]:
    known = values[~np.isnan(values)]
    if len(known) < FEWEST_VALUES or known.min() != known.max():
        return []
    message = f"column {name!r}: all {len(known):,} values are {known[0]:g}."
    return [Smell(name, "constant", message, "It tells no ticker from another.")]


def _copy(name: str, values: Floats, others: dict[str, Floats]) -> list[Smell]:
    missing = np.isnan(values)
    if missing.all():
        return []
    for other, theirs in others.items():
        if _same(values, missing, theirs):
            message = f"column {name!r}: it equals {other!r} in every cell."
            return [Smell(name, "duplicate", message, "Drop one of the two.")]
    return []


def _same(values: Floats, missing: Bools, theirs: Floats) -> bool:
    # one cell first: most pairs differ there already
    at = int(np.argmin(missing))
    if not np.isclose(values[at], theirs[at], rtol=1e-9, atol=0):
        return False
    return bool(np.allclose(values, theirs, rtol=1e-9, atol=0, equal_nan=True))


def _too_good(name: str, values: Floats, label: Floats, label_name: str) -> list[Smell]:
    both = np.isfinite(values) & np.isfinite(label)
    if int(both.sum()) < FEWEST_PAIRS:
        return []
    found = correlation(values[both], label[both])
    if not abs(found) > TOO_GOOD:
        return []
    message = (
        f"column {name!r}: correlation {found:.3f} with {label_name}, too good to be "
        "true."
    )
    hint = "Look for a value of the future in its formula."
    return [Smell(name, "too_good", message, hint)]


def correlation(x: Floats, y: Floats) -> float:
    """Pearson's, NaN where one of the two does not vary."""
    a, b = x - x.mean(), y - y.mean()
    # not `a @ b`: its threads cost more than they bring here, and move the last bit
    size = float(np.sqrt((a * a).sum() * (b * b).sum()))
    return float((a * b).sum()) / size if size > 0 else float("nan")
