"""`manage.py leaderboard`: backtests in order, with what luck has to do with them."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any
from urllib.parse import urlencode

from sigma_api.serializers import checked
from signals.leaderboard_serializers import LeaderboardQuery
from signals.management.doors import DoorCommand, at_options
from signals.management.leaderboard_text import board_text
from signals.services.leaderboard_documents import board_document, board_of

#: option → what it is given; names as in the API's query
OPTIONS = {
    "tag": ("TAG", "only runs with this tag"),
    "pack": ("PACK", "only of this pack"),
    "model": ("PACK/MODEL", "only of this model"),
    "kind": ("KIND", "only scanner or gbm"),
    "dataset": ("NAME", "only over this dataset"),
    "gate": ("GATE", "only those whose run gate passed or failed"),
    "from": ("DATE", "made on this day or later"),
    "to": ("DATE", "made on this day or before"),
    "sort": (
        "COLUMN",
        "a column, as --sort=-sharpe from the largest down (run gate passed, then q, "
        "then Sharpe)",
    ),
    "limit": ("ROWS", "how many rows, up to 500 (100)"),
    "cursor": ("TEXT", "the page after: from `next` of the one before"),
}


class Command(DoorCommand):
    """A page of the board, the document of `/api/leaderboard`."""

    help = "List backtests side by side, by run gate, luck and Sharpe."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The filters of the API."""
        for name, (metavar, words) in OPTIONS.items():
            parser.add_argument(f"--{name}", metavar=metavar, help=words)
        self.add_json(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Ask as the API does, and print."""
        asked = {name: options[name] for name in OPTIONS if options[name] is not None}
        query = checked(LeaderboardQuery, asked, pointer="--{}")
        with at_options(*OPTIONS):
            board = board_of(query, address=f"/api/leaderboard?{urlencode(asked)}")
        if options["json"]:
            self.print_json(board_document(board))
        else:
            self.stdout.write(board_text(board))
