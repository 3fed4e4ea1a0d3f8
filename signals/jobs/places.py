"""At which parameter it is said what is wrong with what a run is asked for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date

from sigma_core.errors import BadInput, Problem

#: code → the parameter that is to blame
OWN = {"unknown.pack": "pack", "unknown.model": "model_id"}
_FILE = re.compile(r"\.yaml\b")


@contextmanager
def at_parameters() -> Iterator[None]:
    """Within it what is wrong with names and files points at the parameter."""
    try:
        yield
    except BadInput as error:
        raise BadInput([at_parameter(one) for one in error.problems]) from None


def at_parameter(problem: Problem) -> Problem:
    """A fault in a file of a model is the model's, the file named in words."""
    if problem.code in OWN:
        return replace(problem, where=OWN[problem.code])
    if _FILE.search(problem.where):
        message = f"{problem.where}: {problem.message}"
        return replace(problem, where="model_id", message=message)
    return problem


def require_session(day: date | None, *, where: str) -> None:
    """BadInput at `where` for a day on which the exchange was closed, or that its
    calendar does not have; None is no day."""
    from sigma_core.sessions import exchange  # pandas and the calendars

    if day is None:
        return
    try:
        exchange().require(day)
    except BadInput as error:
        raise BadInput([replace(one, where=where) for one in error.problems]) from None
