"""Runs, signals and everything that is counted about them."""

from django.apps import AppConfig


class SignalsConfig(AppConfig):
    """The Signals DB."""

    name = "signals"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Make the kinds of job and the system checks known."""
        from signals import checks  # noqa: F401 # they register themselves
        from signals.jobs import (  # noqa: F401 # and so do these
            acknowledge,
            backtest,
            build_matrix,
            calibrate,
            check_bars,
            demo,
            inbox,
            ingest,
            prove,
            scan,
            train,
        )
