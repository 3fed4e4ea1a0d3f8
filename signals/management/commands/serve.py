"""`manage.py serve`: the web process and the worker, until Ctrl-C."""

from __future__ import annotations

import http.client
import ipaddress
import socket
import sys
import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from signals import checks, supervisor
from signals.management.doors import BAD_INPUT

#: seconds the web process may take until it answers
PATIENCE = 60.0


class Command(BaseCommand):
    """Starts both as children; one that crashes is started again."""

    help = "Serve the site and do what is queued, until stopped (Ctrl-C or SIGTERM)."
    requires_system_checks = (checks.QUEUE,)

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Where to listen, and with how much."""
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--no-worker", action="store_true", help="web alone")
        parser.add_argument("--workers", type=int, default=2, help="web processes")
        parser.add_argument("--threads", type=int, default=4, help="for each of them")

    def handle(self, *args: Any, **options: Any) -> None:
        """Refuse what is not safe, then keep both running."""
        host, port = options["host"], options["port"]
        refuse_unsafe(host)
        refuse_taken(host, port)
        refuse_old_tables()
        call_command("collectstatic", interactive=False, verbosity=0)
        programs = [web(host, port, options["workers"], options["threads"])]
        if not options["no_worker"]:
            manage = [sys.executable, str(settings.BASE_DIR / "manage.py")]
            programs.append(supervisor.Program("worker", [*manage, "worker"]))
        supervisor.supervise(
            programs,
            between=Greeter(self, host, port).turn,
            patience=2 * supervisor.PATIENCE,
        )


def refuse_unsafe(host: str) -> None:
    """A site in debug mode shows its settings to whoever makes it fail."""
    if settings.DEBUG and not is_loopback(host):
        raise CommandError(
            f"DEBUG is on, so the site is not served on {host}, where others reach it. "
            "Unset DEBUG, or leave --host out.",
            returncode=BAD_INPUT,
        )


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach an address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def refuse_taken(host: str, port: int) -> None:
    """Say at once that another program listens there."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise CommandError(
                f"Can't listen on {host}:{port}: {error.strerror}. "
                "Choose another with --port.",
                returncode=BAD_INPUT,
            ) from None


def refuse_old_tables() -> None:
    """A site on tables of another version answers with errors."""
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if missing:
        raise CommandError(
            f"The database lacks {len(missing)} changes. Run `manage.py migrate` first."
        )


def web(host: str, port: int, workers: int, threads: int) -> supervisor.Program:
    """gunicorn: each worker imports the site itself, so nothing is shared by fork."""
    bind = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    argv = [
        *(sys.executable, "-m", "gunicorn", "sigma_site.wsgi:application"),
        *("--bind", bind, "--worker-class", "gthread", "--no-control-socket"),
        *("--workers", str(workers), "--threads", str(threads)),
        *("--timeout", "60", "--graceful-timeout", "5", "--log-level", "warning"),
        *("--chdir", str(settings.BASE_DIR)),
    ]
    return supervisor.Program("web", argv, env={"SIGMA_DB_POOL": "true"})


class Greeter:
    """Says once that the site answers, or that it does not."""

    def __init__(self, command: BaseCommand, host: str, port: int) -> None:
        self._command, self._port = command, port
        self._host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
        self._until = time.monotonic() + PATIENCE
        self._told = False

    def turn(self) -> None:
        """Look, unless there is nothing more to tell."""
        if self._told:
            return
        if self._answers():
            shown = f"[{self._host}]" if ":" in self._host else self._host
            self._tell(
                f"Sigma answers on http://{shown}:{self._port}/ (Ctrl-C ends it)"
            )
        elif time.monotonic() > self._until:
            self._tell(f"No answer after {PATIENCE:.0f} s; see the messages above.")

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection(self._host, self._port, timeout=2)
        try:
            connection.request("GET", "/healthz/live", headers={"Host": "localhost"})
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()

    def _tell(self, line: str) -> None:
        self._told = True
        self._command.stdout.write(line)
        self._command.stdout.flush()
