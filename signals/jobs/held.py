"""Whether the bars that a run is asked for are there, before it is queued."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from django.conf import settings

from packs_app import datasets
from sigma_core.errors import BadInput, MissingData
from signals.models import Run
from signals.queries import bars

#: kinds of runs that bring bars
FEEDERS = (Run.Kind.INGEST, Run.Kind.DEMO)


def require_held(
    wanted: str | None, day: date | None, cadence: str, *, where: str = "as_of"
) -> None:
    """BadInput for a dataset that is not there, and a session outside what it holds.

    What a run that waits or works may yet bring is not refused, nor is a dataset
    without bars: there the run itself says what is missing. `where` is the parameter
    that gave the day.
    """
    from sigma_core.bars.store import resolve  # deltalake

    name = _named(wanted)
    if is_coming(name):
        return
    try:
        dataset = resolve(settings.SIGMA_HOME / "datasets", name, None)
    except MissingData:
        return
    if day is not None:
        _require_session(dataset, day, cadence, where)


def is_coming(name: str | None) -> bool:
    """Whether a run that waits or works may bring bars of a dataset (None: any)."""
    coming = set(Run.objects.active().filter(kind__in=FEEDERS).values_list("dataset"))
    return bool(coming) and (name is None or (name,) in coming)


def _named(wanted: str | None) -> str | None:
    """The dataset that is meant, as far as it has a name of its own."""
    both = (wanted, datasets.default_dataset())
    return next((name for name in both if name and name != "auto"), None)


def _require_session(name: str, day: date, cadence: str, where: str) -> None:
    """BadInput for a session before the first or after the last one held."""
    from sigma_core.market import open_dataset, outside_of  # deltalake

    # what a finer cadence is put together from holds the same sessions
    stored = "daily" if cadence == "daily" else "5m"
    build = bars.newest_build(name, stored)
    if build is not None and build.first <= day <= build.last:
        return
    # bars may have come since the build: before it refuses, it asks the table itself
    held = open_dataset(settings.SIGMA_HOME / "datasets", name).bars(stored).info()
    if not held or held["first_session"] is None:
        return
    outside = outside_of(name, day, held["first_session"], held["last_session"])
    if outside is not None:
        raise BadInput(replace(outside, where=where))
