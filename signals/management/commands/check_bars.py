"""`manage.py check_bars`: what the quality rules say of a dataset, and answers."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.utils import timezone

from packs_app import datasets
from signals.management.doors import RunCommand
from signals.management.tables import answer_text, check_text
from signals.models import Run
from signals.services import checking
from signals.services.documents import run_document

SHOWN = 20


class Command(RunCommand):
    """Every rule on one dataset; exit 0 whatever is found, for finds are no failure."""

    help = "Look for faulty bars in a dataset, list what was found, or answer it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which bars, against which others, or which answer."""
        parser.add_argument("--dataset", help="(the chosen one, else main, else demo)")
        parser.add_argument("--cadence", default="daily")
        parser.add_argument(
            "--against",
            metavar="DATASET",
            help="hold its daily bars against another dataset's (D10) and record that",
        )
        answers = parser.add_argument_group("an answer to a find")
        answers.add_argument(
            "--answer", choices=("acknowledged", "delisted", "wait"), help="what holds"
        )
        answers.add_argument("--undo", action="store_true", help="take it back")
        answers.add_argument("--rule", help="of the find; D11 for a silent ticker")
        answers.add_argument("--ticker")
        answers.add_argument(
            "--session", metavar="DATE", help="of the find; the day of a delisting"
        )
        answers.add_argument("--price", type=float, help="of a delisting: the last one")
        answers.add_argument("--note", help="why; it is kept")
        self.add_run_options(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Answer, compare, or print the report."""
        if options["answer"] or options["undo"]:
            self._answer_find(options)
        elif options["against"]:
            name = datasets.resolve_dataset(options["dataset"])
            params = {"dataset": name, "against": options["against"]}
            self.start(Run.Kind.CHECK_BARS, params, options, check_text, run_document)
        else:
            self._report(options)

    def _answer_find(self, options: dict[str, Any]) -> None:
        """The same as the page's form."""
        same = ("cadence", "rule", "ticker", "session", "price", "note", "undo")
        params = {name: options[name] for name in same if options[name] is not None}
        params["dataset"] = datasets.resolve_dataset(options["dataset"])
        params["answer"] = options["answer"] or "acknowledged"
        self.start(Run.Kind.ACKNOWLEDGE, params, options, answer_text, run_document)

    def _report(self, options: dict[str, Any]) -> None:
        found = checking.check_bars(
            dataset=options["dataset"],
            cadence=options["cadence"],
            now=timezone.now(),
        )
        if options["json"]:
            self.print_json(found)
            return
        marks = f" ({', '.join(found['marks'])})" if found["marks"] else ""
        self.stdout.write(f"{found['dataset']}, {found['cadence']} bars{marks}")
        for problem in found["problems"]:
            self.stdout.write("  D11 {where}: {message} {hint}".format(**problem))
        for gone in found["silent"]:
            said = gone["answer"] or "delisted, or wait? (--rule D11 --answer …)"
            self.stdout.write(
                f"  {gone['ticker']}: no bar since {gone['last']}: {said}"
            )
        for count in found["counts"]:
            self.stdout.write("  {rule:4} {action:10} {found:>8,}".format(**count))
        for issue in found["issues"][:SHOWN]:
            self.stdout.write("  {ticker} {ts:.10}: {message} [{code}]".format(**issue))
        if len(found["issues"]) > SHOWN:
            self.stdout.write(f"  and {len(found['issues']) - SHOWN:,} more; --json")
        if not found["issues"]:
            self.stdout.write("  The rules found nothing.")
