"""What the pages say of all models at once: last runs, counts, what is running."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Max, QuerySet

from signals.models import Run, SignalList

#: how many sessions a count strip shows
SESSIONS = 60
#: a run as lists show it: without its long texts
BRIEF = ("log", "steps", "problems", "fingerprint")

Model = tuple[str, str]


@dataclass
class Activity:
    """What has happened to one model."""

    last_run: Run | None = None
    #: (session, number of signals), oldest first; sessions without one count 0
    counts: list[tuple[date, int]] = field(default_factory=list)
    dataset: str = ""

    @property
    def stage(self) -> str:
        """draft before the first list, research after it."""
        return "research" if self.counts else "draft"

    @property
    def session(self) -> date | None:
        """The last session with a list."""
        return self.counts[-1][0] if self.counts else None

    @property
    def signals(self) -> int | None:
        """Signals of the last list."""
        return self.counts[-1][1] if self.counts else None


def activity() -> dict[Model, Activity]:
    """By (pack, model_id); two queries whatever the number of models.

    A model scanned over several datasets shows the one of its newest scan.
    """
    found: dict[Model, Activity] = defaultdict(Activity)
    for run in _last_runs():
        found[run.pack, run.model_id].last_run = run
    counts: dict[tuple[str, str, str], dict[date, int]] = defaultdict(dict)
    for pack, model_id, dataset, session, selected in _listed():
        # in the order of the runs: the dataset scanned last has the last word
        counts[pack, model_id, dataset][session] = int(selected or 0)
        found[pack, model_id].dataset = dataset
    for (pack, model_id), model in found.items():
        by_day = counts[pack, model_id, model.dataset]
        model.counts = sorted(by_day.items())[-SESSIONS:]
    # a plain one: a template that asks for `.items` would add that key
    return dict(found)


def _last_runs() -> QuerySet[Run]:
    newest = (
        Run.objects.filter(kind=Run.Kind.SCAN)
        .order_by()
        .values("pack", "model_id")
        .annotate(newest=Max("id"))
        .values("newest")
    )
    return Run.objects.filter(id__in=newest).defer(*BRIEF)


def _listed() -> QuerySet[SignalList, tuple[str, str, str, date, int | None]]:
    return SignalList.objects.order_by("run").values_list(
        "pack", "model_id", "dataset", "session", "run__summary__selected"
    )


def running() -> list[Run]:
    """Runs that have not ended, the oldest first; one query."""
    return list(Run.objects.active().defer(*BRIEF).order_by("id")[:20])
