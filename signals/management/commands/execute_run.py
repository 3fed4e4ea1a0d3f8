"""Used by the worker: do one claimed run in this process."""

from __future__ import annotations

import os
import sys
import uuid
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from signals.models import Run
from signals.services import watch, work
from signals.services.leases import DATABASE_DOWN, Lease, LostRun


class Command(BaseCommand):
    """The child process of a worker; the run's token comes in the environment."""

    help = "Used by the worker: do one claimed run."
    requires_system_checks = ()  # the worker has made them

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The run's number."""
        parser.add_argument("run_id", type=int)

    def handle(self, *args: Any, run_id: int, **options: Any) -> None:
        """Do it; exit 0 however it ends, if it ends in words."""
        token = uuid.UUID(os.environ.pop(watch.TOKEN, ""))
        try:
            run = Run.objects.get(pk=run_id, token=token)
            work.perform(Lease(run_id, token, run.attempt))
        except (LostRun, Run.DoesNotExist):
            raise CommandError(f"run {run_id} has another worker") from None
        except DATABASE_DOWN as error:
            self.stderr.write(f"{type(error).__name__}: {error}")
            sys.exit(watch.TRY_AGAIN)
