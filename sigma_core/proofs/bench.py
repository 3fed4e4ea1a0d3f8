"""The worlds of a proof, made once and read by every subject."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from sigma_core.bars.grid import bars_per_session
from sigma_core.frames import FIELDS, BarArrays
from sigma_core.proofs import worlds
from sigma_core.proofs.intraday import IntradaySample
from sigma_core.proofs.sample import SESSIONS, Sample
from sigma_core.proofs.worlds import Trial, World

#: sizes of samples are multiples of this many sessions, so that subjects share them
STEP = 440


@dataclass
class Stage:
    """A sample of one size, with every trial that is made on it."""

    root: Path
    sample: Sample

    @cached_property
    def world(self) -> World:
        """The sample as it is."""
        return worlds.make_world(self.root, "sample", self.sample)

    @cached_property
    def trials(self) -> tuple[Trial, ...]:
        """All that proofs 1, 2 and 5 change."""
        made = [*worlds.prefixes(self.world, self.sample)]
        made += worlds.stored(self.root, self.sample)
        made += worlds.perturbed(self.world, self.sample)
        made += worlds.later(self.root, self.world, self.sample)
        return tuple(made)


@dataclass
class Bench:
    """Samples and clean histories by size; use it as `with bench() as …`."""

    root: Path
    _stages: dict[tuple[int, bool, str], Stage] = field(default_factory=dict)

    def stage(self, warmup: int, cadence: str = "daily") -> Stage:
        """A sample with room for a warm-up before its cuts, in bars of a cadence."""
        return self._stage(max(SESSIONS, _up(4 * warmup)), False, cadence)

    def history(self, bars: int, cadence: str = "daily") -> Stage:
        """Clean bars without a gap, `bars` and some more."""
        return self._stage(_up(bars + 60), True, cadence)

    @cached_property
    def data_sha(self) -> str:
        """What names the sample: equal shas, equal proofs."""
        return content_sha(self.stage(1).world.bars)

    def _stage(self, sessions: int, plain: bool, cadence: str) -> Stage:
        key = sessions, plain, cadence
        if key not in self._stages:
            kind = "plain" if plain else "sample"
            folder = self.root / f"{kind}_{cadence}_{sessions}"
            folder.mkdir()
            made = Sample if cadence == "daily" else IntradaySample
            per = bars_per_session(cadence)
            bars = -(-sessions // per) * per  # whole sessions, as arrays hold them
            self._stages[key] = Stage(folder, made(bars, plain, cadence=cadence))
        return self._stages[key]


@contextmanager
def bench() -> Iterator[Bench]:
    """A bench whose datasets are gone afterwards."""
    with TemporaryDirectory(prefix="sigma-proofs-") as folder:
        yield Bench(Path(folder))


def content_sha(bars: BarArrays) -> str:
    """sha256 of the bars themselves."""
    sha = hashlib.sha256("\n".join(bars.axis.tickers).encode())
    for name in FIELDS:
        sha.update(np.where(np.isnan(bars.field(name)), np.nan, bars.field(name)).data)
    return sha.hexdigest()


def _up(sessions: int) -> int:
    return -(-sessions // STEP) * STEP
