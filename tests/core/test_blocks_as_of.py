"""No later bar changes who was out of a universe on a day, nor a day's ranked list.

Markets of seeded walks with planted faults: splits that nobody recorded, levels that
come back, gaps that heal and gaps that don't, a recorded split that was none, another
instrument's bars and a later day's bar. What was known at each close is what the store
gives for that moment.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sigma_core.bars.store import Dataset
from sigma_core.frames import FIELDS, Axis
from sigma_core.indicators import kernels
from sigma_core.market import open_dataset
from sigma_core.proofs.sample import as_rows
from sigma_core.run import scan
from sigma_core.sessions import exchange
from sigma_core.specs.schema import UniverseSpec
from sigma_core.universe import members
from tests.core.quality_grids import NO_ACTIONS, NO_ROWS, action_of, judged

ROOT = Path(__file__).resolve().parents[2]
kernels.use_cache(ROOT / "var" / "kernels")
LATE = datetime(2024, 1, 2, tzinfo=UTC)
TICKERS = (
    *("BACK", "CLEAN", "FALSE", "FOREIGN", "HEALS", "HOLES", "LATER", "REVERSE"),
    *("SPLIT", "TICK", "TRUE", "VISIT"),
)
#: faults in which D7 or D9 take bars out that had counted until then
REPAIRED = ("FOREIGN", "VISIT")
SESSIONS, FIRST = 84, 30


class Planted:
    """Raw bars `[ticker, session]` of one seed, with the faults in them."""

    def __init__(self, seed: int, before: int = 0) -> None:
        self.random = np.random.default_rng(seed)
        self.sessions, self.first = SESSIONS + before, FIRST + before
        days = exchange().days
        start = int(np.searchsorted(days, np.datetime64("2021-01-04")))
        self.axis = Axis(TICKERS, days[start : start + self.sessions])
        self.fields = self._walk()
        self.actions = [self._true_split(), self._false_split()]
        self._levels()
        self._gaps()
        self._strangers()

    def _walk(self) -> dict[str, np.ndarray]:
        random, shape = self.random, self.axis.shape
        close = 40 * np.exp(np.cumsum(random.normal(0, 0.014, shape), axis=1))
        opens = close * np.exp(random.normal(0, 0.005, shape))
        high = np.maximum(opens, close) * np.exp(random.uniform(0.001, 0.01, shape))
        low = np.minimum(opens, close) * np.exp(-random.uniform(0.001, 0.01, shape))
        volume = np.round(1.5e6 * np.exp(random.normal(0, 0.4, shape)))
        return dict(zip(FIELDS, (opens, high, low, close, volume), strict=True))

    def _when(self, last: int = SESSIONS) -> int:
        most = self.sessions - SESSIONS + last
        return int(self.random.integers(self.first, most))

    def _scale(self, ticker: str, days: slice, factor: float) -> None:
        for name in ("open", "high", "low", "close"):
            self.fields[name][self.axis.row(ticker), days] *= factor

    def _true_split(self) -> pd.DataFrame:
        day = self._when()
        self._scale("TRUE", slice(day, None), 0.25)
        return action_of(self.axis.times[day], "split", 4.0, "TRUE")

    def _false_split(self) -> pd.DataFrame:
        return action_of(self.axis.times[self._when()], "split", 3.0, "FALSE")

    def _levels(self) -> None:
        self._scale("SPLIT", slice(self._when(), None), 0.5)
        self._scale("REVERSE", slice(self._when(), None), 3.0)
        back = self._when(SESSIONS - 8)
        self._scale("BACK", slice(back, back + int(self.random.integers(1, 5))), 0.5)
        self._scale("TICK", slice(day := self._when(), day + 1), 1e6)

    def _gaps(self) -> None:
        row = {ticker: at for at, ticker in enumerate(TICKERS)}
        listed = self.sessions - 30
        for values in self.fields.values():
            values[row["LATER"], :listed] = np.nan
            values[row["LATER"], listed + 17 : listed + 20] = np.nan
            values[row["HEALS"], : self.first - 22] = np.nan
            values[row["HEALS"], self.first : self.first + 4] = np.nan
            values[row["HOLES"], : self.first - 22] = np.nan
            values[row["HOLES"], self.first :: 3] = np.nan

    def _strangers(self) -> None:
        """A bar of a later day at half the price; ten quiet bars at a quarter of it."""
        split = self._when(SESSIONS - 12)
        self._scale("FOREIGN", slice(split, None), 0.5)
        visit = self._when(SESSIONS - 12)
        self._scale("VISIT", slice(visit, visit + 10), 0.25)
        row = self.axis.row("VISIT")
        self.fields["volume"][row, visit : visit + 10] = 10_000.0
        row = self.axis.row("FOREIGN")
        for values in self.fields.values():
            values[row, split - 4] = values[row, split + 3]

    def without(self, tickers: tuple[str, ...]) -> pd.DataFrame:
        rows = as_rows(TICKERS, self.axis.times, self.fields)
        return rows[~rows["ticker"].isin(tickers)]

    def stored(self, root: Path) -> Dataset:
        dataset = open_dataset(root, "main")
        for action in self.actions:
            dataset.add_actions(action)
        rows = self.without(REPAIRED)
        dataset.bars().append(rows, source="t", adjustment="raw", ingested_at=LATE)
        return dataset


@pytest.mark.parametrize("seed", range(6))
def test_no_later_bar_changes_a_blocked_cell(seed: int) -> None:
    planted = Planted(seed)
    actions = pd.concat([NO_ACTIONS, *planted.actions])
    given = NO_ROWS, actions
    whole = judged(planted.axis, planted.fields, *given).blocked
    for columns in range(1, SESSIONS):
        known = {name: values[:, :columns] for name, values in planted.fields.items()}
        found = judged(planted.axis.until(columns), known, *given).blocked
        np.testing.assert_array_equal(found, whole[:, :columns], f"{columns} sessions")
    ever = {TICKERS[row] for row in np.flatnonzero(whole.any(axis=1))}
    still = {TICKERS[row] for row in np.flatnonzero(whole[:, -1])}
    assert ever == set(TICKERS) - {"CLEAN", "TICK", "TRUE"}
    assert still == {"FALSE", "FOREIGN", "HOLES", "REVERSE", "SPLIT"}


def test_no_later_bar_changes_a_universe_nor_the_bars_of_its_members(
    tmp_path: Path,
) -> None:
    dataset = Planted(seed=0).stored(tmp_path)
    rules = {"name": "t", "min_price": 1, "min_age": 5, "window": 5}
    spec = UniverseSpec.model_validate(rules | {"top_by": {"adv_dollars": 6}})
    whole = dataset.bars().arrays()
    chosen = members(spec, whole, slice(None)).members
    days = whole.axis.times
    for column in range(FIRST, SESSIONS, 2):
        moment = dataset.sessions.close(days[column].item())
        then = dataset.bars().arrays(known_by=moment)
        rows = [whole.axis.row(ticker) for ticker in then.axis.tickers]
        of_then = np.zeros((len(TICKERS) - len(REPAIRED), column + 1), np.bool_)
        of_then[rows] = members(spec, then, slice(None)).members
        np.testing.assert_array_equal(of_then, chosen[:, : column + 1], str(moment))
        free = ~then.blocked_at(np.array([column]))[:, 0]
        for name in FIELDS:
            since = whole.field(name)[rows, : column + 1]
            np.testing.assert_array_equal(then.field(name)[free], since[free])


def test_no_later_bar_changes_a_ranked_list(tmp_path: Path) -> None:
    planted = Planted(seed=4, before=110)
    dataset = planted.stored(tmp_path)
    given = {
        "packs_root": ROOT / "packs",
        "datasets_root": tmp_path,
        "pack": "swingsigma",
        "model_id": "universe_eq_swing_daily_mean_revert_scanner",
        "dataset": "main",
        "default_dataset": None,
    }
    ranked = 0
    for day in planted.axis.times[planted.first :: 7]:
        session = day.item()
        lists = [
            scan(**given, as_of=session, now=now)
            for now in (dataset.sessions.close(session), LATE)
        ]
        then, since = (
            {
                ticker: (found.scores.score_total[row, -1], found.decisions.rank[row])
                for row, ticker in enumerate(found.features.axis.tickers)
                if found.universe.members[row, -1]
            }
            for found in lists
        )
        assert then.keys() == since.keys(), session
        np.testing.assert_array_equal(list(then.values()), list(since.values()))
        ranked += sum(~np.isnan(score) for score, _ in then.values())
    assert ranked > 30


def test_no_later_bar_changes_who_was_out_in_a_visit_within_a_visit() -> None:
    """100, then 137 for 16 sessions, 274 for eight of them; nobody trades the two."""
    days = exchange().days[:80]
    close = np.where(np.arange(80) % 2, 101.0, 100.0)
    close[40:56], volume = 137.0, np.full(80, 1000.0)
    close[44:52] = 274.0
    close *= 1 + np.arange(80) / 1e5  # no two bars alike
    volume[40:56] = 50.0
    prices = {"open": close, "high": close * 1.002, "low": close * 0.998}
    fields = {name: values[None] for name, values in prices.items()}
    fields |= {"close": close[None], "volume": volume[None]}
    axis = Axis(("AAA",), days)
    whole = judged(axis, fields)
    assert sorted(np.flatnonzero(whole.quarantined[0])) == list(range(40, 56))
    for columns in range(1, 80):
        known = {name: values[:, :columns] for name, values in fields.items()}
        found = judged(axis.until(columns), known).blocked
        np.testing.assert_array_equal(found, whole.blocked[:, :columns], str(columns))
