"""Places at which a test can make a process sleep, die or fail.

    SIGMA_FAILPOINT=name:n:action[,name:n:action …]

`n` is the n-th time the place is reached in one process; at places that belong to a
run it is the run's attempt, so that `scan.scores.before:1:kill` hits the first attempt
alone. `*` means every time. Actions: `sleep=SECONDS`, `kill` (SIGKILL to this very
process), `raise`. Unset, a place costs one look at a dict that is empty.
"""

from __future__ import annotations

import os
import signal
import time
from collections import Counter


class FailpointHit(Exception):
    """What the action `raise` raises: on purpose nothing the product knows."""


def parse(text: str) -> dict[str, tuple[str, str]]:
    """`name:n:action,…` → {name: (n, action)}; ValueError where it is not that."""
    armed: dict[str, tuple[str, str]] = {}
    for part in filter(None, text.split(",")):
        name, nth, action = part.split(":")
        if not (nth == "*" or nth.isdigit()):
            raise ValueError(f"SIGMA_FAILPOINT: {nth!r} is neither a number nor *.")
        verb, _, seconds = action.partition("=")
        if verb not in {"sleep", "kill", "raise"}:
            raise ValueError(f"SIGMA_FAILPOINT: unknown action {verb!r}.")
        if verb == "sleep":
            float(seconds)
        armed[name] = (nth, action)
    return armed


_armed = parse(os.environ.get("SIGMA_FAILPOINT", ""))
_hits: Counter[str] = Counter()


def hit(name: str, *, nth: int | None = None) -> None:
    """Do what is asked for at this place, if anything is."""
    if not _armed or name not in _armed:
        return
    _hits[name] += 1
    wanted, action = _armed[name]
    if wanted in {"*", str(nth if nth is not None else _hits[name])}:
        _act(name, action)


def _act(name: str, action: str) -> None:
    verb, _, seconds = action.partition("=")
    if verb == "sleep":
        time.sleep(float(seconds))
    elif verb == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    else:
        raise FailpointHit(f"failpoint {name}")
