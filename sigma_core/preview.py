"""A look at a model over one to five sessions: fast, and nothing is written.

1. required    the inputs its indicator set needs; a missing one is named at once
2. universe    who could be chosen, and how many survive each step
3. coverage    each column: values, missing cells by cause, drift, smells
4. gates       of a scanner: how many pass each alone, together, and without it, and
               how the values behind each condition lie about its limit
5. candidates  the best of the last session, with parts and gates

`preview` takes a bundle as it lies on disk or a draft of one (`specs.drafts`): the page
that edits a model and the command that checks a pack ask the same function.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np

from sigma_core import explain, matrix
from sigma_core.coverage import (
    Coverage,
    Required,
    Smell,
    coverage,
    require,
    smells,
)
from sigma_core.coverage.drift import LIMIT as DRIFT_LIMIT
from sigma_core.coverage.drift import SESSIONS as DRIFT_SESSIONS
from sigma_core.coverage.drift import drift
from sigma_core.coverage.shares import Status
from sigma_core.errors import BadInput, Problem
from sigma_core.frames import Matrix
from sigma_core.labels import Labels, labels
from sigma_core.market import Market
from sigma_core.matrix.reach import first_needed
from sigma_core.run import (
    build_features,
    find_universe,
    plan_of,
    scanner_over,
    with_benchmark,
)
from sigma_core.signal_models import funnel
from sigma_core.signal_models.base import Scores
from sigma_core.signal_models.conditions import Condition, conditions
from sigma_core.signal_models.rules import Scanner
from sigma_core.specs.bundle import Bundle
from sigma_core.specs.schema import GbmConfig, Label, ScannerConfig
from sigma_core.universe import Universe
from sigma_core.window import column_of, facts, last_columns

MOST_SESSIONS = 5
#: sessions that are looked at where no start is given
SESSIONS = 2
#: bars × indicators above which a look is too slow for whoever waits for it
MOST_WORK = 1_000_000_000
CANDIDATES = 20
#: own closes behind a candidate's sparkline
CLOSES = 30
#: what no honest column knows: the next session's return; for models without a label
PROBE = Label(kind="fwd_ret", horizon=1, at="close")
NEXT_BAR = Label(kind="next_bar_ret")
#: sessions before the first that intraday columns are compared with; daily ones: 60
INTRADAY_DRIFT = 5


@dataclass(frozen=True)
class Preview:
    """What is seen of a model on `sessions`; see the module's text.

    `features` holds the sessions asked for, `wide` those and the ones before that
    drift and smells are measured against. `scores` and what comes from them speak of
    the last session; None for a model without rules. `drifts` are NaN where there are
    too few values.
    """

    bundle: Bundle
    market: Market
    required: list[Required]
    universe: Universe
    features: Matrix
    coverage: Coverage
    drifts: dict[str, float]
    smells: list[Smell]
    label: Labels | None
    scores: Scores | None
    conditions: list[Condition]

    @property
    def sessions(self) -> list[date]:
        """The sessions looked at."""
        days: list[date] = np.unique(self.features.axis.days).tolist()
        return days

    @property
    def members(self) -> list[int]:
        """How many are in the universe on each session; it is judged once a session."""
        axis = self.features.axis
        first = np.searchsorted(axis.days, np.unique(axis.days))
        counts: list[int] = self.features.members[:, first].sum(axis=0).tolist()
        return counts

    @cached_property
    def problems(self) -> list[Problem]:
        """All that fails, then all that warns."""
        where = self.bundle.files["indicator_set"]
        before = compared_columns(self.market) // self.market.bars.axis.per_session
        found = self.coverage.problems(where)
        if not self.coverage.members:
            found = [_nobody(self.bundle)]  # said once, not for each column
        found += [
            _drifted(name, value, before, where)
            for name, value in self.drifts.items()
            if value > DRIFT_LIMIT
        ]
        return found + [smell.problem(where) for smell in self.smells]

    @property
    def status(self) -> Status:
        """`fail` if a column fails, `warn` if anything warns."""
        severities = {problem.severity for problem in self.problems}
        return "fail" if "error" in severities else "warn" if severities else "ok"

    def as_dict(self) -> dict[str, Any]:
        """The preview as plain JSON values; None where there is no number."""
        return {
            "pack": self.bundle.pack,
            "model_id": self.bundle.model_id,
            "indicator_set": self.bundle.indicator_set.name,
            "dataset": self.market.dataset.name,
            "synthetic": self.market.dataset.synthetic,
            "sessions": [str(day) for day in self.sessions],
            "status": self.status,
            "problems": [problem.as_dict() for problem in self.problems],
            "cadence": self.market.cadence,
            "bars": self.features.axis.shape[1],
            "closes_at": self.market.closes_at.isoformat(),
            "members": self.members,
            "rows": self.coverage.members,
            "limits": self.coverage.limits.model_dump(),
            "required": [_required(one) for one in self.required],
            "columns": self._columns(),
            "universe": self._universe(),
            "gates": self._gates(),
            "conditions": [asdict(one) for one in self.conditions],
            "funnel": explain.way(self.universe, self.scores),
            "candidates": self._candidates(),
            "label": None if self.label is None else self.label.balance(),
        }

    def _columns(self) -> list[dict[str, Any]]:
        kinds: dict[str, list[str]] = {}
        for smell in self.smells:
            kinds.setdefault(smell.column, []).append(smell.kind)
        return [
            column.as_dict()
            | {
                "psi": explain.finite(self.drifts[column.name]),
                "drifts": self.drifts[column.name] > DRIFT_LIMIT,
                "smells": kinds.get(column.name, []),
            }
            for column in self.coverage.columns
        ]

    def _universe(self) -> dict[str, Any]:
        steps = [asdict(step) for step in self.universe.steps]
        return {"name": self.bundle.universe.name, "steps": steps}

    def _gates(self) -> list[dict[str, Any]]:
        counts = funnel.gate_counts(self.scores) if self.scores else []
        return [asdict(count) for count in counts]

    def _candidates(self) -> list[dict[str, Any]]:
        if self.scores is None:
            return []
        rows = funnel.ranked(self.scores)[:CANDIDATES].tolist()
        return [
            self._candidate(self.scores, row, rank)
            for rank, row in enumerate(rows, start=1)
        ]

    def _candidate(self, scores: Scores, row: int, rank: int) -> dict[str, Any]:
        ticker = scores.axis.tickers[row]
        closes = self._closes(row)
        return {
            "rank": rank,
            "ticker": ticker,
            "name": self.market.names.get(ticker, ""),
            "score_total": float(scores.score_total[row, -1]),
            "parts": explain.parts_of(scores, row),
            "gates": explain.gates_of(scores, row),
            "close": closes[-1] if closes else None,
            "closes": closes,
        }

    def _closes(self, row: int) -> list[float]:
        """The last own closes, oldest first, in the session's own units."""
        until = self.market.column + 1
        values = self.market.bars.close[row, max(until - 2 * CLOSES, 0) : until]
        factor = self.market.bars.factor
        if factor is not None:
            values = values / factor[row, until - 1]
        closes: list[float] = values[~np.isnan(values)][-CLOSES:].tolist()
        return closes


def preview(bundle: Bundle, market: Market, *, start: date | None = None) -> Preview:
    """The model from `start` (None: the session before) to the market's session.

    Raises SpecError or ExpressionError with all that is wrong with the definitions, a
    missing input first; BadInput for more than five sessions; NotASession or
    MissingData for a start that can't be looked at.
    """
    needed = require(bundle.indicator_set, where=bundle.files["indicator_set"])
    plan = plan_of(bundle)
    market = with_benchmark(bundle, plan, market)
    _refuse_too_much(plan, market)
    scanner = _scanner(bundle, plan, market)
    first = first_column(market, start)
    before = compared_columns(market)
    low = max(first - before, 0)
    last = market.column
    scored = first_needed(market.bars, scanner.lookback if scanner else 0, last, last)
    low = min(low, scored)
    universe = find_universe(bundle, plan, market, low)
    wide = build_features(plan, market, universe, low)
    rules = last_columns(wide, last - scored + 1)
    scores = scanner.fit(rules, None).transform(rules) if scanner else None
    count = market.column - first + 1
    features = last_columns(wide, count)
    known = facts(market, plan, first)
    names = [column.name for column in plan.columns]
    near = last_columns(wide, min(count + before, wide.axis.shape[1]))
    asked = bundle.model.label if isinstance(bundle.model, GbmConfig) else None
    probe = PROBE if market.cadence == "daily" else NEXT_BAR
    label = _label(asked or probe, market, near)
    return Preview(
        bundle=bundle,
        market=market,
        required=needed,
        universe=universe,
        features=features,
        coverage=coverage(features, plan, known, bundle.indicator_set.preview),
        drifts={name: drift(near, name, count) for name in names},
        smells=smells(
            near, names, label.values if label else None, label.name if label else ""
        ),
        label=label if asked else None,
        scores=scores,
        conditions=conditions(scanner, scores) if scanner and scores else [],
    )


def first_column(market: Market, start: date | None) -> int:
    """The column of the first session looked at; BadInput for more than five."""
    days = market.bars.axis.days
    sessions = np.unique(days[: market.column + 1])
    if start is None:
        return int(np.searchsorted(days, sessions[-SESSIONS:][0]))
    column = column_of(market, start)
    asked = len(sessions) - int(np.searchsorted(sessions, days[column]))
    if asked > MOST_SESSIONS:
        message = f"{asked} sessions were asked for."
        hint = f"A preview shows at most {MOST_SESSIONS}; build_matrix any number."
        raise BadInput(Problem("preview.sessions", "start", message, hint))
    return column


def compared_columns(market: Market) -> int:
    """Columns before the first one looked at that drift and smells are measured by."""
    axis = market.bars.axis
    return (
        DRIFT_SESSIONS if axis.per_session == 1 else INTRADAY_DRIFT * axis.per_session
    )


def _refuse_too_much(plan: matrix.Plan, market: Market) -> None:
    work = len(market.bars.axis.tickers) * (market.column + 1) * len(plan.calls)
    for cadence, calls in plan.joined.items():
        work += market.finished(cadence).bars.close.size * len(calls)
    if work > MOST_WORK:
        message = f"{work:,} bars × indicators are more than a preview takes."
        hint = "Use build_matrix, or a smaller dataset or set."
        raise BadInput(Problem("preview.too_much", "indicator_set", message, hint))


def _scanner(bundle: Bundle, plan: matrix.Plan, market: Market) -> Scanner | None:
    if not isinstance(bundle.model, ScannerConfig):
        return None
    return scanner_over(bundle, plan, market)


def _label(spec: Label, market: Market, near: Matrix) -> Labels | None:
    """The label on the sessions of a matrix that ends with the market's session.

    Members only. Prices after that session count: a preview of an old session knows
    what followed, one of the last knows nothing of it yet.
    """
    first = market.column - near.axis.shape[1] + 1
    made = labels(spec, market.bars, near.members, first=first, last=market.column)
    if made is None:
        return None
    values = np.where(near.members, made.values, np.nan)
    return Labels(made.name, values, made.start, made.end)


def _required(one: Required) -> dict[str, Any]:
    return asdict(one) | {"needed_by": list(one.needed_by)}


def _drifted(name: str, value: float, sessions: int, where: str) -> Problem:
    message = (
        f"column {name!r}: its values have moved, PSI {value:.2f} against the "
        f"{sessions} sessions before, above {DRIFT_LIMIT}."
    )
    hint = "Look whether the market moved, or the data."
    return Problem("coverage.drift", where, message, hint, "warning")


def _nobody(bundle: Bundle) -> Problem:
    return Problem(
        "coverage.no_members",
        f"universe {bundle.universe.name}",
        "no ticker is in the universe on these sessions.",
        "Its steps say which rule removed the last ones.",
    )
