"""Is what a model says true of sessions that it did not see?

1. `splits.py`    which sessions are trained on and which are tested, by date
2. `measures.py`  predictions beside what followed: IC, spread, hits, turnover
3. `baselines.py` what needs no learning, to compare with

A split is by session, never by row, and no label of training reaches a tested session.
Worked examples: docs/definitions/folds.md, docs/definitions/ic.md.
"""
