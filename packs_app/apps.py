"""Packs on disk, seen from the site."""

from django.apps import AppConfig


class PacksAppConfig(AppConfig):
    """Packs of YAML definitions."""

    name = "packs_app"
    default_auto_field = "django.db.models.BigAutoField"
