"""`manage.py compare RUN RUN`: two to four backtests side by side."""

from __future__ import annotations

from argparse import ArgumentParser
from dataclasses import replace
from typing import Any

from sigma_core.errors import BadInput, Problem, UnknownName
from signals.leaderboard_serializers import run_ids
from signals.management.doors import DoorCommand
from signals.management.leaderboard_text import comparison_text
from signals.queries.comparing import compare
from signals.services.leaderboard_documents import comparison_document


class Command(DoorCommand):
    """Metrics and changed definitions, the document of `/api/compare`."""

    help = "Hold two to four backtests side by side."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which runs."""
        words = "numbers of the runs, as `leaderboard` lists them"
        parser.add_argument("runs", metavar="RUN", nargs="+", help=words)
        self.add_json(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Compare and print."""
        try:
            found = compare(run_ids(",".join(options["runs"])))
        except ValueError as error:
            raise BadInput(Problem("compare.runs", "RUN", str(error))) from None
        except UnknownName as error:
            raise BadInput(
                [replace(one, where="RUN") for one in error.problems]
            ) from None
        if options["json"]:
            self.print_json(comparison_document(found))
        else:
            self.stdout.write(comparison_text(found))
