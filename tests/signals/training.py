"""A pack with one model to be trained, small enough for a test, on `small_market`."""

from __future__ import annotations

import json
import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from typing import Any

from django.core.management import call_command

from signals.models import Run
from signals.services import runs
from tests.home import PACKS
from tests.small_market import DATASET

PACK, MODEL = "learner", "universe_eq_swing_daily_gbm"
NAME = f"{PACK}/{MODEL}"
END = "2023-09-15"
ASKED = {"pack": PACK, "model_id": MODEL, "end": END, "dataset": DATASET}
MANIFEST = """\
id: learner
name: Learner
version: 1.0.0
assets: [eq]
horizons: [swing]
cadences: [daily]
providers: [bars]
default_universe: us_liquid
default_policy: topn_learner
"""
SET = """\
name: swing_eq_learner
version: 1
indicators:
  - {name: ret, window: 5}
  - {name: ret, window: 20}
  - {name: vol_zscore, window: 20}
"""
POLICY = "name: topn_learner\nversion: 1\npolicy: {selection: {top_n: 10}}\n"
CONFIG = """\
model_id: universe_eq_swing_daily_gbm
kind: gbm
universe: us_liquid
indicator_set: swing_eq_learner
label: {kind: fwd_ret, horizon: 5}
policy: topn_learner
train: {window: 60, refresh: 20, splits: walk_forward, folds: 2, embargo: 5, seed: 7}
params: {learning_rate: 0.1, num_leaves: 7, min_data_in_leaf: 20, rounds: 8}
max_age_days: 60
"""


@contextmanager
def learner(packs: Path = PACKS, config: str = CONFIG) -> Iterator[Path]:
    """The pack, as long as it is wanted; its model's file."""
    home = packs / PACK
    files = {
        "pack.yaml": MANIFEST,
        "indicator_sets/swing_eq_learner.yaml": SET,
        "policies/topn_learner.yaml": POLICY,
        f"model_configs/{MODEL}.yaml": config,
    }
    for name, text in files.items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(text, encoding="utf-8")
    try:
        yield home / "model_configs" / f"{MODEL}.yaml"
    finally:
        shutil.rmtree(home)


def command(name: str, *extra: str) -> dict[str, Any]:
    """The document that a command prints for the model."""
    out = StringIO()
    arguments = (NAME, "--dataset", DATASET, "--json", *extra)
    call_command(name, *arguments, stdout=out, stderr=StringIO())
    printed: dict[str, Any] = json.loads(out.getvalue())
    return printed


def train(*extra: str) -> Run:
    """The run of a training by command."""
    return Run.objects.get(pk=command("train", "--end", END, *extra)["run"]["id"])


def do_newest_run() -> Run:
    """What the worker does when the bell rings."""
    return runs.execute_here(Run.objects.latest("pk"))


def kill_children(needle: str) -> int:
    """End the processes that have a text in their command line; how many."""
    count = 0
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and needle in _argv(entry):
            os.kill(int(entry.name), signal.SIGKILL)
            count += 1
    return count


def _argv(entry: Path) -> str:
    try:
        return (entry / "cmdline").read_bytes().decode(errors="replace")
    except OSError:  # it has ended meanwhile
        return ""
