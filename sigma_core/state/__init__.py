"""States: what indicators remember of all bars so far, so that a new bar is enough.

1. `advance.py`   a state, made from stored bars or taken some bars further
2. `stored.py`    a state on disk: whole or not there, checked when it is read

A state gives, to the last bit, what the full computation gives from the first bar on.
It carries the seal of the bars it stands on; on other bars it is not used.
Definition and worked example: `docs/definitions/states.md`.
"""

from sigma_core.state.advance import (
    Around,
    State,
    advance,
    advanced,
    around_of,
    file_name,
    fresh,
    made_from,
)
from sigma_core.state.stored import load, save

__all__ = [
    "Around",
    "State",
    "advance",
    "advanced",
    "around_of",
    "file_name",
    "fresh",
    "load",
    "made_from",
    "save",
]
