"""Edit, preview, diff, run."""

from django.apps import AppConfig


class BuilderConfig(AppConfig):
    """The builder: it has no tables of its own."""

    name = "builder"
