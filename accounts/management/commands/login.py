"""Print a one-time link that lets a person in, to choose a password."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.urls import reverse

from accounts import services
from sigma_core.errors import BadInput, SigmaError


class Command(BaseCommand):
    """Thin door to `accounts.services`; exit 2 on bad input."""

    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Whose link, and where the site is."""
        parser.add_argument("--user", help="name of the person (the first admin)")
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--address", help="of the site, if not http://localhost")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the link alone."""
        try:
            if options["user"]:
                secret = services.make_login_link(username=options["user"])
            else:
                secret = services.first_admin()
        except SigmaError as error:
            code = 2 if isinstance(error, BadInput) else 1
            raise CommandError(str(error), returncode=code) from None
        address = options["address"] or f"http://localhost:{options['port']}"
        path = reverse("login_link", args=[secret])
        self.stdout.write(address.rstrip("/") + path)
