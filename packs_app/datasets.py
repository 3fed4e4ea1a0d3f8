"""Which dataset `auto` means: an operator's choice, else the site's setting."""

from __future__ import annotations

from django.conf import settings

from packs_app.models import DatasetChoice


def choice() -> DatasetChoice | None:
    """The choice that stands; None where nobody has chosen. One query."""
    return DatasetChoice.objects.order_by("-pk").first()


def default_dataset() -> str:
    """What `resolve` takes as its default: a name, or "" for main, else demo.

    A chosen dataset that is there no longer counts as not chosen.
    """
    made = choice()
    root = settings.SIGMA_HOME / "datasets"
    if made is not None and made.dataset and (root / made.dataset).is_dir():
        return made.dataset
    named: str = settings.SIGMA_DATASET
    return named


def resolve_dataset(wanted: str | None) -> str:
    """The dataset that is meant: `wanted`, or what `auto` means where it is left open.

    UnknownName if the one named is not there, MissingData if none holds bars.
    """
    from sigma_core.bars.store import resolve  # deltalake

    is_open = not wanted or wanted == "auto"
    default = default_dataset() if is_open else None
    return resolve(settings.SIGMA_HOME / "datasets", wanted, default)
