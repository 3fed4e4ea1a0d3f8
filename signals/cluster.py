"""The queue's processes (django-q2's cluster), so that they end when they should.

As django-q2 1.11 comes, a cluster that is told to stop waits for runs to end, however
long they take, and one that is killed leaves its forked workers behind, which go on
taking work. Here a stop makes the workers hand their runs back at once, and every
forked process ends when the one that forked it does.
"""

from __future__ import annotations

import mmap
import os
import signal
from types import FrameType

from django_q.cluster import Cluster as QCluster

from sigma_core.tether import tie_to_parent

# One byte of memory shared with the processes that are forked later. No lock: a
# process that is killed while it holds one would hang all others.
_stopping = mmap.mmap(-1, 1)


def is_stopping() -> bool:
    """Whether the cluster this process belongs to was told to stop."""
    return _stopping[0] == 1


class Cluster(QCluster):  # type: ignore[misc] # django-q2 has no types
    """django-q2's cluster, which hands its runs back when it is told to stop."""

    def sig_handler(self, signum: int, frame: FrameType | None) -> None:
        """On SIGTERM and SIGINT: tell the workers, then wait for them to be done."""
        _stopping[0] = 1
        super().sig_handler(signum, frame)


def start() -> None:
    """Start the processes; returns while they work (the interpreter waits for them)."""
    parent = os.getpid()

    def tie() -> None:
        nonlocal parent
        tie_to_parent(parent, signal.SIGKILL)
        parent = os.getpid()  # for those forked from here

    os.register_at_fork(after_in_child=tie)
    Cluster().start()
