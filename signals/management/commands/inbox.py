"""`manage.py inbox`: take the bars that were put into inbox/<dataset>/<cadence>/."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from signals.management.doors import RunCommand
from signals.management.tables import inbox_text
from signals.models import Run
from signals.services.documents import run_document


class Command(RunCommand):
    """One round over the inbox, done here."""

    help = "Ingest the files that wait in the inbox, and put each away with its report."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Nothing but how to answer."""
        self.add_run_options(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the job `inbox`."""
        self.start(Run.Kind.INBOX, {}, options, inbox_text, run_document)
