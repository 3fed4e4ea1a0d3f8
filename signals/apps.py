"""Runs, signals and everything that is counted about them."""

from django.apps import AppConfig


class SignalsConfig(AppConfig):
    """The Signals DB."""

    name = "signals"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Make the kinds of job, the system checks and the trainings known."""
        from packs_app import trees
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
        from signals.services.answering import trees_of

        trees.register(trees_of)
