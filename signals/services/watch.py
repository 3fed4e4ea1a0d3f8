"""One run in a child process, watched from the queue's worker.

The child is started with exec: a forked one would inherit threads and locks that numba
and deltalake can't live with. It does the work and writes how it ended; the parent
renews the lease and ends what the child can't end itself: one that wants too much
memory or time, does not hear that it was cancelled, or dies.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import structlog
from django.conf import settings
from django.db import connection

from sigma_core.errors import Problem
from sigma_core.memory import memory_of
from sigma_core.tether import tethered
from signals.jobs import base
from signals.models import Run
from signals.services import endings, leases, reaper, work
from signals.services.leases import DATABASE_DOWN, Lease, LostRun

log = structlog.get_logger(__name__)

#: seconds between two looks at the child, and at what the database says of it
LOOK = 0.2
ASK = 1.0
#: seconds in which a cancelled child may stop by itself
GRACE = 5.0
#: exit status of a child that could not reach the database (EX_TEMPFAIL)
TRY_AGAIN = 75
TOKEN = "SIGMA_RUN_TOKEN"  # noqa: S105 # the name of a variable, not a secret


@dataclass
class Child:
    """The process of one run, with what was seen of it."""

    process: subprocess.Popen[bytes]
    output: Path
    started: float = field(default_factory=time.monotonic)
    peak: int = 0

    def ends_within(self, seconds: float) -> bool:
        """Whether it has ended, waiting so long for it."""
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def is_too_big(self) -> bool:
        """Whether it holds more memory than a run may."""
        memory = memory_of(self.process.pid)
        if memory is None:
            return False
        self.peak = max(self.peak, memory.peak)
        return memory.held > int(settings.SIGMA_RUN_MEMORY_BYTES)

    def is_too_slow(self) -> bool:
        """Whether it has worked for longer than a run may."""
        return time.monotonic() - self.started > int(settings.SIGMA_RUN_SECONDS)

    def kill(self) -> None:
        """End it and all it started, now."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def last_words(self) -> str:
        """The end of what it printed: the only trace of a crash in native code."""
        return self.output.read_text(errors="replace")[-2000:].strip()


def oversee(run_id: int, *, should_stop: Callable[[], bool] = lambda: False) -> None:
    """Claim a run, have a child do it, see it ended; nothing if it is not queued."""
    if should_stop():
        Run.objects.filter(pk=run_id, status=Run.Status.QUEUED).update(rung_at=None)
        return
    lease = leases.claim(run_id)
    if lease is None:
        return
    log.info("run started", run=run_id, attempt=lease.attempt)
    child = _start(lease)
    try:
        verdict = Watch(lease, child, should_stop).verdict()
    finally:
        child.kill()
        # it may have had no time for that
        shutil.rmtree(endings.staging_folder(lease), ignore_errors=True)
    log.info("run left by its child", run=run_id, verdict=verdict)
    try:
        VERDICTS[verdict](lease, child)
    except LostRun:
        log.info("run had ended, or has another worker", run=run_id)


def _start(lease: Lease) -> Child:
    folder = endings.run_folder(lease.run_id)
    folder.mkdir(parents=True, exist_ok=True)
    output = folder / endings.OUTPUT
    manage = [sys.executable, str(settings.BASE_DIR / "manage.py")]
    with output.open("wb") as file:
        process = subprocess.Popen(  # noqa: S603 # our own program
            tethered([*manage, "execute_run", str(lease.run_id)], signal.SIGKILL),
            env=os.environ | {TOKEN: str(lease.token)},  # never in argv: ps shows it
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            process_group=0,
        )
    return Child(process, output)


class Watch:
    """The looks at one child until it ends, or has to."""

    def __init__(
        self, lease: Lease, child: Child, should_stop: Callable[[], bool]
    ) -> None:
        self._lease, self._child, self._should_stop = lease, child, should_stop
        self._renewed = self._asked = time.monotonic()
        self._told_to_stop: float | None = None

    def verdict(self) -> str:
        """How it came to its end; a key of `VERDICTS`."""
        while not self._child.ends_within(LOOK):
            if verdict := self._look() or self._ask():
                return verdict
        return "ended"

    def _look(self) -> str:
        """What the child's process says, and our own."""
        if self._child.is_too_big():
            return "out_of_memory"
        if self._child.is_too_slow():
            return "out_of_time"
        return "handed_back" if self._should_stop() else ""

    def _ask(self) -> str:
        """What the run's row says, asked every second; renews the lease on the way."""
        now = time.monotonic()
        third = settings.SIGMA_LEASE_SECONDS / 3
        if self._told_to_stop and now - self._told_to_stop > GRACE:
            return "cancelled"
        if now - self._asked < min(ASK, third):
            return ""
        self._asked = now
        try:
            if self._told_to_stop is None and self._is_to_stop():
                self._told_to_stop = now
            if now - self._renewed > third:
                self._lease.renew()
                self._renewed = now
        except LostRun:  # most likely the child has just ended the run
            return "ended" if self._child.ends_within(GRACE) else "lost"
        except DATABASE_DOWN as error:
            log.warning("lease not renewed", run=self._lease.run_id, error=str(error))
            connection.close()
            return "lost" if now - self._renewed > 3 * third else ""
        return ""

    def _is_to_stop(self) -> bool:
        """Whether it was cancelled before it began a step that commits.

        A cancel that came later waits for the run's end: there is no grace to run out.
        The order is safe: a child enters such a step by an UPDATE that only succeeds
        while no cancel is there, so once we see the cancel, the steps are final.
        """
        if not self._lease.is_cancelled():
            return False
        run = self._lease.rows().first()
        return run is not None and not base.has_committed(run)


def _ended(lease: Lease, child: Child) -> None:
    """The child ended by itself: the run too, unless the child crashed."""
    run = lease.rows().first()
    if run is None:
        return
    run.log += child.last_words() + "\n"
    reaper.take_back(run, why=_cause(child.process.returncode))


def _cause(status: int) -> str:
    if status == TRY_AGAIN:
        return "The database could not be reached."
    if status < 0:
        return f"The run's process was ended by {signal.Signals(-status).name}."
    return f"The run's process ended with status {status} and left no reason."


def _out_of_memory(lease: Lease, child: Child) -> None:
    limit = settings.SIGMA_RUN_MEMORY_BYTES / 2**20
    reason = f"The run needed more than the {limit:,.0f} MB of memory it may have."
    _fail(lease, child, "out_of_memory", reason, work.MEMORY_HINT)


def _out_of_time(lease: Lease, child: Child) -> None:
    reason = f"The run took longer than the {settings.SIGMA_RUN_SECONDS} s it may take."
    _fail(lease, child, "out_of_time", reason, "Raise SIGMA_RUN_SECONDS, or ask less.")


def _fail(lease: Lease, child: Child, code: str, reason: str, hint: str) -> None:
    problem = Problem(code, f"run {lease.run_id}", reason, hint)
    endings.fail(
        lease,
        code=code,
        reason=reason,
        problems=[problem],
        peak_memory_bytes=child.peak,
    )


#: what is done with the run for each way in which the watch ends
VERDICTS: dict[str, Callable[[Lease, Child], None]] = {
    "ended": _ended,
    "out_of_memory": _out_of_memory,
    "out_of_time": _out_of_time,
    "cancelled": lambda lease, child: endings.cancel(
        lease, peak_memory_bytes=child.peak
    ),
    "handed_back": lambda lease, child: lease.hand_back(),
    "lost": lambda lease, child: None,
}
