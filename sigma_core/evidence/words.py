"""The Luck line: how a result stands among all that was tried, said plainly."""

from __future__ import annotations

from datetime import date


def luck_words(trials: int, share: float | None) -> str:
    """`212 variants tried; the best of 212 lucky ones would look this good 38 times in
    100.` `share` is how often; None: it can't be said yet.
    """
    tried = "1 variant tried" if trials == 1 else f"{trials:,} variants tried"
    if share is None:
        return f"{tried}; too few sessions to tell skill from luck."
    who = "a lucky one" if trials == 1 else f"the best of {trials:,} lucky ones"
    return f"{tried}; {who} would look this good {_often(share)}."


def judged_on_words(first: date, last: date, run: int | None) -> str:
    """`Judged on 5 Jan 2021 to 17 Dec 2021, run 7.` Of a backtest whose trial keeps the
    returns of another run; None: that run was deleted."""
    whose = "of a deleted run" if run is None else f"run {run}"
    return f"Judged on {_day(first)} to {_day(last)}, {whose}."


def _day(day: date) -> str:
    return f"{day.day} {day:%b %Y}"


def _often(share: float) -> str:
    times = round(100 * share)
    if times == 0:
        return "less than once in 100 times"
    if times == 100:
        return "nearly always"
    return "once in 100 times" if times == 1 else f"{times} times in 100"
