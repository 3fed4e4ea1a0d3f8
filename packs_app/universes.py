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

if TYPE_CHECKING:
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
    from sigma_core.market import open_market
    from sigma_core.universe import evaluate

    tree = load_universe(name)
    spec = tree.spec
    market = open_market(
        settings.SIGMA_HOME / "datasets",
        dataset or spec.dataset,
        settings.SIGMA_DATASET,
        on,
        now,
    )
    found = evaluate(
        spec,
        tree.parts,
        market.bars,
        slice(market.column, market.column + 1),
        reference=market.reference,
        membership=market.dataset.membership,
    )
    chosen = zip(market.bars.axis.tickers, found.members[:, -1], strict=True)
    return Membership(
        universe=spec.name,
        universe_sha=tree.sha,
        dataset=market.dataset.name,
        session=market.session,
        judged_on=market.dataset.sessions.previous(market.session),
        steps=found.steps,
        members=tuple(ticker for ticker, member in chosen if member),
    )
