"""The same session scanned by two definitions of a model: what would change.

Both sides come from `run.scan_market`, the function a scan itself calls, so that the
forecast of a change is what the run then gives.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sigma_core import explain
from sigma_core.results import RankedSignal, ScanResult
from sigma_core.signal_models.funnel import gate_counts


@dataclass(frozen=True)
class Moved:
    """A ticker that is in one list alone, and what keeps it out of the other.

    `code`, `value` and `limit` are those of its decision path: `gate.adx`, 19.2, 20.
    """

    ticker: str
    code: str
    value: float | None
    limit: float | None
    score: float | None


@dataclass(frozen=True)
class Impact:
    """What one session gave before and would give after.

    `passes` counts who passes every gate with a whole score, `selected` the list the
    policy makes of them, `tradeable` those of it that no limit stops; pairs are
    (before, after). Of those in both lists, `reordered` counts other ranks, `reweighed`
    other weights, `rejudged` other verdicts. `gates` says of each top-level gate how
    many of the universe pass it alone, None where there is no such gate.
    """

    session: date
    members: tuple[int, int]
    passes: tuple[int, int]
    selected: tuple[int, int]
    tradeable: tuple[int, int]
    reordered: int
    reweighed: int
    rejudged: int
    entered: tuple[Moved, ...]
    left: tuple[Moved, ...]
    gates: dict[str, tuple[int | None, int | None]]

    @property
    def words(self) -> str:
        """`passes 58 → 31 of 500; 9 of 20 would leave, 2 would enter`."""
        before, after = self.passes
        return f"passes {before} → {after} of {self.members[1]}; {self.list_words}"

    @property
    def list_words(self) -> str:
        """What becomes of the list: who comes and goes, and what else is said of it."""
        said = []
        if self.entered or self.left:
            said.append(
                f"{len(self.left)} of {self.selected[0]} would leave, "
                f"{len(self.entered)} would enter"
            )
        counts = {
            "have another rank": self.reordered,
            "another weight": self.reweighed,
            "another verdict": self.rejudged,
        }
        said += [f"{count} {words}" for words, count in counts.items() if count]
        if self.tradeable[0] != self.tradeable[1]:
            said.append(f"tradeable {self.tradeable[0]} → {self.tradeable[1]}")
        return ", ".join(said) or "the list stays as it is"

    def as_dict(self) -> dict[str, Any]:
        """The impact as plain JSON values."""
        return {
            "session": str(self.session),
            "members": list(self.members),
            "passes": list(self.passes),
            "selected": list(self.selected),
            "tradeable": list(self.tradeable),
            "reordered": self.reordered,
            "reweighed": self.reweighed,
            "rejudged": self.rejudged,
            "words": self.words,
            "list_words": self.list_words,
            "entered": [vars(one) for one in self.entered],
            "left": [vars(one) for one in self.left],
            "gates": [
                {"name": name, "before": pair[0], "after": pair[1]}
                for name, pair in self.gates.items()
            ],
        }


def impact(before: ScanResult, after: ScanResult) -> Impact:
    """What changes from one scan of a session to another scan of the same."""
    mine, theirs = _listed(before), _listed(after)
    both = [(mine[ticker], theirs[ticker]) for ticker in mine.keys() & theirs.keys()]
    return Impact(
        session=after.session,
        members=(_members(before), _members(after)),
        passes=(_passes(before), _passes(after)),
        selected=(len(mine), len(theirs)),
        tradeable=(_tradeable(before), _tradeable(after)),
        reordered=sum(one.rank != other.rank for one, other in both),
        reweighed=sum(one.weight != other.weight for one, other in both),
        rejudged=sum(one.verdict != other.verdict for one, other in both),
        entered=_moved(theirs.keys() - mine.keys(), before),
        left=_moved(mine.keys() - theirs.keys(), after),
        gates=_gates(before, after),
    )


def _listed(scan: ScanResult) -> dict[str, RankedSignal]:
    return {signal.ticker: signal for signal in scan.signals}


def _tradeable(scan: ScanResult) -> int:
    return sum(signal.tradeable for signal in scan.signals)


def _members(scan: ScanResult) -> int:
    return int(scan.universe.members[:, -1].sum())


def _passes(scan: ScanResult) -> int:
    return int(scan.scores.eligible[:, -1].sum())


def _moved(tickers: set[str], where_out: ScanResult) -> tuple[Moved, ...]:
    """Each ticker with what kept it out of that scan's list, A to Z."""
    paths = where_out.paths
    rows = paths[paths["ticker"].isin(tickers)].sort_values("ticker")
    return tuple(
        Moved(
            ticker=str(row["ticker"]),
            code=str(row["code"]) or "policy",
            value=explain.finite(row["value"]),
            limit=explain.finite(row["limit"]),
            score=explain.finite(row["score_total"]),
        )
        for row in rows.to_dict("records")
    )


def _gates(
    before: ScanResult, after: ScanResult
) -> dict[str, tuple[int | None, int | None]]:
    mine, theirs = (
        {gate.name: gate.alone for gate in gate_counts(scan.scores)}
        for scan in (before, after)
    )
    return {
        name: (mine.get(name), theirs.get(name))
        for name in dict.fromkeys([*mine, *theirs])
    }
