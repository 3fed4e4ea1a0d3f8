"""The site as a whole."""

from django.apps import AppConfig


class SigmaSiteConfig(AppConfig):
    """Checks that are about all of it."""

    name = "sigma_site"

    def ready(self) -> None:
        """Make the system checks known."""
        from sigma_site import checks  # noqa: F401 # they register themselves
