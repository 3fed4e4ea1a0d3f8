"""Datasets as the Data page shows them: cadences, marks, faults, and which is meant.

Everything is read from the newest builds of arrays with numpy; only the reference data,
where there is some, needs the store that wrote it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from packs_app.models import DatasetChoice
from signals.models import Run
from signals.queries import bars, overview

CADENCES = ("daily", "hourly", "15m", "5m")
#: put together from 5-minute bars where none are stored
DERIVED = ("15m", "hourly", "daily")


@dataclass(frozen=True)
class Cadence:
    """Bars of one length, stored or put together, with the build of their arrays."""

    name: str
    build: bars.Build | None
    derived: bool


@dataclass(frozen=True)
class Held:
    """One dataset as the page shows it."""

    name: str
    synthetic: bool
    last: Run | None
    #: it is what `auto` means because somebody chose it
    chosen: bool = False
    #: left out of lists while real bars are there
    hidden: bool = False

    @cached_property
    def cadences(self) -> list[Cadence]:
        """Stored cadences, then those that are put together from 5-minute bars."""
        root = bars.datasets_root() / self.name / "bars"
        stored = [name for name in CADENCES if (root / name / "_delta_log").is_dir()]
        builds = {name: bars.newest_build(self.name, name) for name in CADENCES}
        # arrays of 15 minutes may be kept though none are stored
        whole = "5m" not in stored
        named = [n for n in CADENCES if n in stored or (whole and builds[n])]
        found = [Cadence(name, builds[name], derived=False) for name in named]
        if "5m" in named:
            rest = [name for name in DERIVED if name not in named]
            found += [Cadence(name, builds[name], derived=True) for name in rest]
        return found

    @property
    def stored(self) -> list[Cadence]:
        """The cadences that were ingested."""
        return [each for each in self.cadences if not each.derived]

    @property
    def derived(self) -> list[Cadence]:
        """The cadences that are put together when they are asked for."""
        return [each for each in self.cadences if each.derived]

    @property
    def build(self) -> bars.Build | None:
        """The build shown: of daily bars, else of the coarsest that are stored."""
        return next((each.build for each in self.stored if each.build), None)

    @property
    def cadence(self) -> str:
        """Whose build it is."""
        return next((each.name for each in self.stored if each.build), "daily")

    @property
    def coverage(self) -> bars.Coverage | None:
        """By ticker and month; None before the arrays are made."""
        return bars.coverage(self.build) if self.build else None

    @cached_property
    def marks(self) -> list[str]:
        """What the dataset can't know: `survivors only`, and so on."""
        return marks_of(self.name, self.build)

    @property
    def faults(self) -> list[bars.Fault]:
        """What the quality rules found."""
        return bars.faults(self.build) if self.build else []


def marks_of(dataset: str, build: bars.Build | None = None) -> list[str]:
    """The marks of a dataset's bars: of a build, without one of its newest daily."""
    shown = build or bars.newest_build(dataset, "daily")
    if shown is not None:
        return _marks(dataset, shown)
    return ["synthetic"] if bars.is_marked_synthetic(dataset) else []


def _marks(dataset: str, build: bars.Build) -> list[str]:
    """As `quality.labels` gives them for a build."""
    # pandas comes with it: only who looks at data pays
    from sigma_core.quality.labels import labels

    usable = build.held
    path = build.folder / "blocked.npy"
    if path.is_file():
        usable = usable[~np.load(path, mmap_mode="r", allow_pickle=False)[:, -1]]
    days = build.times.astype("datetime64[D]")
    starts = np.flatnonzero(np.r_[True, days[1:] != days[:-1]])
    reference = None
    if (bars.datasets_root() / dataset / "reference").is_dir():
        from sigma_core.market import open_dataset  # deltalake

        reference = open_dataset(bars.datasets_root(), dataset).reference()
    return labels(
        np.logical_or.reduceat(usable, starts, axis=1),
        adjustments=_adjustments(dataset, build),
        reference=reference,
        synthetic=bars.is_marked_synthetic(dataset),
    )


def _adjustments(dataset: str, build: bars.Build) -> set[str]:
    """The kinds of prices of a build and of the stored bars it goes with: a scan of
    either has read both."""
    builds = [build, *(bars.newest_build(dataset, name) for name in ("daily", "5m"))]
    return {kind for one in builds if one for kind in one.meta.get("adjustments", ())}


def datasets(choice: DatasetChoice | None) -> list[Held]:
    """All of them, real ones first; one query."""
    last: dict[str, Run] = {}
    done = Run.objects.filter(kind=Run.Kind.INGEST, status=Run.Status.SUCCEEDED)
    for run in done.defer(*overview.BRIEF)[:200]:
        if not run.params.get("dry_run") and run.params.get("kind", "bars") == "bars":
            last.setdefault(run.dataset, run)
    names = sorted(bars.dataset_names(), key=bars.is_marked_synthetic)
    made_up = {name for name in names if bars.is_marked_synthetic(name)}
    hide = bool(choice and choice.hide_synthetic) and len(made_up) < len(names)
    return [
        Held(
            name,
            synthetic=name in made_up,
            last=last.get(name),
            chosen=choice is not None and choice.dataset == name,
            hidden=hide and name in made_up,
        )
        for name in names
    ]


def offered(held: list[Held], choice: DatasetChoice | None) -> Held | None:
    """The dataset of real bars to switch to, while nobody has chosen: the one ingested
    last. None where there is no made-up market to switch from."""
    real = [each for each in held if not each.synthetic and each.build is not None]
    if choice is not None or not real or len(real) == len(held):
        return None
    return max(real, key=lambda each: each.last.pk if each.last else 0)
