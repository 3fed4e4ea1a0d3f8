"""Runs a program that ends when the process that started it ends, however that ends.

    python tether.py PARENT SIGNAL PROGRAM [ARGUMENT…]

asks the kernel to send SIGNAL to this process when its parent dies, makes sure that
the parent (process PARENT) has not died already, and becomes the program: the request
outlives exec. So kill -9 of a worker takes the run it was doing with it. Linux only;
elsewhere the program just runs, and a lost run ends when its lease does.

It imports nothing of Sigma, as it runs before any of it.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # <linux/prctl.h>


def tie_to_parent(parent: int, signum: int) -> None:
    """From now on this process gets `signum` when process `parent`, its own, dies."""
    if sys.platform != "linux":
        return
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_PDEATHSIG, signum, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG)")
    if os.getppid() != parent:  # it died before we could ask
        os.kill(os.getpid(), signum)


def tethered(argv: list[str], signum: signal.Signals) -> list[str]:
    """The command line that runs `argv` tied to the process that starts it."""
    return [sys.executable, __file__, str(os.getpid()), str(int(signum)), *argv]


if __name__ == "__main__":
    tie_to_parent(int(sys.argv[1]), int(sys.argv[2]))
    os.execv(sys.argv[3], sys.argv[3:])  # noqa: S606 # no shell is what we want
