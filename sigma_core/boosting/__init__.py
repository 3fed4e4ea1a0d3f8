"""Boosted trees (LightGBM), always in an exec'd child process.

1. `rows.py`      a matrix → rows sorted (session, ticker), float64, columns in order
2. `process.py`   `Trees`: the child, with a limit of time and one of memory
3. `child.py`     what the child does: fit, predict, contributions
4. `artifact.py`  `Model`: the text of the trees and its card; saved, checked, loaded

A damaged model file can end the process that reads it: its sha is checked first, and
the reader is the child.
"""
