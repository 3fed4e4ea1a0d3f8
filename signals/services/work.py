"""Doing the work of a run, in this process, for whoever holds its lease.

Whatever happens inside, the run ends in a stated status with a code and a sentence;
only a process that dies, or a database that is away, leaves that to others.
"""

from __future__ import annotations

import traceback

import structlog
from django.utils import timezone

from sigma_core.errors import Cancelled, Problem, SigmaError
from signals.jobs import base
from signals.models import Run
from signals.services import endings
from signals.services.leases import DATABASE_DOWN, Lease, LostRun
from signals.services.recorder import Listener, Recorder, silent

log = structlog.get_logger(__name__)


def perform(lease: Lease, *, listener: Listener = silent) -> SigmaError | None:
    """Do a claimed run to its end, good or bad; the known error it ended on, if any.

    LostRun if another worker has it. The database's own errors pass through: then the
    run is as it was, and its lease runs out.
    """
    run = Run.objects.get(pk=lease.run_id)
    try:
        job = base.job_of(run.kind)
    except SigmaError as error:  # queued by a version that knew more kinds
        endings.fail_on(lease, error)
        return error
    recorder = Recorder(lease, job, log=run.log, listener=listener)
    recorder.log(f"attempt {run.attempt}")
    try:
        params = base.parse_params(job, run.params)
        outcome = job.perform(_context(lease, run, recorder), params)
        recorder.close("done")
        endings.succeed(
            lease,
            outcome,
            steps=recorder.steps,
            tail=recorder.tail,
            stoppable=recorder.stoppable,
        )
    except (LostRun, *DATABASE_DOWN):
        raise  # not ours to end, or no way to write how it ended
    except Cancelled:
        endings.cancel(lease, **_last(recorder, "cancelled"))
    except KeyboardInterrupt:
        endings.interrupt(lease, **_last(recorder, "cancelled"))
        raise
    except SigmaError as error:
        for problem in error.problems:
            recorder.log(str(problem))
        endings.fail_on(lease, error, **_last(recorder, "failed"))
        return error
    except MemoryError:
        _fail_out_of_memory(lease, recorder)
    except Exception as error:
        _fail_unexpected(lease, recorder, error)
    return None


MEMORY_HINT = (
    "Raise SIGMA_RUN_MEMORY_BYTES, or use a smaller universe or fewer columns."
)


def _context(lease: Lease, run: Run, recorder: Recorder) -> base.Context:
    staging = endings.staging_folder(lease)
    staging.mkdir(parents=True, exist_ok=True)
    return base.Context(
        run=run,
        now=run.started_at or timezone.now(),
        progress=recorder.progress,
        log=recorder.log,
        staging=staging,
    )


def _last(recorder: Recorder, status: str) -> dict[str, object]:
    """The columns that tell how far it came."""
    recorder.close(status)
    return {"steps": recorder.steps, "log": recorder.tail}


def _fail_out_of_memory(lease: Lease, recorder: Recorder) -> None:
    message = "The run needed more memory than this machine has."
    problem = Problem("out_of_memory", f"run {lease.run_id}", message, MEMORY_HINT)
    last = _last(recorder, "failed")
    endings.fail(lease, code=problem.code, reason=message, problems=[problem], **last)


def _fail_unexpected(lease: Lease, recorder: Recorder, error: Exception) -> None:
    """A fault of ours: a sentence for people, the traceback in the log for us."""
    log.exception("run failed unexpectedly", run=lease.run_id)
    name = type(error).__name__
    message = f"Something went wrong that Sigma did not foresee ({name})."
    problem = Problem(
        "error.unexpected",
        f"run {lease.run_id}",
        message,
        "The run's log ends with the place in the code; please report it.",
    )
    last = _last(recorder, "failed")
    last["log"] = (recorder.tail + traceback.format_exc())[-endings.LOG_TAIL :]
    endings.fail(lease, code=problem.code, reason=message, problems=[problem], **last)
