"""`manage.py worker`: does what is queued, until it is told to stop."""

from __future__ import annotations

import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from signals import checks, supervisor
from signals.services.keeper import Keeper


class Command(BaseCommand):
    """The queue's processes, and beside them the reaper."""

    help = "Do queued runs until stopped (Ctrl-C or SIGTERM); runs in work go back."
    requires_system_checks = (checks.QUEUE,)

    def handle(self, *args: Any, **options: Any) -> None:
        """Keep the queue's processes up, and reap between looks."""
        manage = [sys.executable, str(settings.BASE_DIR / "manage.py")]
        queue = supervisor.Program("queue", [*manage, "cluster"])
        supervisor.supervise([queue], between=Keeper().turn)
