"""How much of a matrix is there, why the rest is not, and what looks odd in it.

1. `required.py`  before anything is computed: the inputs each indicator needs, and
                  which of them nobody provides
2. `history.py`   what the bars say of each cell: is there a bar, how many before it
3. `causes.py`    for every missing cell of a column its one cause
4. `shares.py`    per column: share missing, causes with their fix, ok / warn / fail
5. `smells.py`    columns that are infinite, constant, copies, or too good (D14)
6. `drift.py`     columns whose values have moved since the sessions before

Definitions and hand-made tables: docs/definitions/coverage.md.
"""

from sigma_core.coverage.causes import CAUSES, EXCUSED, Need, causes, needs
from sigma_core.coverage.drift import drift, psi
from sigma_core.coverage.history import History, history, with_coarser
from sigma_core.coverage.required import PROVIDED, Required, require, required
from sigma_core.coverage.shares import ColumnCoverage, Coverage, Missing, coverage
from sigma_core.coverage.smells import Smell, smells

__all__ = [
    "CAUSES",
    "EXCUSED",
    "PROVIDED",
    "ColumnCoverage",
    "Coverage",
    "History",
    "Missing",
    "Need",
    "Required",
    "Smell",
    "causes",
    "coverage",
    "drift",
    "history",
    "needs",
    "psi",
    "require",
    "required",
    "smells",
    "with_coarser",
]
