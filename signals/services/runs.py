"""The doors to runs: ask for one, do one here, stop one, try one again.

Page, API and command all come through here; each function checks, writes and returns.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from sigma_core.errors import BadInput, Problem
from signals.jobs import base
from signals.models import Run
from signals.services import bell, leases, work
from signals.services.leases import LostRun
from signals.services.reaper import reap
from signals.services.recorder import Listener, silent

if TYPE_CHECKING:
    from django.contrib.auth.models import User

__all__ = [
    "cancel_run",
    "create_run",
    "enqueue_run",
    "execute_here",
    "reap",
    "retry_run",
]
KEY_MAX = 128


def enqueue_run(
    *,
    kind: str,
    params: Mapping[str, object],
    user: User | None,
    idempotency_key: str | None = None,
) -> Run:
    """Queue a run for the worker.

    The same key of the same person with the same request gives the run it gave the
    first time; with another request BadInput `idempotency.reused`. BadInput too for
    parameters that are wrong; then there is no run. Only a person has keys.
    """
    return _create(kind, params, user, idempotency_key, queue=True)


def create_run(
    *,
    kind: str,
    params: Mapping[str, object],
    user: User | None = None,
    queue: bool = False,
) -> Run:
    """A run without an idempotency key; unless `queue`, hand it to `execute_here`."""
    return _create(kind, params, user, None, queue=queue)


def execute_here(run: Run, *, listener: Listener = silent) -> Run:
    """Do a run in this process, through the same life cycle; the run as it ended.

    A run that fails comes back as failed; only if it failed for what was asked of it,
    BadInput is raised too. LostRun if it was not ours to do, or no longer.
    """
    lease = leases.claim(run.pk)
    if lease is None:
        raise LostRun(run.pk)
    with leases.kept(lease):
        error = work.perform(lease, listener=listener)
    run.refresh_from_db()
    if isinstance(error, BadInput):
        raise error
    return run


def cancel_run(*, run: Run, user: User | None) -> Run:
    """Stop a run: at once if it waits, else as soon as its worker hears of it."""
    who = user.get_username() if user else "a command"
    waiting = Run.objects.filter(pk=run.pk, status=Run.Status.QUEUED)
    at_once = waiting.update(
        status=Run.Status.CANCELLED,
        cancel_requested=True,
        reason_code="run.cancelled",
        reason=f"Cancelled by {who} before it started.",
        ended_at=timezone.now(),
    )
    if not at_once:
        running = Run.objects.filter(pk=run.pk, status=Run.Status.RUNNING)
        if not running.update(cancel_requested=True):
            raise _ended(run)
    run.refresh_from_db()
    return run


def retry_run(*, run: Run, user: User | None) -> Run:
    """A new run that asks for the same as one that failed or was cancelled."""
    if run.status not in {Run.Status.FAILED, Run.Status.CANCELLED}:
        raise BadInput(
            Problem(
                "run.active" if run.is_active else "run.ended",
                f"run {run.pk}",
                f"it is {run.status}; only failed and cancelled runs are retried.",
                "Start a new run instead.",
            )
        )
    job = base.job_of(run.kind)
    return _insert(job, run.params, user, key=None, sha=run.request_sha, queue=True)


def _ended(run: Run) -> BadInput:
    run.refresh_from_db()
    message = f"this run has ended ({run.status}); there is nothing to cancel."
    return BadInput(Problem("run.ended", f"run {run.pk}", message))


def _create(
    kind: str,
    given: Mapping[str, object],
    user: User | None,
    key: str | None,
    *,
    queue: bool,
) -> Run:
    job = base.job_of(kind)
    params = base.parse_params(job, given)
    asked = params.model_dump(mode="json")
    sha = _request_sha(kind, asked)
    if key is not None:
        if user is None:
            raise ValueError("nothing keeps a key of nobody's from being used twice")
        _check_key(key)
        known = Run.objects.filter(user=user, idempotency_key=key).first()
        if known is not None:
            return _same_request(known, sha)
    job.check(params, local=user is None)
    try:
        return _insert(job, asked, user, key=key, sha=sha, queue=queue)
    except IntegrityError:  # another request with this key came first
        if key is None:
            raise
        return _same_request(Run.objects.get(user=user, idempotency_key=key), sha)


def _insert(
    job: base.Job[Any],
    asked: Mapping[str, object],
    user: User | None,
    *,
    key: str | None,
    sha: str,
    queue: bool,
) -> Run:
    """The row and, with it or not at all, its bell."""
    columns = job.fields(job.params.model_validate_json(json.dumps(asked)))
    with transaction.atomic():
        run: Run = Run.objects.create(
            kind=job.kind,
            params=asked,
            user=user,
            idempotency_key=key,
            request_sha=sha,
            rung_at=timezone.now(),
            **columns,
        )
        if queue:
            bell.ring(run.pk)
    return run


def _request_sha(kind: str, asked: Mapping[str, object]) -> str:
    text = json.dumps([kind, asked], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _check_key(key: str) -> None:
    if not (0 < len(key) <= KEY_MAX and key.isascii() and key.isprintable()):
        raise BadInput(
            Problem(
                "idempotency.invalid",
                "Idempotency-Key",
                f"a key is 1 to {KEY_MAX} printable ASCII characters.",
                "A random UUID does well.",
            )
        )


def _same_request(run: Run, sha: str) -> Run:
    """The run a key stands for, if this is the request that made it."""
    if run.request_sha == sha:
        return run
    raise BadInput(
        Problem(
            "idempotency.reused",
            "Idempotency-Key",
            "this key was used for another request.",
            "Send a new key with each new request.",
        )
    )
