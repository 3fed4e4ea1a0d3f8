"""Named sources: what a past ingest knew of how to read their files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from signals.models import Run, Source

if TYPE_CHECKING:  # pandas: the type alone is wanted here
    from sigma_core.ingest import IngestReport


def filled_in(
    *,
    source: str | None,
    columns: Mapping[str, str],
    adjustment: str | None,
    tz: str | None,
) -> dict[str, Any]:
    """{"columns", "adjustment", "tz"} of an ingest: what was asked, and where nothing
    was, what the source's last ingest knew."""
    known = Source.objects.filter(name=source).first() if source else None
    if known is None:
        return {"columns": columns, "adjustment": adjustment, "tz": tz}
    return {
        "columns": known.mapping | columns,
        "adjustment": adjustment or known.adjustment or None,
        "tz": tz or known.tz or None,
    }


def remembered(source: str | None) -> bool:
    """Whether something is known of that source."""
    return bool(source) and Source.objects.filter(name=source).exists()


def remember(
    run: Run, *, source: str | None, report: IngestReport, tz: str | None
) -> Mapping[str, object]:
    """Keep how a named source was read; nothing for one without a name."""
    if source:
        told = report.adjustment if report.adjustment != "unknown" else ""
        known = {"mapping": dict(report.mapping), "adjustment": told, "tz": tz or ""}
        Source.objects.update_or_create(name=source, defaults=known | {"run": run})
    return {}
