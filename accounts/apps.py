"""Who may do what: roles, login links and API tokens."""

import logging

from django.apps import AppConfig

from accounts.logs import NoSecrets


class AccountsConfig(AppConfig):
    """People and their keys."""

    name = "accounts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """No logger that names an address may name the secret of a login link."""
        for name in ("django.request", "django.server", "django.security.csrf"):
            logging.getLogger(name).addFilter(NoSecrets())
