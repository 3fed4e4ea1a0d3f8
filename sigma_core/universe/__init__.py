"""Universes: which tickers could be chosen on a session, from what was known before.

`members` (members.py) chains the filters of a `UniverseSpec` and counts the survivors
of each; market.py measures price, volume and age on the bars before each session.
"""

from sigma_core.universe.members import CODES, FUNDS, Step, Universe, Why, members

__all__ = ["CODES", "FUNDS", "Step", "Universe", "Why", "members"]
