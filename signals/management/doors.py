"""What the commands share: exit statuses, JSON on stdout, progress on stderr.

0 done, 1 failed, 2 bad input. With `--json` stdout carries one document, shaped as the
API's answer (a problem document when the input was bad); all else goes to stderr.
"""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from sigma_api import problems
from sigma_core.errors import BadInput, Problem, SigmaError
from signals import checks
from signals.models import Run
from signals.services import documents, runs

FAILED, BAD_INPUT = 1, 2
#: of `add_terms_options`, as a run's parameters name them
TERMS = ("participation", "delisting_return", "whole_shares")


class DoorCommand(BaseCommand):
    """A command that ends in words people can act on."""

    # Django's own would import every page of the site to list ten bars
    requires_system_checks = (checks.QUEUE,)

    def execute(self, *args: Any, **options: Any) -> str | None:
        """Turn errors made on purpose into their words and their exit status."""
        try:
            return super().execute(*args, **options)
        except SigmaError as error:
            status = BAD_INPUT if isinstance(error, BadInput) else FAILED
            if options.get("json"):
                self.print_json(_problem_document(error, status))
            raise CommandError(str(error), returncode=status) from None
        except problems.Refused as error:  # by a shape that the API has too
            if options.get("json"):
                self.print_json(problems.document(error.status_code, error.faults))
            said = "\n".join(
                f"{one.pointer}: {one.message} {one.hint}".strip()
                for one in error.faults
            )
            raise CommandError(said, returncode=BAD_INPUT) from None

    def add_json(self, parser: ArgumentParser) -> None:
        """The option every command that answers has."""
        parser.add_argument(
            "--json", action="store_true", help="print one JSON document on stdout"
        )

    def print_json(self, document: Mapping[str, Any]) -> None:
        """One document, on stdout."""
        self.stdout.write(json.dumps(document, indent=2, ensure_ascii=False))

    def say(self, line: str) -> None:
        """A line for people, on stderr, where it never mixes with an answer."""
        self.stderr.write(line, style_func=str)


class RunCommand(DoorCommand):
    """A command that is one run: done here, or handed to the worker."""

    def add_run_options(self, parser: ArgumentParser) -> None:
        """Options of every run."""
        self.add_json(parser)
        parser.add_argument(
            "--queue", action="store_true", help="hand it to the worker, do not wait"
        )

    def add_terms_options(self, parser: ArgumentParser) -> None:
        """The terms on which orders are filled."""
        parser.add_argument(
            "--participation",
            metavar="SHARE",
            type=float,
            help="most of the average volume that an entry may buy (no limit)",
        )
        parser.add_argument(
            "--delisting-return",
            metavar="SHARE",
            type=float,
            default=0.0,
            help="what a delisted share brings beyond its last price (0)",
        )
        parser.add_argument(
            "--fractions",
            dest="whole_shares",
            action="store_false",
            help="an entry may buy a fraction of a share (whole shares)",
        )

    def start(
        self,
        kind: str,
        params: Mapping[str, object],
        options: Mapping[str, Any],
        show: Callable[[Run], str],
        document: Callable[[Run], Mapping[str, Any]],
    ) -> None:
        """Do or queue the run; print it; exit 1 if it failed."""
        if options["queue"]:
            run = runs.enqueue_run(kind=kind, params=params, user=None)
            self._answer(options, {"run": documents.as_document(run)}, _queued(run))
            return
        run = runs.create_run(kind=kind, params=params)
        try:
            run = runs.execute_here(run, listener=self._listener())
        except KeyboardInterrupt:
            raise CommandError(
                f"Run {run.pk} was stopped.", returncode=FAILED
            ) from None
        if run.status != Run.Status.SUCCEEDED:
            self._fail(run, options)
        if options["json"]:
            self.print_json(document(run))
        else:
            self.stdout.write(show(run))

    def _answer(
        self, options: Mapping[str, Any], document: Mapping[str, Any], line: str
    ) -> None:
        if options["json"]:
            self.print_json(document)
        else:
            self.stdout.write(line)

    def _fail(self, run: Run, options: Mapping[str, Any]) -> None:
        if options["json"]:
            self.print_json({"run": documents.as_document(run)})
        lines = [f"Run {run.pk} {run.status} [{run.reason_code}]: {run.reason}"]
        for problem in run.problems:
            where = f"{problem['where']}: " if problem["where"] else ""
            lines.append(f"  {where}{problem['message']} {problem['hint']}".rstrip())
        raise CommandError("\n".join(lines), returncode=FAILED)

    def _listener(self) -> Callable[[str, int, str], None]:
        """Progress: a line per step, rewritten in place on a terminal."""
        on_terminal = sys.stderr.isatty()
        last = ""

        def listen(label: str, percent: int, words: str) -> None:
            nonlocal last
            if on_terminal:
                sys.stderr.write(f"\r\033[K{percent:3d} %  {label}  {words[:60]}")
                sys.stderr.flush()
            elif label != last:
                self.say(f"{percent:3d} %  {label}")
            last = label

        return listen


@contextmanager
def at_options(*names: str) -> Iterator[None]:
    """Within it what is wrong with one of these parameters points at its option."""
    options = {sign + name: f"--{name}" for name in names for sign in ("", "/", "?")}
    try:
        yield
    except BadInput as error:
        raise BadInput(
            [
                replace(one, where=options.get(one.where, one.where))
                for one in error.problems
            ]
        ) from None
    except problems.Refused as error:
        raise problems.Refused(
            error.status_code,
            [
                replace(one, pointer=options.get(one.pointer, one.pointer))
                for one in error.faults
            ],
        ) from None


def model_of(text: str) -> tuple[str, str]:
    """Pack and model id of `PACK/MODEL`; BadInput without a slash."""
    pack, slash, model_id = text.partition("/")
    if not slash:
        message = f"{text!r} names no pack."
        hint = "Write PACK/MODEL, such as swingsigma/…"
        raise BadInput(Problem("model.name", "PACK/MODEL", message, hint))
    return pack, model_id


def _problem_document(error: SigmaError, status: int) -> Mapping[str, Any]:
    faults = [problems.fault_of(problem) for problem in error.problems]
    return problems.document(422 if status == BAD_INPUT else 409, faults)


def _queued(run: Run) -> str:
    return f"Queued as run {run.pk}; the worker takes it from here."
