"""`manage.py use_dataset NAME`: what `auto` means from now on."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from signals.management.doors import DoorCommand
from signals.services import choosing


class Command(DoorCommand):
    """The choice of the default dataset."""

    help = "Make a dataset the one that is meant where none is named."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which dataset; none takes the choice back."""
        parser.add_argument(
            "dataset", nargs="?", default="", help="(none: as if nobody had chosen)"
        )
        parser.add_argument(
            "--hide-demo",
            action="store_true",
            help="leave made-up markets out of lists",
        )
        self.add_json(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Choose, and say what holds now."""
        made = choosing.choose_dataset(
            dataset=options["dataset"], hide_demo=options["hide_demo"], user=None
        )
        if options["json"]:
            self.print_json(choosing.document(made))
            return
        hidden = "; made-up markets are hidden" if made.hide_synthetic else ""
        said = made.dataset or "main where it holds bars, else demo"
        self.stdout.write(f"auto means {said}{hidden}.")
