"""Measure a walk forward beside plain LightGBM: `python benchmarks/training.py`.

Processor time, own and of children, of `training.train` from a matrix to its report,
beside the same fits as LightGBM's manual does them, one after the other in this one:
Dataset, train, predict, on rows that lie ready. `training.train` starts a child, lays
out rows, predicts, judges and writes cards besides; `overhead` is what that adds. Both
must come to the same trees. One JSON line; exit code 1 where trees differ.

    --tickers 500 --years 5 --rounds 100 --threads 1
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
import tempfile
import time
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import lightgbm  # noqa: E402 # after the path is set
import numpy as np  # noqa: E402

from sigma_core import builds, matrix, training  # noqa: E402
from sigma_core.bars.demo import demo_market, fill  # noqa: E402
from sigma_core.boosting.artifact import trees_sha  # noqa: E402
from sigma_core.boosting.rows import Rows, rows_of  # noqa: E402
from sigma_core.frames import Floats, Matrix  # noqa: E402
from sigma_core.indicators import kernels  # noqa: E402
from sigma_core.labels import forward_return  # noqa: E402
from sigma_core.market import open_dataset  # noqa: E402
from sigma_core.specs.schema import GbmConfig  # noqa: E402
from sigma_core.training.fits import shuffled_within  # noqa: E402
from sigma_core.training.schedule import schedule  # noqa: E402
from sigma_core.validation.splits import Split  # noqa: E402

MODEL = "universe_eq_swing_daily_gbm"
FILES = {
    "common/pack.yaml": "{id: common, name: Common, version: 1.0.0}",
    "common/universes/everyone.yaml": "{name: everyone}",
    "bench/pack.yaml": "{id: bench, name: Bench, version: 1.0.0}",
    "bench/policies/topn.yaml": "{name: topn, policy: {}}",
}
CONFIG = """
model_id: universe_eq_swing_daily_gbm
kind: gbm
universe: everyone
indicator_set: swing_eq_default
policy: topn
label: {{kind: fwd_ret, horizon: 10}}
train: {{window: 504, refresh: 60, folds: 5, embargo: 10, seed: 7}}
params:
  learning_rate: 0.05
  num_leaves: 31
  min_data_in_leaf: 200
  feature_fraction: 0.8
  bagging_fraction: 0.8
  bagging_freq: 1
  lambda_l2: 1.0
  rounds: {rounds}
max_age_days: 120
"""
NOW = datetime(2040, 1, 2, tzinfo=UTC)


def main(tickers: int, years: int, rounds: int, threads: int) -> int:
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # as the child has it
    kernels.use_cache(
        Path(os.environ.get("SIGMA_KERNELS", HERE.parent / "var" / "kernels"))
    )
    with tempfile.TemporaryDirectory(prefix="sigma-bench-") as name:
        ready = prepared(Path(name), tickers, years, rounds)
        features = matrix.named(builds.build(ready).matrix)
        limits = training.Limits(Path(name) / "scratch", threads=threads)
        before = cpu()
        trained = training.train(ready, features, limits)
        own = cpu() - before
        plain, shas = by_hand(ready, features, trained)
    same = shas == [model.card.trees_sha for model in [*trained.models, trained.model]]
    print(
        json.dumps(
            {
                "task": "walk_forward",
                "rows": int(features.members.sum()),
                "fits": len(shas) + len(trained.report.folds),
                "cpu_seconds": round(own, 2),
                "lightgbm_cpu_seconds": round(plain, 2),
                "overhead": round(own / plain - 1, 4),
                "same_trees": same,
            }
        )
    )
    return 0 if same else 1


def prepared(home: Path, tickers: int, years: int, rounds: int) -> builds.Prepared:
    """A demo market and the default set of columns, ready to be built."""
    own = HERE.parent / "packs" / "swingsigma" / "indicator_sets"
    name = "indicator_sets/swing_eq_default.yaml"
    files = {
        **FILES,
        f"bench/{name}": (own / "swing_eq_default.yaml").read_text(encoding="utf-8"),
        f"bench/model_configs/{MODEL}.yaml": CONFIG.format(rounds=rounds),
    }
    for path, text in files.items():
        (home / "packs" / path).parent.mkdir(parents=True, exist_ok=True)
        (home / "packs" / path).write_text(text, encoding="utf-8")
    market = demo_market(seed=7, until=date(2022 + years, 12, 29), tickers=tickers)
    fill(open_dataset(home / "datasets", "bench"), market, ingested_at=NOW)
    return builds.prepare(
        packs_root=home / "packs",
        datasets_root=home / "datasets",
        pack="bench",
        model_id=MODEL,
        start=None,
        end=None,
        dataset="bench",
        default_dataset=None,
        now=NOW,
    )


def by_hand(
    ready: builds.Prepared, features: Matrix, trained: training.Trained
) -> tuple[float, list[str]]:
    """Processor seconds of the same fits without anything around them, and the shas of
    the trees but the control's; what is laid ready for them is not counted."""
    rows = rows_of(features)
    labels = rows.gather(forward_return(ready.market.bars, 10)[:, ready.first :])
    mixed = shuffled_within(labels, rows.time, seed=7)
    assert isinstance(ready.bundle.model, GbmConfig)
    plan = schedule(ready.bundle.model, features.axis.times)
    splits = [split for fold in plan.folds for split in fold.splits]
    work = [(split, labels) for split in [*splits, plan.latest]]
    for fold in plan.folds:
        tested = range(fold.splits[0].test.start, fold.splits[-1].test.stop)
        work.append((Split(fold.splits[0].train, tested), mixed))
    params = {k: v for k, v in trained.model.card.params.items() if k != "rounds"}
    rounds = int(trained.model.card.params["rounds"])
    shas, spent = [], 0.0
    for split, target in work:
        train, test = (rows.of(plan.times(one)) for one in (split.train[0], split.test))
        before = cpu()
        trees = fitted(rows, train, target, params, rounds)
        trees.predict(rows.values[test.start : test.stop], num_threads=1)
        text = trees.model_to_string()
        spent += cpu() - before
        shas.append(trees_sha(text))
    return spent, shas[: len(splits) + 1]


def fitted(
    rows: Rows, train: range, labels: Floats, params: dict[str, Any], rounds: int
) -> lightgbm.Booster:
    """One model, as the manual has it."""
    part = slice(train.start, train.stop)
    known = np.isfinite(labels[part])
    features, came = rows.values[part], labels[part]
    if not known.all():
        features, came = features[known], came[known]
    names = list(rows.columns)
    data = lightgbm.Dataset(features, came, feature_name=names, params=params)
    return lightgbm.train(params, data, num_boost_round=rounds)


def cpu() -> float:
    """Processor seconds of this process and of its children that have ended."""
    own, children = (
        resource.getrusage(who)
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    return sum(one.ru_utime + one.ru_stime for one in (own, children))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--tickers", type=int, default=500)
    parser.add_argument("--years", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--threads", type=int, default=1)
    started = time.monotonic()
    code = main(**vars(parser.parse_args()))
    print(f"{time.monotonic() - started:.0f} s", file=sys.stderr)
    sys.exit(code)
