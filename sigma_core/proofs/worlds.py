"""All that a subject may read, and the ways in which its future is changed.

A `World` is a real dataset in a folder of its own, and its bars as known at a moment. A
`Trial` is a world that differs from the sample only where it must not matter: after a
session, in other tickers, or in what became known later.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path

import numpy as np

from sigma_core.bars.benchmark import of_ticker
from sigma_core.bars.coarser import put_together
from sigma_core.bars.grid import find_spans
from sigma_core.bars.store import Dataset
from sigma_core.frames import FIELDS, BarArrays, Bools, Floats
from sigma_core.market import Market, open_dataset
from sigma_core.proofs.intraday import IntradaySample, of_whole_sessions
from sigma_core.proofs.sample import FUND, Sample, as_rows, split_action
from sigma_core.specs.naming import CADENCES

NOW = datetime(2030, 1, 2, tzinfo=UTC)
LATER = NOW + timedelta(days=30)
SEED = 7


@dataclass(frozen=True)
class World:
    """A dataset and its bars as known by `known_by`; `days` beside finer bars. Hours
    and quarters of an hour are those that the bars of this world add up to."""

    dataset: Dataset
    bars: BarArrays
    known_by: datetime = NOW
    cadence: str = "daily"
    days: BarArrays | None = None

    def until(self, columns: int) -> World:
        """The same as it was after so many columns: days that were over by then."""
        bars = window(self.bars, 0, columns)
        if self.days is None:
            return replace(self, bars=bars)
        end = self.market(columns - 1).closes_at
        over = self.dataset.sessions.last_finished(end)
        count = int(np.searchsorted(self.days.axis.times, np.datetime64(over), "right"))
        return replace(self, bars=bars, days=window(self.days, 0, count))

    @cached_property
    def coarser(self) -> dict[str, BarArrays]:
        """Bars of every longer cadence, by its name."""
        if self.days is None:
            return {}
        between = CADENCES[CADENCES.index(self.cadence) + 1 : CADENCES.index("daily")]
        sessions = self.dataset.sessions
        whole = of_whole_sessions(self.bars, sessions, self.cadence)
        made = {c: compared(put_together(whole, sessions, c)) for c in between}
        return {"daily": self.days, **made}

    def market(self, column: int) -> Market:
        """As a scan opens it, at one column."""
        day = self.bars.axis.days[column].item()
        given = self.dataset, self.bars, day, column, self.known_by
        return Market(*given, cadence=self.cadence, others=self.coarser)


@dataclass(frozen=True)
class Trial:
    """A world in which nothing up to `until` may differ from the sample's values.

    `words` say what was changed. `rows` are the tickers that count (all if None),
    `others` says that the bars of other tickers were changed, `market` that the
    benchmark's were among them, `judged` that the quality rules saw no more: a ticker
    whose data problem waits has other bars then, and who is out is what counts.
    """

    proof: str
    words: str
    world: World
    until: int
    rows: Bools | None = None
    others: bool = False
    market: bool = False
    judged: bool = False


def make_world(root: Path, name: str, sample: Sample) -> World:
    """The sample, stored as an ingest stores it, and read back."""
    dataset = open_dataset(root, name)
    dataset.mark_synthetic()
    if len(sample.actions):
        dataset.add_actions(sample.actions)
    dataset.add_reference(sample.reference)
    return _filled(dataset, sample, sample.tickers, sample.fields)


def _filled(
    dataset: Dataset,
    sample: Sample,
    tickers: tuple[str, ...],
    fields: dict[str, Floats],
) -> World:
    """The dataset with these bars, and with the days around finer ones."""
    tables = {sample.cadence: as_rows(tickers, sample.times, fields)}
    if isinstance(sample, IntradaySample):
        tables["daily"] = sample.day_rows(tickers, fields)
    for cadence, rows in tables.items():
        store = dataset.bars(cadence)
        store.append(rows, source="sample", adjustment="raw", ingested_at=NOW)
    return read(dataset, sample.cadence)


def read(dataset: Dataset, cadence: str) -> World:
    """The world of a dataset as it was known at first."""
    bars = compared(dataset.bars(cadence).arrays(known_by=NOW))
    if cadence == "daily":
        return World(dataset, bars)
    days = compared(dataset.bars("daily").arrays(known_by=NOW))
    return World(dataset, bars, cadence=cadence, days=days)


def compared(bars: BarArrays) -> BarArrays:
    """The bars with the fund among them as their benchmark."""
    return replace(bars, benchmark=of_ticker(bars, FUND))


def window(bars: BarArrays, first: int, stop: int) -> BarArrays:
    """The bars of the sessions `first` up to, not including, `stop`."""
    cut = {n: np.ascontiguousarray(bars.field(n)[:, first:stop]) for n in FIELDS}
    factor = bars.factor
    return replace(
        with_fields(bars, cut),
        axis=bars.axis.cut(slice(first, stop)),
        spans=find_spans(~np.isnan(cut["close"]), max_gap=bars.axis.max_gap),
        factor=None if factor is None else np.ascontiguousarray(factor[:, first:stop]),
        blocked=None if bars.blocked is None else bars.blocked[:, first:stop],
        seals=None,
    )


def with_fields(bars: BarArrays, fields: Mapping[str, Floats]) -> BarArrays:
    """The same bars with other values in all five fields, the benchmark's too."""
    changed = replace(
        bars,
        open=fields["open"],
        high=fields["high"],
        low=fields["low"],
        close=fields["close"],
        volume=fields["volume"],
    )
    return compared(changed)


def times_each(world: World, factors: Floats) -> World:
    """Every price multiplied by its cell's factor, every volume divided by it.

    A day beside finer bars takes the factor of its last bar: it is not over before.
    """
    bars = _times(world.bars, factors)
    if world.days is None:
        return replace(world, bars=bars)
    days = world.days.axis.times
    last = np.searchsorted(world.bars.axis.days, days, side="right") - 1
    return replace(
        world, bars=bars, days=_times(world.days, factors[:, np.maximum(last, 0)])
    )


def _times(bars: BarArrays, factors: Floats) -> BarArrays:
    changed = {
        name: bars.field(name) / factors
        if name == "volume"
        else bars.field(name) * factors
        for name in FIELDS
    }
    return with_fields(bars, changed)


def prefixes(world: World, sample: Sample) -> Iterator[Trial]:
    """Proof 1: the later sessions are cut off."""
    for cut in sample.cuts:
        day = sample.times[cut - 1]
        yield Trial("prefix", f"data cut after {day}", world.until(cut), cut)


def stored(root: Path, sample: Sample) -> Iterator[Trial]:
    """Proof 1 from the store on: no later row was ever there, so the quality rules
    judge what the sessions up to the cut tell."""
    for cut in sample.judged_cuts:
        day = sample.times[cut - 1]
        fields = {n: values.copy() for n, values in sample.fields.items()}
        for values in fields.values():
            values[:, cut:] = np.nan
        world = _stored(root, f"until_{cut}", sample, fields).until(cut)
        yield Trial("prefix", f"no row after {day} stored", world, cut, judged=True)


def perturbed(world: World, sample: Sample) -> Iterator[Trial]:
    """Proof 2: later bars, and then other tickers' bars, are multiplied."""
    random = np.random.default_rng(SEED)
    shape = world.bars.axis.shape
    fund = world.bars.axis.row(FUND)
    for cut in (sample.cuts[0], sample.cuts[-1]):
        factors = np.ones(shape)
        factors[:, cut:] = random.uniform(0.6, 1.7, (shape[0], shape[1] - cut))
        words = f"every bar after {sample.times[cut - 1]} multiplied"
        yield Trial("perturbation", words, times_each(world, factors), cut)
    for odd in (0, 1):
        kept = np.arange(shape[0]) % 2 == odd
        factors = np.where(kept[:, None], 1.0, random.uniform(0.6, 1.7, shape))
        changed = times_each(world, factors)
        words = "the bars of other tickers multiplied"
        market = not kept[fund]
        yield Trial(
            "perturbation", words, changed, shape[1], kept, others=True, market=market
        )


def later(root: Path, world: World, sample: Sample) -> Iterator[Trial]:
    """Proof 5: a split, a listing and a revision that come later."""
    day = sample.times[sample.middle]
    split = _with_split(root, sample)
    yield Trial("later", f"a 2:1 split on {day}", split, sample.middle)
    listed = _with_listing(root, sample)
    yield Trial("later", f"another ticker listed on {day}", listed, sample.middle)
    revised = _with_revision(root, sample)
    words = "a bar revised after the moment that is asked about"
    yield Trial("later", words, revised, sample.sessions)


def _with_split(root: Path, sample: Sample) -> World:
    """The first ticker splits; its printed prices halve, its volume doubles."""
    fields = {name: values.copy() for name, values in sample.fields.items()}
    for name, values in fields.items():
        values[0, sample.middle :] *= 2.0 if name == "volume" else 0.5
    return _stored(root, "later_split", sample, fields, splits=True)


def _with_listing(root: Path, sample: Sample) -> World:
    """A ticker in the middle of the alphabet has its first bar later on."""
    ticker = "FOX"
    tickers = tuple(sorted((*sample.tickers, ticker)))
    at = tickers.index(ticker)
    fields = {}
    for name, values in sample.fields.items():
        mine = np.where(np.arange(sample.sessions) < sample.middle, np.nan, values[1])
        fields[name] = np.insert(values, at, mine * 1.25, axis=0)
    return _stored(root, "later_listing", sample, fields, tickers=tickers)


def _with_revision(root: Path, sample: Sample) -> World:
    """An early bar is corrected a month after the moment that is asked about."""
    world = make_world(root, "later_revision", sample)
    rows = sample.rows()
    early = rows["ts"] == rows["ts"].sort_values().iloc[len(rows) // 3]
    revised = rows[early].copy()
    for name in ("open", "high", "low", "close"):
        revised[name] *= 1.1
    store = world.dataset.bars(sample.cadence)
    store.append(revised, source="fix", adjustment="raw", ingested_at=LATER)
    return read(world.dataset, sample.cadence)


def _stored(
    root: Path,
    name: str,
    sample: Sample,
    fields: dict[str, Floats],
    *,
    tickers: tuple[str, ...] | None = None,
    splits: bool = False,
) -> World:
    dataset = open_dataset(root, name)
    dataset.mark_synthetic()
    dataset.add_actions(sample.actions)
    if splits:
        dataset.add_actions(
            split_action(sample.tickers[0], sample.times[sample.middle])
        )
    dataset.add_reference(sample.reference)
    return _filled(dataset, sample, tickers or sample.tickers, fields)
