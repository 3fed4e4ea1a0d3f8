"""Tags of runs: short words of people's own, to find runs again."""

from __future__ import annotations

from collections.abc import Sequence

from sigma_core.errors import BadInput, Problem
from sigma_core.specs.naming import fault_of_name
from signals.models import Run


def inherited(run: Run, model_tags: Sequence[str]) -> list[str]:
    """The tags of a run with those of the model it ran, each once."""
    return list(dict.fromkeys([*run.tags, *model_tags]))


def set_tags(*, run: Run, tags: Sequence[str]) -> Run:
    """Give a run these tags and no others; BadInput for one that is not a name."""
    problems = [
        Problem("tag.invalid", f"/tags/{at}", f"{tag!r} is no tag: {fault}.")
        for at, tag in enumerate(tags)
        if (fault := fault_of_name(tag))
    ]
    if problems:
        raise BadInput(problems)
    run.tags = list(dict.fromkeys(tags))
    run.save(update_fields=["tags"])
    return run
