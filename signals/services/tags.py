"""Tags of runs: short words of people's own, to find runs again."""

from __future__ import annotations

from collections.abc import Sequence

from sigma_core.errors import BadInput
from sigma_core.specs.naming import fault_of_name
from signals.models import Run


def set_tags(*, run: Run, tags: Sequence[str]) -> Run:
    """Give a run these tags and no others; BadInput for one that is not a name."""
    faults = [fault for tag in tags if (fault := fault_of_name(tag))]
    if faults:
        raise BadInput(faults)
    run.tags = list(dict.fromkeys(tags))
    run.save(update_fields=["tags"])
    return run
