"""Who belongs to a universe on a session, and what each of its rules left over.

Everything that reads bars is imported where it is used: the stores bring pandas,
pyarrow and deltalake, which the web process shall not load before someone asks.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.conf import settings

from packs_app.services import load_universe
from sigma_core.errors import MissingData, Problem

if TYPE_CHECKING:
    from sigma_core.bars.store import Dataset
    from sigma_core.frames import BarArrays
    from sigma_core.specs.schema import UniverseSpec
    from sigma_core.universe import Step


@dataclass(frozen=True)
class Membership:
    """The members of a universe on a session, judged on the session before."""

    universe: str
    universe_sha: str
    dataset: str
    session: date
    judged_on: date
    steps: tuple[Step, ...]
    members: tuple[str, ...]

    def as_document(self) -> dict[str, Any]:
        """The same as JSON."""
        return {
            "universe": self.universe,
            "universe_sha": self.universe_sha,
            "dataset": self.dataset,
            "session": self.session.isoformat(),
            "judged_on": self.judged_on.isoformat(),
            "steps": [
                {"name": step.name, "label": step.label, "survivors": step.survivors}
                for step in self.steps
            ],
            "members": list(self.members),
        }


def find_members(
    *, name: str, on: date | None, dataset: str | None, now: datetime
) -> Membership:
    """The universe `name` on a session (None: the last one held) of a dataset.

    Raises UnknownName, NotASession, and MissingData where no bar of the day is held.
    """
    from sigma_core import universe

    spec, sha = load_universe(name)
    store = _dataset(spec, dataset)
    bars = store.bars().arrays(known_by=now)
    column = _column(bars, store, on)
    wanted = spec.base.membership
    found = universe.members(
        spec,
        bars,
        slice(column, column + 1),
        reference=store.reference(),
        membership=store.membership(wanted) if wanted else None,
    )
    session: date = bars.axis.times[column].astype("datetime64[D]").item()
    chosen = found.members[:, -1]
    return Membership(
        universe=spec.name,
        universe_sha=sha,
        dataset=store.name,
        session=session,
        judged_on=store.sessions.previous(session),
        steps=found.steps,
        members=tuple(
            ticker
            for ticker, member in zip(bars.axis.tickers, chosen, strict=True)
            if member
        ),
    )


def _dataset(spec: UniverseSpec, asked: str | None) -> Dataset:
    """The dataset that was asked for, else the one the universe names, else `auto`."""
    from sigma_core import quality
    from sigma_core.bars.store import Dataset, resolve

    root = settings.SIGMA_HOME / "datasets"
    named = None if spec.dataset == "auto" else spec.dataset
    chosen = resolve(root, asked or named, settings.SIGMA_DATASET)
    return Dataset(root, chosen, derive=quality.derive)


def _column(bars: BarArrays, store: Dataset, on: date | None) -> int:
    """The column of a session; of the last one where none is named."""
    last = len(bars.axis.times) - 1
    if on is None:
        return last
    import numpy as np

    day = np.datetime64(store.sessions.require(on))
    days = bars.axis.times.astype("datetime64[D]")
    column = int(np.searchsorted(days, day))
    if column > last or days[column] != day:
        message = f"{store.name} holds no bar of {on}."
        hint = f"It holds {days[0]} to {days[last]}."
        raise MissingData(Problem("bars.none", f"dataset {store.name}", message, hint))
    return column
