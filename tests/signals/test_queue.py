"""What we rely on in django-q2: only a bell, and no more than we know of it."""

from __future__ import annotations

import datetime as dt
from importlib.metadata import version

import pytest
from django.db import transaction
from django.utils import timezone
from django_q.brokers import get_broker
from django_q.brokers.orm import ORM
from django_q.cluster import Cluster as QCluster
from django_q.conf import Conf
from django_q.models import OrmQ
from django_q.signing import SignedPackage

import tests.toys.jobs  # noqa: F401 # makes the kind `toy` known
from signals import cluster, tasks
from signals.models import Run
from signals.services import bell, runs

pytestmark = pytest.mark.django_db


def test_it_is_the_version_whose_source_was_read() -> None:
    assert version("django-q2").startswith("1.11.")


def test_it_keeps_the_queue_in_the_database_and_runs_no_schedules() -> None:
    assert isinstance(get_broker(), ORM)
    assert (Conf.SCHEDULER, Conf.BULK, Conf.CATCH_UP) == (False, 1, False)
    assert Conf.RETRY > Conf.TIMEOUT + 60
    assert Conf.ACK_FAILURES


def test_it_carries_nothing_but_the_number_of_a_run() -> None:
    run = runs.enqueue_run(kind="toy", params={"signals": 1}, user=None)
    task = SignedPackage.loads(OrmQ.objects.get().payload)
    assert (task["func"], task["args"], task["kwargs"]) == (bell.TASK, (run.pk,), {})


def test_it_rings_only_if_the_run_is_kept() -> None:
    with transaction.atomic():
        runs.enqueue_run(kind="toy", params={}, user=None)
        transaction.set_rollback(True)
    assert not OrmQ.objects.exists()


def test_it_offers_a_task_again_only_after_the_retry_time() -> None:
    """So the bell of a killed worker is silent for an hour; the reaper rings anew."""
    bell.ring(1)
    assert len(get_broker().dequeue()) == 1
    locked = OrmQ.objects.get().lock - timezone.now()
    assert locked > dt.timedelta(seconds=Conf.RETRY - 5)
    assert bell.backlog(timezone.now()) == 0


def test_it_does_nothing_for_a_run_that_has_ended() -> None:
    run = runs.cancel_run(
        run=runs.enqueue_run(kind="toy", params={}, user=None), user=None
    )
    tasks.execute_run(run.pk)  # a bell rung twice
    tasks.execute_run(10**9)  # or for a run that is not there
    assert Run.objects.get().status == "cancelled"


def test_it_leaves_queued_what_comes_while_it_stops(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(cluster, "is_stopping", lambda: True)
    run = runs.enqueue_run(kind="toy", params={}, user=None)
    tasks.execute_run(run.pk)
    run.refresh_from_db()
    assert (run.status, run.attempt, run.rung_at) == ("queued", 0, None)


def test_it_stops_by_a_handler_we_may_extend() -> None:
    assert callable(QCluster.sig_handler)
    assert cluster.Cluster.sig_handler is not QCluster.sig_handler
    assert not cluster.is_stopping()
