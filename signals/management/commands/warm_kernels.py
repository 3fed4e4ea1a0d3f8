"""`manage.py warm_kernels`: compile the kernels once, so that nobody waits for it."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from signals.management.doors import DoorCommand


class Command(DoorCommand):
    """The compiled code is cached on disk; run again, it takes a second."""

    help = "Compile the indicators' kernels ahead of their first use."

    def handle(self, *args: Any, **options: Any) -> None:
        """Compile what is not compiled yet."""
        from sigma_core.indicators import kernels  # numba: only who compiles pays

        kernels.use_cache(settings.SIGMA_KERNELS)
        count = kernels.warm(lambda share, words: self.say(f"{share:4.0%}  {words}"))
        self.stdout.write(f"{count} kernels are compiled.")
