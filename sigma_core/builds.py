"""A model's matrix over a stretch of sessions, ready to be stored.

1. `prepare`  definitions, bars and dates → what is to be built, and its name: two with
              one `key` are the same matrix, and the second need not be built
2. `build`    the matrix and its coverage; a column that fails refuses the whole

Nothing is written.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sigma_core import matrix
from sigma_core.coverage import Coverage, coverage, needs, require
from sigma_core.errors import MissingData
from sigma_core.executor import IN_PROCESS, Executor
from sigma_core.frames import Matrix
from sigma_core.market import AsOf, Market, open_market
from sigma_core.run import (
    Progress,
    build_features,
    find_universe,
    plan_of,
    quiet,
    with_benchmark,
)
from sigma_core.specs import fingerprint
from sigma_core.specs.bundle import Bundle, load_bundle
from sigma_core.window import column_of, facts


@dataclass(frozen=True)
class Prepared:
    """What is to be built: the columns of `plan` on `first` to the market's session."""

    bundle: Bundle
    plan: matrix.Plan
    market: Market
    first: int

    @property
    def sessions(self) -> tuple[date, date]:
        """First and last session."""
        first: date = self.market.bars.axis.days[self.first].item()
        return first, self.market.session

    @property
    def cold(self) -> int:
        """How many of the sessions come before the first on which every column can be
        warm; all of them where none is."""
        count = self.market.column + 1 - self.first
        return min(max(_warm(self.plan, self.market) - self.first, 0), count)

    @cached_property
    def fingerprint(self) -> dict[str, Any]:
        """The names of all that the matrix depends on."""
        market, bundle = self.market, self.bundle
        specs = [bundle.universe, *bundle.parts.values()]
        listed = {spec.base.membership for spec in specs}
        first, last = self.sessions
        calendar = market.dataset.sessions
        return {
            "indicator_set_sha": self.bundle.shas["indicator_set_sha"],
            "universe_sha": self.bundle.shas["universe_sha"],
            "benchmark": self.bundle.manifest.benchmark,
            "dataset": market.dataset.name,
            "data_sha": market.data_sha,
            "market": market.compared_with,
            "cadence": market.cadence,
            "closes_at": market.closes_at.isoformat(),
            "reference_sha": _frame_sha(market.reference),
            "membership_sha": {
                name: _frame_sha(market.dataset.membership(name))
                for name in sorted(filter(None, listed))
            },
            "first_session": str(first),
            "last_session": str(last),
            "calendar": f"{calendar.name} {calendar.version}",
            "code": fingerprint.code(),
            "libraries": fingerprint.libraries(),
        }

    @property
    def contents(self) -> list[tuple[str, str, str, Mapping[str, object]]]:
        """(kind, name, sha, content) of the definitions it rests on, as they were
        read."""
        bundle = self.bundle
        named = {
            "indicator_set": bundle.indicator_set.name,
            "model_config": bundle.model_id,
            "universe": bundle.universe.name,
        }
        return [
            (kind, name, bundle.shas[f"{kind}_sha"], bundle.contents[kind])
            for kind, name in named.items()
        ]

    @property
    def key(self) -> str:
        """One sha for the fingerprint; the dataset's name itself changes no number."""
        named = {k: v for k, v in self.fingerprint.items() if k != "dataset"}
        return fingerprint.sha_of(named)


@dataclass(frozen=True)
class Built:
    """A matrix, float32 and not yet named, and what is missing in it."""

    prepared: Prepared
    matrix: Matrix
    coverage: Coverage

    def summary(self) -> dict[str, Any]:
        """What is said of it, as plain JSON values."""
        first, last = self.prepared.sessions
        bundle, market = self.prepared.bundle, self.prepared.market
        where = bundle.files["indicator_set"]
        return {
            "indicator_set": bundle.indicator_set.name,
            "universe": bundle.universe.name,
            "dataset": market.dataset.name,
            "synthetic": market.dataset.synthetic,
            "first_session": str(first),
            "last_session": str(last),
            "cadence": market.cadence,
            "sessions": len(np.unique(self.matrix.axis.days)),
            "bars": self.matrix.axis.shape[1],
            "tickers": self.matrix.axis.shape[0],
            "rows": self.coverage.members,
            "bytes": sum(values.nbytes for values in self.matrix.columns.values()),
            "status": self.coverage.status,
            "limits": self.coverage.limits.model_dump(),
            "columns": [column.as_dict() for column in self.coverage.columns],
            "problems": [one.as_dict() for one in self.coverage.problems(where)],
        }


def prepare(
    *,
    packs_root: Path,
    datasets_root: Path,
    pack: str,
    model_id: str,
    start: date | None,
    end: AsOf | None,
    dataset: str | None,
    default_dataset: str | None,
    now: datetime,
    progress: Progress = quiet,
) -> Prepared:
    """What a model's matrix from `start` to `end` rests on.

    `start` None: the first session on which every column can be warm; `end` None: the
    last session held. Raises SpecError or BadInput for definitions, names and dates
    that can't be used (a missing input first), MissingData for sessions not held.
    """
    progress("definitions", 0.0, f"{pack}/{model_id}")
    bundle = load_bundle(packs_root, pack, model_id)
    where = bundle.files["indicator_set"]
    require(bundle.indicator_set, where=where)
    plan = plan_of(bundle)
    progress("bars", 0.0, "")
    wanted = dataset or bundle.universe.dataset
    market = open_market(
        datasets_root, wanted, default_dataset, end, now, bundle.cadence
    )
    market = with_benchmark(bundle, plan, market)
    return Prepared(bundle, plan, market, _first(plan, market, start))


def build(
    prepared: Prepared,
    progress: Progress = quiet,
    executor: Executor = IN_PROCESS,
) -> Built:
    """The matrix, as float32, and its coverage. MissingData, with a problem for each
    column, if one fails: a matrix that is full of holes is not worth its training."""
    market, plan = prepared.market, prepared.plan
    progress("universe", 0.0, prepared.bundle.universe.name)
    first = prepared.first
    universe = find_universe(prepared.bundle, plan, market, first)
    words = f"{len(plan.columns)} columns of {len(market.bars.axis.tickers):,} tickers"
    progress("features", 0.0, f"{words}, by {executor.name}")
    made = build_features(
        plan, market, universe, first, executor=executor, dtype=np.float32
    )
    progress("coverage", 0.0, f"{int(made.members.sum()):,} rows")
    known = facts(market, plan, first)
    limits = prepared.bundle.indicator_set.preview
    found = coverage(made, plan, known, limits)
    where = prepared.bundle.files["indicator_set"]
    failed = [one for one in found.problems(where) if one.severity == "error"]
    if failed:
        raise MissingData(failed)
    return Built(prepared, made, found)


def _first(plan: matrix.Plan, market: Market, start: date | None) -> int:
    if start is None:
        return min(_warm(plan, market), market.column)
    return column_of(market, start)


def _warm(plan: matrix.Plan, market: Market) -> int:
    """The first column on which every column of the plan can be warm."""
    found = needs(plan).values()
    first = max((need.bars for need in found if not need.cadence), default=1) - 1
    for cadence in plan.joined:
        ends = market.finished(cadence).ends
        slowest = max(need.bars for need in found if need.cadence == cadence)
        if slowest > len(ends):
            return market.column
        starts = market.bars.axis.times
        first = max(first, int(np.searchsorted(starts, ends[slowest - 1])))
    return first


def _frame_sha(frame: pd.DataFrame | None) -> str:
    """sha256 of a small table; empty for none."""
    if frame is None:
        return ""
    return hashlib.sha256(frame.to_csv(index=False).encode()).hexdigest()
