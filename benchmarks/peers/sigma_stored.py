"""Sigma as a run does it: stored bars to a stored matrix, or to the ranked list."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from product import FACTORS_MODEL, FIRST, LAST, MODEL, NOW, packs, store_bars

from peers.sigma import short
from sigma_core import builds, matrix
from sigma_core.frames import Matrix
from sigma_core.indicators import kernels
from sigma_core.run import scan


def load(folder: Path) -> Path:
    kernels.use_cache(Path(__file__).resolve().parents[2] / "var" / "kernels")
    store_bars(folder)
    packs(folder)
    (folder / "matrices").mkdir()
    return folder


def stored(folder: Path) -> dict[str, Any]:
    """What the peers do: features of stored bars, hashed into files."""
    prepared = builds.prepare(**asked(folder, FACTORS_MODEL), start=FIRST, end=LAST)
    bars = prepared.market.bars
    everyone = np.ones(bars.axis.shape, np.bool_)
    made = matrix.build(
        bars,
        prepared.plan,
        everyone,
        first=prepared.first,
        last=prepared.market.column,
        dtype=np.float32,
    )
    return _kept(made, folder)


def built(folder: Path) -> dict[str, Any]:
    """What a run of `build_matrix` does: with the universe of every session, and the
    coverage of every column with the cause of each gap."""
    prepared = builds.prepare(**asked(folder, FACTORS_MODEL), start=FIRST, end=LAST)
    return _kept(builds.build(prepared).matrix, folder)


def _kept(made: Matrix, folder: Path) -> dict[str, Any]:
    kept = matrix.store(made, folder / "matrices")
    return {short(name): values for name, values in kept.columns.items()}


def listed(folder: Path) -> dict[str, Any]:
    """The list with every gate, score part and hash."""
    result = scan(**asked(folder, MODEL), as_of=None)
    rows = result.signals
    assert len(result.summary()) > 0
    assert len(result.output_sha) == 64
    return {
        "ticker": np.array([float(row.ticker[1:]) for row in rows]),
        "score": np.array([row.score_total for row in rows]),
    }


def asked(folder: Path, model_id: str) -> dict[str, Any]:
    return {
        "packs_root": folder / "packs",
        "datasets_root": folder / "datasets",
        "pack": "swingsigma",
        "model_id": model_id,
        "dataset": "main",
        "default_dataset": None,
        "now": NOW,
    }
