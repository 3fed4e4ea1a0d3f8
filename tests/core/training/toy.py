"""A pack with one trainable model, and demo markets with what it should find."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import yaml

from sigma_core import builds, matrix, training
from sigma_core.bars.demo import demo_market, fill
from sigma_core.frames import Matrix
from sigma_core.indicators import kernels
from sigma_core.market import open_dataset

ROOT = Path(__file__).resolve().parents[3]
kernels.use_cache(ROOT / "var" / "kernels")

NOW = datetime(2030, 1, 2, tzinfo=UTC)
PACK, MODEL, DATASET = "toy", "universe_eq_swing_daily_gbm", "toys"
#: the two columns that show the planted signal, and two that show nothing
INDICATORS = (
    {"name": "vol_zscore", "window": 20},
    {"name": "rvol", "window": 20},
    {"name": "ret", "window": 5},
    {"name": "rsi", "window": 14},
)
CONFIG: dict[str, Any] = {
    "model_id": MODEL,
    "kind": "gbm",
    "universe": "everyone",
    "indicator_set": "swing_eq_toy",
    "policy": "topn_toy",
    "label": {"kind": "fwd_ret", "horizon": 5},
    "train": {
        "window": 120, "refresh": 20, "folds": 3, "embargo": 5, "seed": 7,
        "splits": "walk_forward",
    },
    "params": {"rounds": 10, "num_leaves": 7, "min_data_in_leaf": 50},
    "max_age_days": 60,
}  # fmt: skip


def write_pack(
    root: Path,
    comment: str = "",
    indicators: Sequence[Mapping[str, Any]] = INDICATORS,
    **changed: Any,
) -> Path:
    """The pack in a folder of packs; `changed` keys of the model's config."""
    config = {**CONFIG, **changed}
    files: Mapping[str, Mapping[str, Any]] = {
        "common/pack.yaml": {"id": "common", "name": "Common", "version": "1.0.0"},
        "common/universes/everyone.yaml": {"name": "everyone"},
        f"{PACK}/pack.yaml": {"id": PACK, "name": "Toy", "version": "1.0.0"},
        f"{PACK}/policies/topn_toy.yaml": {"name": "topn_toy", "policy": {}},
        f"{PACK}/indicator_sets/swing_eq_toy.yaml": {
            "name": "swing_eq_toy", "indicators": list(indicators),
        },
        f"{PACK}/model_configs/{config['model_id']}.yaml": config,
    }  # fmt: skip
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        text = yaml.safe_dump(dict(content), sort_keys=False)
        path.write_text(f"{comment}{text}", encoding="utf-8")
    return root


def store_market(
    root: Path,
    *,
    ic: float = 0.08,
    tickers: int = 60,
    until: date = date(2023, 12, 29),
    seed: int = 7,
) -> Path:
    """A demo market as the dataset `toys` of a folder of datasets."""
    made = demo_market(
        seed=seed, until=until, tickers=tickers, alpha_ic=ic, alpha_horizon=5
    )
    fill(open_dataset(root, DATASET), made, ingested_at=NOW)
    return root


def prepared(
    packs: Path, datasets: Path, model_id: str = MODEL, **window: date
) -> builds.Prepared:
    """What `builds.prepare` makes of them."""
    return builds.prepare(
        packs_root=packs,
        datasets_root=datasets,
        pack=PACK,
        model_id=model_id,
        start=window.get("start"),
        end=window.get("end"),
        dataset=DATASET,
        default_dataset=None,
        now=NOW,
    )


def built(ready: builds.Prepared) -> Matrix:
    """Its matrix, named."""
    return matrix.named(builds.build(ready).matrix)


def limits(tmp_path: Path, **more: Any) -> training.Limits:
    """One thread, two minutes."""
    return training.Limits(
        **{"scratch": tmp_path / "scratch", "threads": 1, "seconds": 120.0, **more}
    )
