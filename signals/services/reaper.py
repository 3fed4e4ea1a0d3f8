"""Runs whose worker is gone, and runs the queue forgot.

A dead worker renews no lease: its run goes back to the queue until it has been tried
`SIGMA_MAX_ATTEMPTS` times, then it fails with `worker_died`. No run stays `running`
for longer than its lease and one round of the reaper.
"""

from __future__ import annotations

from datetime import datetime
from functools import partial

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from sigma_core.errors import Problem
from signals.models import Run, RunQuerySet
from signals.services import bell, endings, leases

log = structlog.get_logger(__name__)


def reap(now: datetime) -> list[int]:
    """Take back runs whose lease has run out, ring for forgotten ones; their ids."""
    expired = Run.objects.expired(now).order_by("pk").values_list("pk", flat=True)
    return [run_id for run_id in expired if _reap_one(run_id, now)] + _ring_again(now)


def _reap_one(run_id: int, now: datetime) -> bool:
    """Take back one run, unless it is alive after all."""
    with transaction.atomic():
        rows = Run.objects.expired(now).filter(pk=run_id)
        # a locked row is in the transaction that ends it: its worker lives
        run = rows.select_for_update(skip_locked=True).first()
        status = take_back(run, why="The worker stopped answering.") if run else ""
    if run and status:
        log.warning("run taken back", run=run_id, attempt=run.attempt, status=status)
    return bool(status)


def take_back(run: Run, *, why: str) -> str:
    """A run whose worker is gone: queue it once more or end it. Its new status.

    '' and no change where the run has a new holder, or its lease was renewed, since
    `run` was read.
    """
    same = Run.objects.filter(
        pk=run.pk, token=run.token, lease_until=run.lease_until, status=run.status
    )
    if run.cancel_requested:
        return _end_cancelled(same, run)
    tail = f"{run.log}{why}\n"[-endings.LOG_TAIL :]
    if run.attempt < settings.SIGMA_MAX_ATTEMPTS:
        return requeue(same, run.pk, log=tail)
    return _end_died(same, run, why, tail)


def requeue(rows: RunQuerySet, run_id: int, **fields: object) -> str:
    """Hand a run to the queue again, bell and all; '' where it is too late."""
    with transaction.atomic():
        changed = rows.update(
            status=Run.Status.QUEUED,
            token=None,
            lease_until=None,
            rung_at=timezone.now(),
            percent=0,
            doing="",
            **fields,
        )
        if changed:
            bell.ring(run_id)
    return Run.Status.QUEUED if changed else ""


def _end_cancelled(rows: RunQuerySet, run: Run) -> str:
    changed = rows.update(
        status=Run.Status.CANCELLED,
        token=None,
        lease_until=None,
        doing="",
        steps=endings.ended_steps(run.steps, "cancelled"),
        reason_code="run.cancelled",
        reason=endings.CANCELLED["run.cancelled"],
        ended_at=timezone.now(),
    )
    return _cleared(run, Run.Status.CANCELLED) if changed else ""


def _end_died(rows: RunQuerySet, run: Run, why: str, tail: str) -> str:
    hint = (
        "Read the end of the run's log and the worker's own output; `dmesg` says "
        "whether the system ran out of memory. Then press Retry."
    )
    problem = Problem("worker_died", f"run {run.pk}", why, hint)
    changed = rows.update(
        status=Run.Status.FAILED,
        token=None,
        lease_until=None,
        doing="",
        steps=endings.ended_steps(run.steps, "failed"),
        reason_code=problem.code,
        reason=f"{why} It was tried {run.attempt} times, so it is not tried again.",
        problems=[problem.as_dict()],
        log=tail,
        ended_at=timezone.now(),
    )
    return _cleared(run, Run.Status.FAILED) if changed else ""


def _cleared(run: Run, status: str) -> str:
    """The status of a run that ended here, whose files go once that is written."""
    transaction.on_commit(partial(endings.clear, run.pk))
    return status


def _ring_again(now: datetime) -> list[int]:
    """Ring for runs that wait although the queue is empty; their bell was lost.

    While there are bells no worker has come to, a run just waits for its turn.
    """
    if bell.backlog(now):
        return []
    forgotten = Run.objects.filter(
        Q(rung_at=None) | Q(rung_at__lt=now - leases.length()), status=Run.Status.QUEUED
    )
    rung = []
    for run_id in forgotten.order_by("pk").values_list("pk", flat=True):
        with transaction.atomic():
            queued = Run.objects.filter(pk=run_id, status=Run.Status.QUEUED)
            if queued.update(rung_at=now):
                bell.ring(run_id)
                rung.append(run_id)
    return rung
