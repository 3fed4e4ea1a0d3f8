"""`manage.py quickstart`: from an empty machine to ranked signals in the browser.

1. the database, then the kernels that the first scan needs, compiled once
2. the web process and the worker, as `serve` starts them
3. the demo market and the first scan, as runs that the worker does
4. the list, a one-time login link, and the site until Ctrl-C; the other kernels are
   compiled meanwhile

Each step is safe to repeat; what is there already is left as it is.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.urls import reverse

from accounts import services as accounts
from sigma_core.tether import tethered
from signals.management.doors import BAD_INPUT, FAILED, DoorCommand
from signals.management.tables import scan_text
from signals.models import Run
from signals.services import runs

MODEL = ("swingsigma", "universe_eq_swing_daily_breakout_scanner")
STEPS = 6
LOOK = 0.2
#: seconds for the web process to answer, and for one run to end
STARTS_WITHIN, ENDS_WITHIN = 60.0, 600.0
MANAGE = (sys.executable, str(settings.BASE_DIR / "manage.py"))
#: ports tried after one that is taken
PORTS = 20


class Command(DoorCommand):
    """One command, one Ctrl-C."""

    help = "Make all that is needed, run a first scan, show its signals, and serve."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Where to serve, and whether to stay."""
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument(
            "--no-serve", action="store_true", help="end after the list"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """All steps, a line each."""
        self.began, self.step = time.monotonic(), 0
        self.tell("database and secret key")
        manage("migrate", "--verbosity", "0")
        self.tell("kernels (compiled on the first run)")
        manage("warm_kernels", "--model", "/".join(MODEL))
        port = free_port(options["port"])
        self.tell(f"web process and worker on port {port}")
        with Site(port) as site:
            site.wait()
            self.tell("the synthetic demo market")
            self.done(site, "demo", {})
            self.tell("first scan: SwingSigma breakout")
            pack, model_id = MODEL
            params = {"pack": pack, "model_id": model_id, "dataset": "demo"}
            run = self.done(site, "scan", params)
            self.tell("first signals")
            self.stdout.write("\n" + scan_text(run) + "\n")
            self.welcome(port, stays=not options["no_serve"])
            if not options["no_serve"]:
                site.stay()

    def tell(self, what: str) -> None:
        """One progress line."""
        self.step += 1
        took = time.monotonic() - self.began
        self.stdout.write(f"[{self.step}/{STEPS}] {took:5.1f} s  {what}")
        self.stdout.flush()

    def done(self, site: Site, kind: str, params: dict[str, Any]) -> Run:
        """A run, done by the worker; CommandError with its reason if it fails."""
        run = runs.create_run(kind=kind, params=params, queue=True)
        wait_for(lambda: ended(run), ENDS_WITHIN, f"run {run.pk} did not end", site)
        if run.status != Run.Status.SUCCEEDED:
            raise CommandError(
                f"Run {run.pk} {run.status}: {run.reason}", returncode=FAILED
            )
        return run

    def welcome(self, port: int, *, stays: bool) -> None:
        """Where to go and how to get in."""
        link = reverse("login_link", args=[accounts.first_admin()])
        address = f"http://localhost:{port}"
        took = time.monotonic() - self.began
        self.stdout.write(f"\nFirst signals after {took:.0f} s.")
        if not stays:
            self.stdout.write(
                "`make demo` serves the site; `make login` prints a login link."
            )
            return
        self.stdout.write(f"Sigma is at  {address}/")
        self.stdout.write(f"Log in once: {address}{link}")
        self.stdout.write("`make login` prints a new link. Ctrl-C ends the site.")
        self.stdout.flush()


def manage(*argv: str) -> None:
    """Another command, in a process of its own; its words only if it fails."""
    done = subprocess.run(  # noqa: S603 # our own program
        [*MANAGE, *argv],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise CommandError(
            f"{argv[0]} failed:\n{done.stdout}{done.stderr}", returncode=FAILED
        )


def free_port(wanted: int) -> int:
    """The wanted port, or the next one that nobody listens on."""
    for port in range(wanted, wanted + PORTS):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise CommandError(
        f"Ports {wanted} to {wanted + PORTS - 1} are taken. Choose with --port.",
        returncode=BAD_INPUT,
    )


def ended(run: Run) -> bool:
    """Whether a run has ended; reads its row."""
    run.refresh_from_db()
    return not run.is_active


def wait_for(true: Callable[[], bool], seconds: float, fault: str, site: Site) -> None:
    """Look until something holds; CommandError if it takes too long."""
    until = time.monotonic() + seconds
    while not true():
        if site.process.poll() is not None or time.monotonic() > until:
            raise CommandError(f"{fault}. See {site.log}.", returncode=FAILED)
        time.sleep(LOOK)


class Site:
    """`manage.py serve` as a child; its log goes to a file."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.log = settings.SIGMA_HOME / "serve.log"

    def __enter__(self) -> Site:
        with self.log.open("wb") as out:
            self.process = subprocess.Popen(  # noqa: S603 # our own program
                tethered([*MANAGE, "serve", "--port", str(self.port)], signal.SIGTERM),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                process_group=0,  # Ctrl-C reaches us alone; we end it
                env=os.environ,
            )
        return self

    def __exit__(self, *exc: object) -> None:
        self.process.terminate()
        self.process.wait()

    def wait(self) -> None:
        """Until the web process answers."""
        wait_for(self._answers, STARTS_WITHIN, "the site did not start", self)

    def stay(self) -> None:
        """Until Ctrl-C, SIGTERM, or the site's own end; compiles what is left."""
        with self.log.open("ab") as out:
            subprocess.Popen(  # noqa: S603 # our own program; it ends with us
                tethered([*MANAGE, "warm_kernels"], signal.SIGTERM),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
            )

        def stop(signum: int, frame: object) -> None:
            raise KeyboardInterrupt

        signal.signal(signal.SIGTERM, stop)
        try:
            status = self.process.wait()
        except KeyboardInterrupt:
            return
        raise CommandError(f"The site ended ({status}). See {self.log}.")

    def _answers(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0
