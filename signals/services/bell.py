"""Telling the queue that a run waits.

The queue (django-q2, ORM broker) is only a bell: a task says "run number N", the run's
row says everything else. A bell rung twice, or for a run that is done, does nothing;
a bell that is lost is rung again by the reaper.
"""

from __future__ import annotations

from datetime import datetime

from django_q.conf import Conf
from django_q.models import OrmQ
from django_q.tasks import async_task

TASK = "signals.tasks.execute_run"


def ring(run_id: int) -> None:
    """Put the run's number on the queue.

    The queue is a table of the same database: rung inside a transaction, the bell
    sounds if and when that commits, so a run is never there without its bell.
    """
    async_task(TASK, run_id, task_name=f"run {run_id}")


def backlog(now: datetime) -> int:
    """Bells that no worker has taken up yet."""
    waiting: int = OrmQ.objects.filter(key=Conf.CLUSTER_NAME, lock__lte=now).count()
    return waiting
