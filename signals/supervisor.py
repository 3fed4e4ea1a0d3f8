"""Keeps programs running as children of this process, and ends them together.

Each child is started with exec, in a process group of its own, so that Ctrl-C in the
terminal reaches the supervisor alone, which then asks the children to stop. A child
that ends by itself is started again, after a pause that doubles each time. One that
outlives its supervisor (kill -9) gets SIGTERM from the kernel.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import structlog

from sigma_core.tether import tethered

log = structlog.get_logger(__name__)

LOOK = 0.2
#: pauses before a restart, in seconds; a child that ran long enough starts afresh
FIRST_PAUSE, LONGEST_PAUSE, STEADY = 1.0, 30.0, 60.0
#: seconds a child may take to stop, before it is killed; one that has children of its
#: own to wait for gets more
PATIENCE = 10.0


@dataclass
class Program:
    """One child: what is run, and what became of it."""

    name: str
    argv: list[str]
    env: Mapping[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    pause: float = FIRST_PAUSE
    due: float = 0.0

    def start(self) -> None:
        """Start it; it ends with this process."""
        self.process = subprocess.Popen(  # noqa: S603 # our own programs
            tethered(self.argv, signal.SIGTERM),
            env=os.environ | self.env,
            stdin=subprocess.DEVNULL,
            process_group=0,
        )
        self.started = time.monotonic()
        log.info("started", program=self.name, pid=self.process.pid)

    def look(self) -> None:
        """Start it again if it has ended and its pause is over."""
        now = time.monotonic()
        if self.process is None:
            if now >= self.due:
                self.start()
        elif (status := self.process.poll()) is not None:
            if now - self.started > STEADY:
                self.pause = FIRST_PAUSE
            log.error("ended", program=self.name, status=status, again_in=self.pause)
            self.process, self.due = None, now + self.pause
            self.pause = min(2 * self.pause, LONGEST_PAUSE)

    def signal(self, signum: signal.Signals) -> None:
        """Send a signal to it, if it runs."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signum)

    def end(self, deadline: float) -> None:
        """Wait for it to stop, and kill it and its group at the deadline."""
        if self.process is None:
            return
        try:
            self.process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            log.error("killed, as it would not stop", program=self.name)
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


def supervise(
    programs: list[Program],
    *,
    between: Callable[[], None] = lambda: None,
    patience: float = PATIENCE,
) -> None:
    """Keep the programs running until SIGTERM or SIGINT; then stop them all.

    `between` is called between looks, about five times a second.
    """
    stop: list[int] = []
    handlers = {
        signum: signal.signal(signum, lambda got, _: stop.append(got))
        for signum in (signal.SIGTERM, signal.SIGINT)
    }
    try:
        while not stop:
            for program in programs:
                program.look()
            between()
            time.sleep(LOOK)
    finally:
        _stop(programs, patience)
        for signum, handler in handlers.items():
            signal.signal(signum, handler)


def _stop(programs: list[Program], patience: float) -> None:
    for program in programs:
        program.signal(signal.SIGTERM)
    deadline = time.monotonic() + patience
    for program in programs:
        program.end(deadline)
    log.info("stopped", programs=[program.name for program in programs])
