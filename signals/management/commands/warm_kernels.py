"""`manage.py warm_kernels`: compile the kernels once, so that nobody waits for it."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings

from packs_app.services import sets_by_indicator
from signals.management.doors import DoorCommand


class Command(DoorCommand):
    """The compiled code is cached on disk; run again, it takes a second."""

    help = "Compile the indicators' kernels ahead of their first use."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """All of them, or fewer."""
        parser.add_argument(
            "--used", action="store_true", help="only those that a model's set uses"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Compile what is not compiled yet."""
        # numba: only who compiles pays
        from sigma_core.backtest import compiled as backtests
        from sigma_core.indicators import kernels

        kernels.use_cache(settings.SIGMA_KERNELS)
        count = kernels.warm(
            lambda share, words: self.say(f"{share:4.0%}  {words}"),
            names=sets_by_indicator() if options["used"] else None,
        )
        self.say("      decisions and backtests")
        backtests.warm()
        self.stdout.write(f"{count} kernels are compiled.")
