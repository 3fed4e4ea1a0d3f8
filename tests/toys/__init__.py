"""A kind of job that does nothing but go wrong in the ways asked for.

Child processes know it through `tests.toys.settings`; in a test, import
`tests.toys.jobs`.
"""

from django.apps import AppConfig


class ToysConfig(AppConfig):
    """Registers the toy job in processes that tests start."""

    name = "tests.toys"

    def ready(self) -> None:
        """Make the kind known."""
        from tests.toys import jobs  # noqa: F401 # it registers itself
