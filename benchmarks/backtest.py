"""Measure backtests and sweeps beside vectorbt: `python benchmarks/backtest.py [TASK]`.

800 tickers × 3,400 sessions of seeded bars, one process after the other, one JSON line
per measurement; exit code 1 unless vectorbt comes to the same equity, to a cent in a
hundred thousand dollars. Tasks:

    simulate   given weights (the 50 strongest over 63 sessions, 0.95 / 50 each) are
               followed at each next open; vectorbt: `from_orders`, target percents
    backtest   scores → decide → fills with every refusal kept; no peer has this
    sweep      200 combinations of gates, each decided and filled; vectorbt's loop
               computes the gates of each cell and replays that cell's order list,
               which is less work: it decides nothing

vectorbt loops over `--cells` of the 200 (20); its time is counted up to all.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from crosscheck import peers_python  # noqa: E402 # after the path is set

TASKS = ("simulate", "backtest", "sweep")
CENT = 0.01


def main(tasks: list[str], cells: int) -> int:
    agreed = True
    with tempfile.TemporaryDirectory(prefix="sigma-bench-") as name:
        for task in tasks:
            own = measure(sys.executable, "backtest_sigma.py", task, name, cells)
            print(json.dumps(own), flush=True)
            if task == "backtest":
                continue
            peer = measure(peers_python(), "backtest_vectorbt.py", task, name, cells)
            peer["ratio"] = round(peer["seconds"] / own["seconds"], 1)
            peer["cpu_ratio"] = round(peer["cpu_seconds"] / own["cpu_seconds"], 1)
            print(json.dumps(peer), flush=True)
            agreed &= peer["max_difference"] < CENT
    return 0 if agreed else 1


def measure(
    python: str | Path, script: str, task: str, folder: str, cells: int
) -> dict[str, Any]:
    """One task in a fresh process."""
    done = subprocess.run(
        [python, HERE / script, task, folder, str(cells)],
        env={**os.environ, "PYTHONPATH": str(HERE.parent)},
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    line: dict[str, Any] = json.loads(done.stdout)
    return line


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("tasks", nargs="*", default=list(TASKS))
    parser.add_argument("--cells", type=int, default=20)
    given = parser.parse_args()
    sys.exit(main(given.tasks, given.cells))
