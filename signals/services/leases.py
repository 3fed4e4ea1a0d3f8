"""Who may write to a run: the holder of its lease, for as long as it holds it.

`claim` is one conditional UPDATE that gives the run a new token. Each later write names
that token, so a worker that was taken for dead (a long pause, a clock that jumped) and
wakes up changes nothing: it gets `LostRun` and stops.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import structlog
from django.conf import settings
from django.db import InterfaceError, OperationalError, connection
from django.db.models import F
from django.utils import timezone

from sigma_core.errors import Cancelled
from signals.models import Run, RunQuerySet

log = structlog.get_logger(__name__)
#: The database went away or said no for now; what was asked is not wrong.
DATABASE_DOWN = (OperationalError, InterfaceError)


class LostRun(Exception):
    """The run is no longer ours: its lease ran out and another worker may have it."""

    def __init__(self, run_id: int) -> None:
        super().__init__(f"run {run_id} belongs to another worker now")


@dataclass(frozen=True)
class Lease:
    """The right to write to one run, as its `attempt`-th worker."""

    run_id: int
    token: uuid.UUID
    attempt: int

    def rows(self) -> RunQuerySet:
        """The run, if it is still ours; else no row."""
        return Run.objects.filter(
            pk=self.run_id, token=self.token, status=Run.Status.RUNNING
        )

    def write(self, *, stoppable: bool = True, **fields: object) -> None:
        """Change the row; LostRun if it is not ours, Cancelled if told to stop.

        Work that is not `stoppable` any more is not told.
        """
        rows = self.rows()
        if (rows.filter(cancel_requested=False) if stoppable else rows).update(
            **fields
        ):
            return
        if self.rows().exists():
            raise Cancelled
        raise LostRun(self.run_id)

    def end(self, **fields: object) -> None:
        """The same, for the last write of a run that can't be stopped any more."""
        if not self.rows().update(token=None, lease_until=None, **fields):
            raise LostRun(self.run_id)

    def renew(self) -> None:
        """Keep the run for another lease; LostRun if it is too late."""
        if not self.rows().update(lease_until=timezone.now() + length()):
            raise LostRun(self.run_id)

    def hand_back(self) -> None:
        """Queue the run again as if we had never had it; no attempt is used up."""
        self.rows().update(
            status=Run.Status.QUEUED,
            attempt=F("attempt") - 1,
            token=None,
            lease_until=None,
            rung_at=None,  # the next reaper rings at once
            percent=0,
            doing="",
        )

    def is_cancelled(self) -> bool:
        """Whether someone asked the run to stop."""
        return self.rows().filter(cancel_requested=True).exists()


def length() -> timedelta:
    """How long a lease lasts if it is not renewed."""
    return timedelta(seconds=settings.SIGMA_LEASE_SECONDS)


def claim(run_id: int) -> Lease | None:
    """Take a queued run: its lease, or None where there is nothing to take."""
    token = uuid.uuid4()
    now = timezone.now()
    queued = Run.objects.filter(pk=run_id, status=Run.Status.QUEUED)
    claimed = queued.update(
        status=Run.Status.RUNNING,
        attempt=F("attempt") + 1,
        token=token,
        lease_until=now + length(),
        started_at=now,
        ended_at=None,
        steps=[],
        percent=0,
        doing="",
    )
    if not claimed:
        return None
    attempt = Run.objects.values_list("attempt", flat=True).get(pk=run_id)
    return Lease(run_id=run_id, token=token, attempt=attempt)


@contextmanager
def kept(lease: Lease) -> Iterator[None]:
    """Renews the lease from a thread of its own while the work goes on."""
    done = threading.Event()
    thread = threading.Thread(
        target=_keep, args=(lease, done), name=f"lease of run {lease.run_id}"
    )
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def _keep(lease: Lease, done: threading.Event) -> None:
    """Renew three times per lease until done; a thread has its own connection."""
    try:
        while not done.wait(settings.SIGMA_LEASE_SECONDS / 3):
            try:
                lease.renew()
            except DATABASE_DOWN as error:  # there are two more tries to a lease
                log.warning("lease not renewed", run=lease.run_id, error=str(error))
                connection.close()
            except LostRun:
                return  # the next write of the work says so where it matters
    finally:
        connection.close()
