"""Runs, signals and everything that is counted about them."""

from django.apps import AppConfig


class SignalsConfig(AppConfig):
    """The Signals DB."""

    name = "signals"
    default_auto_field = "django.db.models.BigAutoField"
