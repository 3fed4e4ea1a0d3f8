"""Steps: an indicator's value on the next bar, without the bars long gone.

1. `carry.py`      what a step is, and how a card gets one: `@step(...)`, `tail(...)`
2. `twins.py`      the shared loops of `windows.py` and `averages.py`, for one more bar
3. `averages.py`, `ranges.py`, `levels.py`, `windows.py`   the steps over own bars,
   `session.py`, `market.py` those that read a session, a benchmark or a universe
4. `tails.py`      indicators whose core itself runs over a few last bars

A step gives the bits of the full computation, never something near them:
`docs/definitions/states.md`.
"""
