"""`manage.py warm_kernels`: compile the kernels once, so that nobody waits for it."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings

from signals.management.doors import DoorCommand, model_of


class Command(DoorCommand):
    """The compiled code is cached on disk; run again, it takes a second."""

    help = "Compile the indicators' kernels ahead of their first use."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """All of them, or fewer."""
        parser.add_argument(
            "--model",
            metavar="PACK/MODEL",
            help="only what a scan of this model needs",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Compile what is not compiled yet."""
        # numba: only who compiles pays
        from sigma_core.backtest import compiled as backtests
        from sigma_core.indicators import kernels
        from sigma_core.policy import compiled as policies

        kernels.use_cache(settings.SIGMA_KERNELS)
        named = options["model"]
        count = kernels.warm(
            lambda share, words: self.say(f"{share:4.0%}  {words}"),
            names=_read_by(named) if named else None,
        )
        self.say("      decisions" if named else "      decisions and backtests")
        policies.turn()
        if not named:
            backtests.warm()
        self.stdout.write(f"{count} kernels are compiled.")


def _read_by(address: str) -> set[str]:
    """The indicators of a model's set. Raises what loading it raises."""
    from sigma_core.run import plan_of  # pandas and deltalake
    from sigma_core.specs.bundle import load_bundle

    bundle = load_bundle(settings.SIGMA_PACKS, *model_of(address))
    return {call.card.name for call in plan_of(bundle).all_calls}
