"""Tags of runs: short words of people's own, to find runs again."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from sigma_core.errors import BadInput, Problem
from sigma_core.specs.naming import fault_of_name
from signals.models import Backtest, Run


def inherit_tags(*, run: Run, model_tags: Sequence[str]) -> None:
    """Give a run the tags of the model it ran too, each once."""
    _write(run, [*run.tags, *model_tags])


def set_tags(*, run: Run, tags: Sequence[str]) -> Run:
    """Give a run these tags and no others; BadInput for one that is not a name."""
    problems = [
        Problem("tag.invalid", f"/tags/{at}", f"{tag!r} is no tag: {fault}.")
        for at, tag in enumerate(tags)
        if (fault := fault_of_name(tag))
    ]
    if problems:
        raise BadInput(problems)
    _write(run, tags)
    return run


@transaction.atomic
def _write(run: Run, tags: Sequence[str]) -> None:
    """The run's, and those by which the leaderboard finds it."""
    run.tags = list(dict.fromkeys(tags))
    run.save(update_fields=["tags"])
    Backtest.objects.filter(run=run).update(tags=run.tags)
