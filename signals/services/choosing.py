"""The default dataset: chosen by an operator, over page, API or command."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from packs_app.models import DatasetChoice
from signals.queries import bars

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def choose_dataset(
    *, dataset: str, hide_demo: bool, user: User | None
) -> DatasetChoice:
    """Make `dataset` what `auto` means ("": as if nobody had chosen); UnknownName."""
    if dataset:
        bars.require_dataset(dataset)
    return DatasetChoice.objects.create(
        dataset=dataset, hide_synthetic=hide_demo, user=user
    )


def document(made: DatasetChoice | None) -> dict[str, Any]:
    """The choice that stands, for API and command."""
    return {
        "dataset": made.dataset if made else "",
        "hide_demo": bool(made and made.hide_synthetic),
        "by": str(made.user) if made and made.user else None,
        "chosen_at": made.chosen_at.isoformat() if made else None,
    }
