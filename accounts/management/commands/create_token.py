"""Make an API token for a person and print its secret, this once."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts import services
from accounts.models import ApiToken
from accounts.roles import ROLES
from sigma_core.errors import BadInput


class Command(BaseCommand):
    """Thin door to `accounts.services.create_token`; exit 2 on bad input."""

    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Whose token, for which roles, for how long."""
        parser.add_argument("--user", required=True, help="name of the person")
        parser.add_argument(
            "--scopes", required=True, nargs="+", help=f"of: {', '.join(ROLES)}"
        )
        parser.add_argument("--name", default="command line", help="what it is for")
        parser.add_argument("--days", type=int, help="ends after so many days")
        parser.add_argument("--json", action="store_true", help="print one document")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the secret alone, or a document with it."""
        try:
            token, secret = make(options)
        except BadInput as error:
            raise CommandError(str(error), returncode=2) from None
        document = {
            "id": token.pk,
            "name": token.name,
            "scopes": token.scopes,
            "expires_at": token.expires_at and token.expires_at.isoformat(),
            "secret": secret,
        }
        self.stdout.write(json.dumps(document) if options["json"] else secret)


def make(options: dict[str, Any]) -> tuple[ApiToken, str]:
    """The token that was asked for; scopes may be split by spaces or commas."""
    scopes = [name for part in options["scopes"] for name in part.split(",") if name]
    days = options["days"]
    return services.create_token(
        user=services.find_user(options["user"]),
        name=options["name"],
        scopes=scopes,
        lasts=None if days is None else timedelta(days=days),
    )
