"""What is planted is found, nothing is found in noise, and a leak would show.

The whole path of a user's run: stored bars, universe, columns, labels, walk forward.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from sigma_core import training
from sigma_core.boosting.params import params_of
from sigma_core.boosting.process import Trees
from sigma_core.boosting.rows import rows_of
from sigma_core.labels import forward_return
from sigma_core.validation.measures import measures
from tests.core.training import toy

PLANTED = 0.08
FIVE_YEARS = {
    "train": {
        "window": 504, "refresh": 180, "folds": 2, "embargo": 5, "seed": 7,
        "splits": "walk_forward",
    },
    "params": {"rounds": 12, "learning_rate": 0.2, "num_leaves": 8, "max_bin": 63,
               "min_data_in_leaf": 1000},
    "max_age_days": 400,
}  # fmt: skip


def trained(tmp_path: Path, ic: float) -> training.Trained:
    """500 tickers, five years."""
    until = date(2027, 12, 31)
    datasets = toy.store_market(tmp_path / "bars", ic=ic, tickers=500, until=until)
    packs = toy.write_pack(tmp_path / "packs", **FIVE_YEARS)
    ready = toy.prepared(packs, datasets)
    return training.train(ready, toy.built(ready), toy.limits(tmp_path))


def test_what_is_planted_in_two_columns_is_recovered(tmp_path: Path) -> None:
    report = trained(tmp_path, PLANTED).report
    assert report.pooled.ic is not None
    assert report.pooled.ic >= 0.6 * PLANTED
    assert report.pooled.rank_ic is not None
    assert report.pooled.rank_ic >= 0.6 * PLANTED
    assert report.pooled.t is not None
    assert report.pooled.t > 5
    assert {one.column for one in report.importance[:2]} == {"rvol_20", "vol_zscore_20"}
    assert all((fold.measures.t or 0) > 5 for fold in report.folds)
    assert report.decay[5] == max(ic or 0 for ic in report.decay.values())
    for name in ("random", "permuted"):
        assert near_zero(report.baselines[name]), name


def test_nothing_is_found_in_a_market_without_anything(tmp_path: Path) -> None:
    report = trained(tmp_path, 0.0).report
    assert near_zero(report.pooled)
    for name in ("random", "momentum", "permuted"):
        assert near_zero(report.baselines[name]), name


def near_zero(found: training.Measures) -> bool:
    """Within three standard errors, over sessions whose labels do not overlap."""
    assert found.rank_ic is not None
    assert found.standard_error is not None
    assert found.independent > 50
    return abs(found.rank_ic) < 3 * found.standard_error


#: slow columns tell tickers and weeks apart: what a leak needs
SLOW = ({"name": "ema", "window": 20}, {"name": "ema", "window": 50})
DEEP: dict[str, Any] = {
    "params": {"rounds": 60, "num_leaves": 255, "min_data_in_leaf": 5},
    "label": {"kind": "fwd_ret", "horizon": 10},
    "train": {**toy.CONFIG["train"], "embargo": 10},
}


def test_a_split_by_row_finds_what_is_not_there(tmp_path: Path) -> None:
    """On noise with 10-session labels: half of the rows, drawn, against the others.
    Walk forward on the same market and columns finds nothing."""
    datasets = toy.store_market(tmp_path / "bars", ic=0.0)
    packs = toy.write_pack(tmp_path / "packs", indicators=SLOW, **DEEP)
    ready = toy.prepared(packs, datasets)
    matrix, limits = toy.built(ready), toy.limits(tmp_path)
    honest = training.train(ready, matrix, limits).report.pooled
    rows = rows_of(matrix)
    came = forward_return(ready.market.bars, 10)[:, ready.first :]
    drawn = np.random.default_rng(1).random(len(rows.time)) < 0.5
    labels = np.where(drawn, rows.gather(came), np.nan)
    every = range(len(rows.time))
    params = params_of(DEEP["params"], seed=7, threads=1)
    with Trees(rows.values, rows.columns, limits) as trees:
        said = trees.fit(trees.label(labels), [every], params, every).predictions
    wide = rows.spread(np.where(drawn, np.nan, said), every, matrix.axis.shape)
    leaky = measures(wide, came, label_start=1, label_end=10)
    assert leaky.rank_ic is not None
    assert honest.rank_ic is not None
    assert leaky.rank_ic > 0.2
    assert abs(honest.rank_ic) < 3 * (honest.standard_error or 0)
