"""`manage.py export_backtest RUN TABLE`: a table of a backtest, as CSV."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.http import Http404

from sigma_api.serializers import checked
from sigma_core.errors import BadInput, Problem, UnknownName
from signals.backtest_serializers import TableQuery
from signals.management.doors import DoorCommand, at_options
from signals.models import Run
from signals.queries import backtests
from signals.services import exports


class Command(DoorCommand):
    """All rows of a table, the bytes of the API's `format=csv`."""

    help = "Print a table of a backtest as CSV, or write it to a file."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which run, which of its tables, which rows, whereto."""
        parser.add_argument(
            "run", metavar="RUN", type=int, help="the backtest's number"
        )
        parser.add_argument("table", metavar="TABLE", help=", ".join(backtests.TABLES))
        parser.add_argument(
            "--reason", metavar="CODE", help="only rows with it, policy.max_trades"
        )
        parser.add_argument(
            "--session", metavar="DATE", help="only of it; of trades, of the signal"
        )
        parser.add_argument("--to", metavar="FILE", type=Path, help="(stdout)")
        self.add_json(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the table, or write it and say how much is in it."""
        names = ("reason", "session")
        asked = {name: options[name] for name in names if options[name] is not None}
        query = checked(TableQuery, asked, pointer="--{}")
        run, table, path = _run(options["run"]), options["table"], options["to"]
        if table not in backtests.TABLES:
            raise UnknownName("table", table, backtests.TABLES, where="TABLE")
        wanted = {"reason": query.get("reason", ""), "session": query.get("session")}
        with at_options(*names):
            found = backtests.table(run, table, **wanted)
        if path is not None:
            exports.write_whole(path, backtests.as_csv(found), where="--to")
            self._tell(run, table, path, len(found), as_json=options["json"])
        elif options["json"]:
            rows = {"results": found[:], "next": None, "total": len(found)}
            self.print_json(rows)
        else:
            self.stdout.write(backtests.as_csv(found))

    def _tell(
        self, run: Run, table: str, path: Path, rows: int, *, as_json: bool
    ) -> None:
        if as_json:
            self.print_json(
                {"path": str(path), "run": run.pk, "table": table, "rows": rows}
            )
        else:
            self.stdout.write(f"{rows:,} rows of {table} of run {run.pk} in {path}.")


def _run(number: int) -> Run:
    try:
        return backtests.find(number)
    except Http404 as error:
        hint = "`leaderboard` lists those there are."
        problem = Problem("unknown.backtest", "RUN", str(error), hint)
        raise BadInput(problem) from None
