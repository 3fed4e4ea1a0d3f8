"""Holding an answer back until a run has ended, for callers that ask for it."""

from __future__ import annotations

import threading
import time

from signals.models import Run

LOOK_EVERY = 0.2
#: callers that may wait in one process; with more, the site's threads would run out
_seats = threading.BoundedSemaphore(2)


def wait_for(run: Run, *, seconds: float) -> Run:
    """The run as it is once it has ended, or when the time is up.

    When too many wait already it comes back at once: the caller can ask again.
    """
    if not run.is_active or seconds <= 0 or not _seats.acquire(blocking=False):
        return run
    try:
        deadline = time.monotonic() + seconds
        while run.is_active and (left := deadline - time.monotonic()) > 0:
            time.sleep(min(LOOK_EVERY, left))
            run.refresh_from_db()
    finally:
        _seats.release()
    return run
