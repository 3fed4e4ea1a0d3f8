"""The Luck line: how a result stands among all that was tried, said plainly."""

from __future__ import annotations


def luck_words(trials: int, share: float | None) -> str:
    """`212 variants tried; the best of 212 lucky ones would look this good 38 times in
    100.` `share` is how often; None: it can't be said yet.
    """
    tried = "1 variant tried" if trials == 1 else f"{trials:,} variants tried"
    if share is None:
        return f"{tried}; too few sessions to tell skill from luck."
    who = "a lucky one" if trials == 1 else f"the best of {trials:,} lucky ones"
    return f"{tried}; {who} would look this good {_often(share)}."


def _often(share: float) -> str:
    times = round(100 * share)
    if times == 0:
        return "less than once in 100 times"
    if times == 100:
        return "nearly always"
    return "once in 100 times" if times == 1 else f"{times} times in 100"
