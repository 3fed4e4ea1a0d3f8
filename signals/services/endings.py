"""How a run ends: always in a stated status, with a code and a sentence.

A good end is one transaction: the run's row is taken under its token, what the job
wrote is saved, and the status is set. Either all of it is there, or none.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from sigma_core.errors import Problem, SigmaError
from sigma_core.memory import memory_of
from signals import failpoints
from signals.jobs.base import Outcome
from signals.models import Run
from signals.services.leases import Lease
from signals.services.plain import plain

#: characters of a run's log that are kept, the newest
LOG_TAIL = 20_000


def run_folder(run_id: int) -> Path:
    """Where the artifacts of a run are."""
    folder: Path = settings.SIGMA_HOME / "runs" / str(run_id)
    return folder


#: what the process of the run's last attempt printed
OUTPUT = "output.log"


def staging_folder(lease: Lease) -> Path:
    """Where one attempt writes, out of the way of any other."""
    return run_folder(lease.run_id) / f"attempt_{lease.attempt}"


def succeed(
    lease: Lease,
    outcome: Outcome,
    *,
    steps: list[dict[str, Any]],
    tail: str,
    stoppable: bool = True,
) -> None:
    """Write what the job gave back and end the run, all or nothing.

    Not `stoppable`: what it did stays, so a cancel that came meanwhile is too late.
    """
    failpoints.hit("run.commit.before", nth=lease.attempt)
    with transaction.atomic():
        # takes the row: from here on nobody else has the run
        lease.write(stoppable=stoppable, percent=100)
        run = Run.objects.get(pk=lease.run_id)
        summary = {**outcome.summary, **outcome.save(run)}
        _keep_artifacts(lease, outcome)
        lease.end(
            status=Run.Status.SUCCEEDED,
            steps=steps,
            doing="",
            log=tail,
            reason_code="ok",
            reason="Done.",
            summary=plain(summary),
            fingerprint=plain(outcome.fingerprint),
            ended_at=timezone.now(),
            peak_memory_bytes=_peak(),
            **outcome.fields,
        )
        failpoints.hit("run.commit.inside", nth=lease.attempt)
    failpoints.hit("run.commit.after", nth=lease.attempt)
    _clear_staging(lease)


def _keep_artifacts(lease: Lease, outcome: Outcome) -> None:
    """Move them in place while the row is held: a worker that lost the run can't.

    What lies there is of an attempt that died, or of a run of that number in a database
    that was since put back: none of it is this run's.
    """
    _clear(run_folder(lease.run_id), but="attempt_")
    for name in outcome.artifacts:
        staged = staging_folder(lease) / name
        with staged.open("rb") as file:
            os.fsync(file.fileno())
        kept = run_folder(lease.run_id) / name
        kept.parent.mkdir(parents=True, exist_ok=True)  # `models/0/model.txt`
        staged.replace(kept)


def _clear_staging(lease: Lease) -> None:
    """Remove what attempts have staged, those that were killed included."""
    for folder in run_folder(lease.run_id).glob("attempt_*"):
        shutil.rmtree(folder, ignore_errors=True)


def clear(run_id: int) -> None:
    """Remove all that the attempts of a run have made: it ended without a result.

    One that died within its last transaction had moved its files in place already.
    """
    _clear(run_folder(run_id))


def _clear(folder: Path, *, but: str = OUTPUT) -> None:
    """Remove what is in a folder, but not its log, nor what begins with `but`."""
    for path in folder.iterdir() if folder.is_dir() else ():
        if path.name == OUTPUT or path.name.startswith(but):
            continue
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def fail(
    lease: Lease,
    *,
    code: str,
    reason: str,
    problems: Sequence[Problem] = (),
    **fields: object,
) -> None:
    """End the run as failed, with the reason in words."""
    _end(lease, Run.Status.FAILED, code, reason, problems, **fields)


def fail_on(lease: Lease, error: SigmaError, **fields: object) -> None:
    """End the run as failed on an error that says itself what is wrong."""
    reason = _first(error.problems)
    fail(lease, code=error.code, reason=reason, problems=error.problems, **fields)


def _first(problems: Sequence[Problem]) -> str:
    """The first problem in words, with its place, and how many more there are."""
    first, *others = problems
    where = f"{first.where}: " if first.where else ""
    more = f" And {len(others):,} more." if others else ""
    return f"{where}{first.message}{more}"


def cancel(lease: Lease, **fields: object) -> None:
    """End the run as cancelled on request."""
    _cancel(lease, "run.cancelled", **fields)


def interrupt(lease: Lease, **fields: object) -> None:
    """End the run as stopped from the keyboard it was started at."""
    _cancel(lease, "run.interrupted", **fields)


def _cancel(lease: Lease, code: str, **fields: object) -> None:
    _end(lease, Run.Status.CANCELLED, code, CANCELLED[code], (), **fields)


CANCELLED = {
    "run.cancelled": "Stopped on request.",
    "run.interrupted": "Stopped from the keyboard.",
}


def _end(
    lease: Lease,
    status: str,
    code: str,
    reason: str,
    problems: Sequence[Problem],
    **fields: object,
) -> None:
    fields.setdefault("peak_memory_bytes", _peak())
    if "steps" not in fields:  # we are not who did the work: ask the row
        steps = Run.objects.values_list("steps", flat=True).get(pk=lease.run_id)
        fields["steps"] = ended_steps(steps, status)
    lease.end(
        status=status,
        doing="",
        reason_code=code[:64],
        reason=reason,
        problems=[problem.as_dict() for problem in problems],
        ended_at=timezone.now(),
        **fields,
    )
    clear(lease.run_id)


def ended_steps(steps: list[dict[str, Any]], status: str) -> list[dict[str, Any]]:
    """The steps of a run somebody else had to end: the running one ends with it."""
    now = timezone.now().isoformat()
    ended = {"status": status, "ended_at": now}
    return [
        step | ended if step["status"] == "running" else dict(step) for step in steps
    ]


def _peak() -> int | None:
    memory = memory_of()
    return memory.peak if memory else None
