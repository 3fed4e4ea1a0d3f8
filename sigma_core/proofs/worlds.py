"""All that a subject may read, and the ways in which its future is changed.

A `World` is a real dataset in a folder of its own, and its bars as known at a moment. A
`Trial` is a world that differs from the sample only where it must not matter: after a
session, in other tickers, or in what became known later.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from sigma_core.bars.grid import find_spans
from sigma_core.bars.store import Dataset
from sigma_core.frames import FIELDS, Axis, BarArrays, Bools, Floats
from sigma_core.market import open_dataset
from sigma_core.proofs.sample import Sample, as_rows, split_action

NOW = datetime(2030, 1, 2, tzinfo=UTC)
LATER = NOW + timedelta(days=30)
SEED = 7


@dataclass(frozen=True)
class World:
    """A dataset and its bars as known by `known_by`."""

    dataset: Dataset
    bars: BarArrays
    known_by: datetime = NOW

    def until(self, sessions: int) -> World:
        """The same as it was after so many sessions."""
        return replace(self, bars=window(self.bars, 0, sessions))


@dataclass(frozen=True)
class Trial:
    """A world in which nothing up to `until` may differ from the sample's values.

    `words` say what was changed. `rows` are the tickers that count (all if None),
    `others` says that the bars of other tickers were changed.
    """

    proof: str
    words: str
    world: World
    until: int
    rows: Bools | None = None
    others: bool = False


def make_world(root: Path, name: str, sample: Sample) -> World:
    """The sample, stored as an ingest stores it, and read back."""
    dataset = open_dataset(root, name)
    dataset.mark_synthetic()
    if len(sample.actions):
        dataset.add_actions(sample.actions)
    dataset.add_reference(sample.reference)
    dataset.bars().append(
        sample.rows(), source="sample", adjustment="raw", ingested_at=NOW
    )
    return World(dataset, dataset.bars().arrays(known_by=NOW))


def window(bars: BarArrays, first: int, stop: int) -> BarArrays:
    """The bars of the sessions `first` up to, not including, `stop`."""
    cut = {n: np.ascontiguousarray(bars.field(n)[:, first:stop]) for n in FIELDS}
    factor = bars.factor
    return replace(
        with_fields(bars, cut),
        axis=Axis(bars.axis.tickers, bars.axis.times[first:stop]),
        spans=find_spans(~np.isnan(cut["close"])),
        factor=None if factor is None else np.ascontiguousarray(factor[:, first:stop]),
        blocked_from=np.clip(bars.blocked_from - first, 0, stop - first),
        seals=None,
    )


def with_fields(bars: BarArrays, fields: Mapping[str, Floats]) -> BarArrays:
    """The same bars with other values in all five fields."""
    return replace(
        bars,
        open=fields["open"],
        high=fields["high"],
        low=fields["low"],
        close=fields["close"],
        volume=fields["volume"],
    )


def times_each(world: World, factors: Floats) -> World:
    """Every price multiplied by its cell's factor, every volume divided by it."""
    bars = world.bars
    changed = {
        name: bars.field(name) / factors
        if name == "volume"
        else bars.field(name) * factors
        for name in FIELDS
    }
    return replace(world, bars=with_fields(bars, changed))


def prefixes(world: World, sample: Sample) -> Iterator[Trial]:
    """Proof 1: the later sessions are cut off."""
    for cut in sample.cuts:
        day = sample.times[cut - 1]
        yield Trial("prefix", f"data cut after {day}", world.until(cut), cut)


def perturbed(world: World, sample: Sample) -> Iterator[Trial]:
    """Proof 2: later bars, and then other tickers' bars, are multiplied."""
    random = np.random.default_rng(SEED)
    shape = world.bars.axis.shape
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
        yield Trial("perturbation", words, changed, shape[1], kept, others=True)


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
    world.dataset.bars().append(
        revised, source="fix", adjustment="raw", ingested_at=LATER
    )
    return replace(world, bars=world.dataset.bars().arrays(known_by=NOW))


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
    rows = as_rows(tickers or sample.tickers, sample.times, fields)
    dataset.bars().append(rows, source="sample", adjustment="raw", ingested_at=NOW)
    return World(dataset, dataset.bars().arrays(known_by=NOW))
