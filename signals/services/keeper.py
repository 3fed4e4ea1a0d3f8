"""The worker's housekeeping between runs: the reaper's rounds, and a sign of life."""

from __future__ import annotations

import os
import socket
import time
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import connection
from django.utils import timezone

from signals.models import Heartbeat
from signals.services.leases import DATABASE_DOWN
from signals.services.reaper import reap

log = structlog.get_logger(__name__)

WORKER = "worker"
#: seconds between two rounds; four rounds without a sign of life look dead
ROUND = 5.0


def worker_seen_at() -> datetime | None:
    """When a worker last gave a sign of life; None if none ever did."""
    return (
        Heartbeat.objects.filter(name=WORKER).values_list("seen_at", flat=True).first()
    )


def is_worker_alive(now: datetime) -> bool:
    """Whether a worker was seen in the last rounds."""
    seen = worker_seen_at()
    return seen is not None and now - seen < timedelta(seconds=4 * ROUND)


class Keeper:
    """Makes a round whenever one is due; a database that is away is tried again."""

    def __init__(self) -> None:
        self._due = 0.0
        self._every = min(ROUND, settings.SIGMA_LEASE_SECONDS / 3)

    def turn(self) -> None:
        """Make a round if it is time for one."""
        if time.monotonic() < self._due:
            return
        self._due = time.monotonic() + self._every
        try:
            self._round(timezone.now())
        except DATABASE_DOWN as error:
            log.warning("no round: the database is away", error=str(error))
            connection.close()  # the next round opens a new one

    def _round(self, now: datetime) -> None:
        here = {"host": socket.gethostname(), "pid": os.getpid(), "seen_at": now}
        Heartbeat.objects.update_or_create(name=WORKER, defaults=here)
        reap(now)
