"""What a run says of itself while it goes on: steps, percent, words, log."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from django.utils import timezone

from signals import failpoints
from signals.jobs.base import Job
from signals.services.endings import LOG_TAIL
from signals.services.leases import Lease

#: seconds between two writes within one step: a page asks no more often
QUIET = 0.3
#: listener(step label, percent of the run, words): a command's progress lines
Listener = Callable[[str, int, str], None]


def silent(label: str, percent: int, words: str) -> None:
    """For runs that nobody watches from a terminal."""


class Recorder:
    """Writes the progress of one run, each time under its lease.

    `progress` is where a run notices that it was cancelled or lost. From the start of
    a step that commits it is not `stoppable`: it goes on to its end.
    """

    def __init__(
        self, lease: Lease, job: Job[Any], *, log: str, listener: Listener
    ) -> None:
        self._lease, self._job, self._listener = lease, job, listener
        self._at = -1
        self._written = 0.0
        self._percent = 0
        self.stoppable = True
        self.tail = log
        self.steps: list[dict[str, Any]] = [
            {
                "name": step.name,
                "label": step.label,
                "status": "waiting",
                "started_at": None,
                "ended_at": None,
                "detail": "",
            }
            for step in job.steps
        ]

    def progress(self, step: str, fraction: float, words: str) -> None:
        """Note how far the work is; a step ends where the next begins."""
        at = self._index(step)
        entered = at != self._at
        if entered:
            self._leave("done")
            self._enter(at)
        self._percent = max(self._percent, self._share_done(fraction))
        if words:
            self.steps[at]["detail"] = words[:200]
        now = time.monotonic()
        if entered or now - self._written >= QUIET:
            self._written = now
            self._write(words)

    def log(self, line: str) -> None:
        """Add a line to the run's log; it is stored with the next progress."""
        stamp = timezone.now().strftime("%H:%M:%S")
        self.tail = f"{self.tail}{stamp} {line}\n"[-LOG_TAIL:]

    def close(self, status: str) -> None:
        """End the step the work is in, as `done`, `failed` or `cancelled`."""
        self._leave(status)
        self._at = -1

    def _index(self, step: str) -> int:
        for at, known in enumerate(self._job.steps):
            if known.name == step:
                return at
        raise ValueError(f"{self._job.kind} has no step {step!r}")

    def _enter(self, at: int) -> None:
        self._at = at
        self.steps[at] |= {
            "status": "running",
            "started_at": timezone.now().isoformat(),
        }
        # stored first, so that a page shows the step in which a process dies
        self._write(self._job.steps[at].label)
        if self._job.steps[at].commits:
            self.stoppable = False  # that was the last look at a cancel
        self._hit("before")

    def _leave(self, status: str) -> None:
        if self._at < 0:
            return
        step = self.steps[self._at]
        step |= {"status": status, "ended_at": timezone.now().isoformat()}
        self.log(f"{step['label']}: {step['detail'] or status}")
        if status == "done":
            self._hit("after")

    def _hit(self, when: str) -> None:
        name = f"{self._job.kind}.{self._job.steps[self._at].name}.{when}"
        failpoints.hit(name, nth=self._lease.attempt)

    def _share_done(self, fraction: float) -> int:
        shares = [step.share for step in self._job.steps]
        done = sum(shares[: self._at]) + shares[self._at] * min(max(fraction, 0.0), 1.0)
        return min(99, int(100 * done / sum(shares)))

    def _write(self, words: str) -> None:
        self._lease.write(
            stoppable=self.stoppable,
            steps=self.steps,
            percent=self._percent,
            doing=words[:200],
            log=self.tail,
        )
        self._listener(self.steps[self._at]["label"], self._percent, words)
