"""`manage.py universe NAME`: who could be chosen on a session, step by step."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.utils import timezone

from packs_app import days
from packs_app.universe_documents import members_document
from sigma_core.errors import BadInput, Problem
from signals.management.doors import DoorCommand
from signals.management.tables import universe_text


class Command(DoorCommand):
    """The day's list of a universe, kept from then on."""

    help = "Print the members of a universe on a session, and what changed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which universe, when, over what, against what."""
        parser.add_argument("name", metavar="NAME")
        parser.add_argument(
            "--on", metavar="DATE", help="session, YYYY-MM-DD (the last one held)"
        )
        parser.add_argument(
            "--against", metavar="DATE", help="show who entered and left since"
        )
        parser.add_argument("--dataset", help="dataset of bars (as the universe says)")
        parser.add_argument(
            "--revision", type=int, help="an older list of the session of --on"
        )
        self.add_json(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Ask for one or two days."""
        if options["revision"] and not options["on"]:
            message = "a revision is of one session."
            raise BadInput(
                Problem("input.needs_on", "--revision", message, "Add --on.")
            )
        where = {
            "name": options["name"],
            "dataset": options["dataset"],
            "now": timezone.now(),
        }
        on, against = _day(options, "on"), _day(options, "against")
        day = days.ask(on=on, revision=options["revision"], **where)
        other = days.ask(on=against, **where) if against else None
        today = None if options["revision"] else days.anew(day, where["now"])
        found = members_document(day, other, today)
        if options["json"]:
            self.print_json(found)
        else:
            self.stdout.write(universe_text(found))


def _day(options: dict[str, Any], name: str) -> date | None:
    """A day as it was written; BadInput for what is none."""
    text = options[name]
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        message, hint = f"{text!r} is no date.", "Write dates as YYYY-MM-DD."
        raise BadInput(Problem("input.date", f"--{name}", message, hint)) from None
