"""Bars and an indicator set → the feature matrix, warmed up, hashed, stored.

1. `layout.py`    `plan(iset)`: the set's entries → indicator calls and expressions, and
                  every fault of the set at once
2. `assemble.py`  `build(...)`: the columns on the sessions asked for, each ticker
                  computed from its first bar: one session or all, the same bits
3. `join.py`      columns of coarser bars at each finer one: the last that was over
4. `stored.py`    `named`, `store`, `load`: the sha256 that names a matrix; a
                  folder with one float32 .npy per column and the sha256 of each
5. `export.py`    `to_parquet`: one table, in each session's own units
"""

from sigma_core.matrix.assemble import build, of_values
from sigma_core.matrix.export import to_parquet
from sigma_core.matrix.join import Join
from sigma_core.matrix.layout import Plan, plan, problems
from sigma_core.matrix.stored import content_sha, load, named, store

__all__ = [
    "Join",
    "Plan",
    "build",
    "content_sha",
    "load",
    "named",
    "of_values",
    "plan",
    "problems",
    "store",
    "to_parquet",
]
