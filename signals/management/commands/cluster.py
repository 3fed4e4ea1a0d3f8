"""Used by `worker`: the queue's processes."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from signals import checks, cluster


class Command(BaseCommand):
    """django-q2's `qcluster`, whose processes end when they should."""

    help = "Used by `worker`: start the queue's processes."
    requires_system_checks = (checks.QUEUE,)

    def handle(self, *args: Any, **options: Any) -> None:
        """Start them; the interpreter stays until they have ended."""
        cluster.start()
