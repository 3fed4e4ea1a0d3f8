"""`manage.py preview PACK/MODEL`: a look at a model over one to five sessions."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import date, datetime
from typing import Any

from django.core.management.base import CommandError

from sigma_core.errors import BadInput, Problem
from signals.jobs import asof
from signals.management.coverage_tables import preview_text
from signals.management.doors import FAILED, DoorCommand, model_of
from signals.services import previews


class Command(DoorCommand):
    """One preview, done here. Exit status 1 where a column fails."""

    help = "Show columns, missing cells by cause, gates and candidates of a model."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which model, from when to when, over what."""
        parser.add_argument("model", metavar="PACK/MODEL")
        parser.add_argument(
            "--start", metavar="DATE", help="first session (the one before the end)"
        )
        parser.add_argument(
            "--end",
            metavar="DATE|MOMENT",
            help="last session, or when its last bar closed, "
            "'2026-03-11T14:35 exchange' (the last bar held)",
        )
        parser.add_argument("--dataset", help="dataset of bars (as the universe says)")
        self.add_json(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Look, print, and say by the exit status whether it failed."""
        pack, model_id = model_of(options["model"])
        document = previews.preview(
            pack=pack,
            model_id=model_id,
            user=None,
            start=_day("--start", options["start"]),
            end=_end(options["end"]),
            dataset=options["dataset"],
        )
        if options["json"]:
            self.print_json(document)
        else:
            self.stdout.write(preview_text(document))
        if document["status"] == "fail":
            first = document["problems"][0]
            raise CommandError(
                f"The preview failed: {first['message']}", returncode=FAILED
            )


def _day(option: str, text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        message = f"{text!r} is not a date."
        hint = "Write dates as YYYY-MM-DD."
        raise BadInput(Problem("params.invalid", option, message, hint)) from None


def _end(text: str | None) -> date | datetime | None:
    if text is None:
        return None
    try:
        return asof.read(text)
    except ValueError as error:
        message = f"{text!r} can't be read: {error}."
        raise BadInput(
            Problem("params.invalid", "--end", message, asof.FORMS)
        ) from None
