"""`manage.py prove [NAME]`: an indicator, a set, a model or (`--all`) everything."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any

from django.core.management.base import CommandError

from sigma_core.errors import BadInput, Problem
from signals.management.doors import FAILED, RunCommand
from signals.management.proof_tables import proof_text
from signals.models import Run
from signals.services.documents import prove_document


class Command(RunCommand):
    """One run of the proofs, done here; exit 1 if anything is refuted, or a canary
    flies."""

    help = "Prove that nothing leaks, write certificates, and let the canaries fly."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What to prove."""
        parser.add_argument(
            "name", nargs="?", help="an indicator, or PACK/SET, or PACK/MODEL"
        )
        parser.add_argument(
            "--all", action="store_true", help="everything there is, and the canaries"
        )
        self.add_run_options(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the job `prove`."""
        if bool(options["name"]) == options["all"]:
            message = "name one thing to prove, or say --all."
            hint = "Such as: manage.py prove rsi"
            raise BadInput(Problem("prove.target", "NAME", message, hint))
        ended: list[Run] = []

        def show(run: Run) -> str:
            ended.append(run)
            return proof_text(run)

        def document(run: Run) -> Mapping[str, Any]:
            ended.append(run)
            return prove_document(run)

        self.start(Run.Kind.PROVE, {"name": options["name"]}, options, show, document)
        if ended and not ended[0].summary["sound"]:
            raise CommandError("Something is refuted.", returncode=FAILED)
