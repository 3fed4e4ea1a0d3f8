"""What a scan gives back: its signals, why each ticker is in or out, and its names.

`ScanResult` holds the stages themselves; what is read from them is computed when asked
for: `signals` (the ranked list), `paths` (every ticker's way), `summary` (what a page
says of it), `fingerprint` and `output_sha` (what was read and what came out).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from sigma_core import explain
from sigma_core.frames import Floats, Matrix
from sigma_core.market import Market
from sigma_core.policy import REASONS, Decisions
from sigma_core.signal_models.base import Scores
from sigma_core.specs import fingerprint
from sigma_core.specs.bundle import Bundle
from sigma_core.universe import Universe

#: own closes behind a sparkline, own volumes behind a volume ratio
CLOSES, VOLUMES = 30, 20
TRADEABLE = "tradeable"


@dataclass(frozen=True)
class RankedSignal:
    """One selected candidate, in the units of its session.

    `change` is against the previous own close, as a fraction; `volume_ratio` against
    the mean of the 20 own bars before; `closes` are the last 30 own closes, oldest
    first. None where there is no such number.
    """

    rank: int
    ticker: str
    name: str
    sector: str
    side: str
    score_total: float
    parts: list[explain.Plain]
    gates: list[explain.Plain]
    weight: float
    tradeable: bool
    verdict: str
    verdict_value: float | None
    verdict_limit: float | None
    open: float
    high: float
    low: float
    close: float
    volume: float
    change: float | None
    volume_ratio: float | None
    closes: list[float]


@dataclass(frozen=True)
class Learned:
    """What a trained model adds to a scan: `names` of the training, for the
    fingerprint; `why[ticker]` of each selected one, its prediction and what moved it.
    Rules have learned nothing.
    """

    names: Mapping[str, object] = field(default_factory=dict)
    why: Mapping[str, explain.Plain] = field(default_factory=dict)


@dataclass(frozen=True)
class ScanResult:
    """All stages of one scan; see the module's text.

    `judged` is the universe of the session, on the axis of days; `universe` the same
    at each bar that was read. Of a daily model they are one.
    """

    bundle: Bundle
    market: Market
    judged: Universe
    universe: Universe
    features: Matrix
    scores: Scores
    decisions: Decisions
    learned: Learned = Learned()

    @property
    def session(self) -> date:
        """The session it is of."""
        return self.market.session

    @property
    def dataset(self) -> str:
        """The dataset whose bars it read."""
        return self.market.dataset.name

    @cached_property
    def signals(self) -> list[RankedSignal]:
        """The selected, best first."""
        rows = np.flatnonzero(self.decisions.selected)
        in_order = rows[np.argsort(self.decisions.rank[rows])].tolist()
        return [self._signal(row, rank) for rank, row in enumerate(in_order, start=1)]

    @cached_property
    def paths(self) -> pd.DataFrame:
        """Every ticker's way to its end; see `explain.decision_paths`."""
        return explain.decision_paths(self.universe, self.scores, self.decisions)

    @cached_property
    def output_sha(self) -> str:
        """sha256 of the ranked list, to the last bit of every number."""
        return fingerprint.sha_of(
            {
                **self._moment,
                "signals": [vars(signal) for signal in self.signals],
            }
        )

    @property
    def ts(self) -> datetime:
        """When its bar closed, UTC; of a whole session its midnight, as daily bars."""
        if self.market.cadence != "daily":
            return self.market.closes_at
        return datetime.combine(self.session, time(), UTC)

    @property
    def _moment(self) -> dict[str, str]:
        """What names the list's bar: the session, of an intraday one its close too."""
        if self.market.cadence == "daily":
            return {"session": str(self.session)}
        closed = self.market.closes_at.isoformat()
        return {"session": str(self.session), "ts": closed}

    @cached_property
    def fingerprint(self) -> dict[str, Any]:
        """The names of everything that was read."""
        sessions = self.market.dataset.sessions
        return {
            **self.bundle.shas,
            "dataset": self.dataset,
            "data_sha": self.market.data_sha,
            "market": self.market.compared_with,
            "matrix_sha": self.features.sha,
            "known_by": self.market.known_by.isoformat(),
            "calendar": f"{sessions.name} {sessions.version}",
            "code": fingerprint.code(),
            "libraries": fingerprint.libraries(),
            "seed": None,
            **self.learned.names,
        }

    @property
    def contents(self) -> list[tuple[str, str, str, Mapping[str, object]]]:
        """(kind, name, sha, content) of each definition, frozen as it was read."""
        named = {
            "indicator_set": self.bundle.indicator_set.name,
            "model_config": self.bundle.model_id,
            "policy": self.bundle.policy.name,
            "universe": self.bundle.universe.name,
        }
        return [
            (kind, name, self.bundle.shas[f"{kind}_sha"], self.bundle.contents[kind])
            for kind, name in named.items()
        ]

    def summary(self) -> dict[str, Any]:
        """What is said of the scan as a whole, as plain JSON values."""
        sessions = self.market.dataset.sessions
        market, opens = self.market, self.market.next_opens_at
        due = opens.astimezone(sessions.zone).date()
        return {
            "session": str(self.session),
            "kind": self.bundle.model.kind,
            "cadence": market.cadence,
            "bar": {
                "opens_at": market.opens_at.isoformat(),
                "closes_at": market.closes_at.isoformat(),
            },
            "previous_session": str(sessions.previous(self.session)),
            "due": {"session": str(due), "opens_at": opens.isoformat()},
            "half_day": sessions.is_half_day(self.session),
            "dataset": self.dataset,
            "synthetic": self.market.dataset.synthetic,
            "universe": self.bundle.universe.name,
            "policy": self.bundle.policy.name,
            "tickers": self.universe.steps[0].survivors,
            "members": int(self.universe.members[:, -1].sum()),
            "passed": int(self.scores.eligible[:, -1].sum()),
            "selected": int(self.decisions.selected.sum()),
            "tradeable": int(self.decisions.tradeable.sum()),
            "funnel": explain.funnel(self.universe, self.scores, self.decisions),
            "gates": explain.gate_counts(self.scores),
            "parts": [
                {"name": name, "weight": weight}
                for name, weight in self.scores.weights.items()
            ],
            "near_misses": explain.near_misses(self.scores, self.market.names),
            "missing": explain.missing_counts(self.scores),
        }

    def _signal(self, row: int, rank: int) -> RankedSignal:
        ticker = self.scores.axis.tickers[row]
        code = REASONS[self.decisions.reason[row]]
        bar = {name: self._as_of(name, row) for name in ("open", "high", "low")}
        closes, volumes = self._own("close", row, 1), self._own("volume", row, -1)
        before = volumes[-1 - VOLUMES : -1]
        typical = math.fsum(before) / VOLUMES if len(before) == VOLUMES else 0.0
        return RankedSignal(
            rank=rank,
            ticker=ticker,
            name=self.market.names.get(ticker, ""),
            sector=self.market.sector_names.get(ticker, ""),
            side=self.bundle.policy.rules.selection.side,
            score_total=float(self.scores.score_total[row, -1]),
            parts=self._parts(row),
            gates=explain.gates_of(self.scores, row),
            weight=float(self.decisions.weight[row]),
            tradeable=bool(self.decisions.tradeable[row]),
            verdict=code or TRADEABLE,
            verdict_value=explain.finite(self.decisions.value[row]),
            verdict_limit=explain.finite(self.decisions.limit[row]),
            **bar,
            close=self._as_of("close", row),
            volume=self._as_of("volume", row),
            change=float(closes[-1] / closes[-2] - 1) if len(closes) > 1 else None,
            volume_ratio=float(volumes[-1] / typical) if typical > 0 else None,
            closes=closes[-CLOSES:].tolist(),
        )

    def _parts(self, row: int) -> list[explain.Plain]:
        """The parts of its score; a trained model's one part with what moved it."""
        why = self.learned.why.get(self.scores.axis.tickers[row], {})
        return [part | why for part in explain.parts_of(self.scores, row)]

    def _as_of(self, name: str, row: int) -> float:
        return float(self.features.as_of(name)[row])

    def _own(self, name: str, row: int, degree: int) -> Floats:
        """The ticker's own values up to the session, in the session's units."""
        values, factor = self.market.own(name, row), self.market.bars.factor
        if factor is not None:
            values = values / factor[row, self.market.column] ** degree
        return values
