"""As of a session or a moment: how it is written in a request, and what it means.

2026-03-11                     the session, of a finer model its last bar
2026-03-11T14:35-04:00         the bar that closed at that moment
2026-03-11T14:35 exchange      the same, on the exchange's own clocks
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Annotated

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

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


def _checked(text: str) -> str:
    try:
        return normal(text)
    except ValueError as error:
        raise PydanticCustomError("date_as_of", "{why}", {"why": str(error)}) from None


#: A parameter of a job; kept as `normal` writes it.
AsOf = Annotated[str, AfterValidator(_checked)]
