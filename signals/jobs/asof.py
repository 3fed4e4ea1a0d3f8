"""As of a session or a moment: how it is written in a request, and what it means.

2026-03-11                     the session, of a finer model its last bar
2026-03-11T14:35-04:00         the bar that closed at that moment
2026-03-11T14:35 exchange      the same, on the exchange's own clocks
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Annotated

from django.utils import timezone
from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

from sigma_core.errors import BadInput
from signals.jobs.places import require_session

FORMS = (
    "Write a session as YYYY-MM-DD, a moment as 2026-03-11T14:35-04:00 or as "
    "'2026-03-11T14:35 exchange'."
)
MOST = 40
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_EXCHANGE = " exchange"


def read(text: str) -> date | datetime:
    """The session, or the moment with its zone; ValueError with the reason."""
    if _DAY.fullmatch(text):
        return date.fromisoformat(text)
    if len(text) > MOST:
        raise ValueError("it is neither a date nor a moment")
    plain = text.removesuffix(_EXCHANGE)
    try:
        found = datetime.fromisoformat(plain)
    except ValueError:
        raise ValueError("it is neither a date nor a moment") from None
    if plain == text:
        if found.tzinfo is None:
            raise ValueError("the moment has no time zone")
        return found
    if found.tzinfo is not None:
        raise ValueError("the moment has two time zones")
    from sigma_core.sessions import exchange  # the calendars: only who needs them pays

    return found.replace(tzinfo=exchange().zone)


def normal(text: str) -> str:
    """The one way to write it: a date, or a moment of UTC. Raises what `read` does."""
    found = read(text)
    if not isinstance(found, datetime):
        return found.isoformat()
    return found.astimezone(UTC).isoformat().replace("+00:00", "Z")


def day_of(when: date | datetime | None) -> date | None:
    """The session; of a moment its day on the exchange's clocks."""
    if not isinstance(when, datetime):
        return when
    from sigma_core.sessions import exchange  # as above

    return when.astimezone(exchange().zone).date()


def require(
    when: date | datetime | None, cadence: str, *, where: str = "as_of"
) -> None:
    """BadInput for a closed day, said of the parameter `where`, and for a moment at
    which no bar of the cadence closes; each names the one before."""
    if isinstance(when, datetime):
        from sigma_core.bars.moments import bar_ending  # pandas
        from sigma_core.sessions import exchange  # as above

        bar_ending(when, exchange(), cadence, timezone.now())
    else:
        require_session(when, where=where)


@contextmanager
def asked_as(name: str) -> Iterator[None]:
    """Within it what is wrong with a moment is said of the parameter of that name."""
    try:
        yield
    except BadInput as error:
        if not error.code.startswith("as_of."):
            raise
        faults = [replace(problem, where=name) for problem in error.problems]
        raise BadInput(faults) from error


def _checked(text: str) -> str:
    try:
        return normal(text)
    except ValueError as error:
        raise PydanticCustomError("date_as_of", "{why}", {"why": str(error)}) from None


#: A parameter of a job; kept as `normal` writes it.
AsOf = Annotated[str, AfterValidator(_checked)]
