"""What the pages say of all models at once: last runs, counts, what is running."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db.models import Count, Max, Q, QuerySet

from signals.models import Run, Signal, SignalList, TrainedModel
from signals.queries.lists import At

#: how many lists a count strip shows
SESSIONS = 60
#: a run as lists show it: without its long texts
BRIEF = ("log", "steps", "problems", "fingerprint")

#: (pack, model_id), and the same with the dataset
Model = tuple[str, str]
Lists = tuple[str, str, str]


@dataclass
class Activity:
    """What has happened to one model."""

    last_run: Run | None = None
    #: (bar, number of signals), oldest first; a list without one counts 0
    counts: list[tuple[At, int]] = field(default_factory=list)
    dataset: str = ""
    trained: bool = False

    @property
    def stage(self) -> str:
        """draft before the first training or list, then trained, research after it."""
        if self.counts:
            return "research"
        return "trained" if self.trained else "draft"

    @property
    def session(self) -> date | None:
        """The last session with a list."""
        return self.counts[-1][0].session if self.counts else None

    @property
    def at(self) -> At | None:
        """The bar of the last list."""
        return self.counts[-1][0] if self.counts else None

    @property
    def signals(self) -> int | None:
        """Signals of the last list."""
        return self.counts[-1][1] if self.counts else None


def activity() -> dict[Model, Activity]:
    """By (pack, model_id); four queries whatever the number of models.

    A model scanned over several datasets shows the one of its newest scan.
    """
    found: dict[Model, Activity] = defaultdict(Activity)
    for run in _last_runs():
        found[run.pack, run.model_id].last_run = run
    for key in (
        TrainedModel.objects.order_by().values_list("pack", "model_id").distinct()
    ):
        found[key].trained = True
    bars: dict[Lists, list[At]] = defaultdict(list)
    for pack, model_id, dataset, ts, session in _listed():
        # in the order of the runs: the dataset scanned last has the last word
        found[pack, model_id].dataset = dataset
        bars[pack, model_id, dataset].append(At(ts, session))
    shown = {
        (*key, model.dataset): sorted(bars[*key, model.dataset])[-SESSIONS:]
        for key, model in found.items()
        if model.dataset
    }
    counted = _counts(shown)
    for (pack, model_id, dataset), some in shown.items():
        counts = counted[pack, model_id, dataset]
        found[pack, model_id].counts = [(at, counts.get(at.ts, 0)) for at in some]
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


def _listed() -> QuerySet[SignalList, tuple[str, str, str, datetime, date]]:
    # by "run" they would stand in the order that runs are shown in, the newest first
    return SignalList.objects.order_by("run_id").values_list(
        "pack", "model_id", "dataset", "ts", "session"
    )


def _counts(shown: Mapping[Lists, Sequence[At]]) -> dict[Lists, dict[datetime, int]]:
    """Current signals by list and ts, from the first bar shown of each."""
    wanted = Q(pk__in=())
    for (pack, model_id, dataset), some in shown.items():
        of_list = Q(dataset=dataset, pack=pack, model_id=model_id)
        wanted |= of_list & Q(ts__gte=some[0].ts)
    rows = (
        Signal.objects.current()
        .filter(wanted)
        .order_by()
        .values_list("pack", "model_id", "dataset", "ts")
        .annotate(count=Count("id"))
    )
    counts: dict[Lists, dict[datetime, int]] = defaultdict(dict)
    for pack, model_id, dataset, ts, count in rows:
        counts[pack, model_id, dataset][ts] = count
    return counts


def running() -> list[Run]:
    """Runs that have not ended, the oldest first; one query."""
    return list(Run.objects.active().defer(*BRIEF).order_by("id")[:20])
