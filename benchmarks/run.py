"""Measure Sigma beside its peers: `python benchmarks/run.py [TASK ...]`.

Each peer runs in a process of its own, on the same seeded bars, one after the other.
One JSON line per measurement:

    task, peer         what was done, by whom
    seconds            median wall time; best_seconds the shortest
    cpu_seconds        median CPU time over all threads
    peak_mb            highest memory of the process, bars included
    ratio              median wall time of the peer over that of Sigma
    cpu_ratio          the same for CPU time
    max_difference     largest difference to Sigma's numbers in the sample, as a share
                       of the column's largest value
    in_column          where that is
    missing_differs    cells that one has and the other has not, once all have warmed up
    agrees_to          what the difference may be
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import venv
from pathlib import Path
from typing import Any

import numpy as np
from tasks import SIZES, write_bars

HERE = Path(__file__).resolve().parent
_IN_MEMORY = ("sigma", "talib_loop", "polars_over", "pandas_groupby")
PEERS = {  # Sigma first: the others are compared with it
    "factors": _IN_MEMORY,
    "scan": _IN_MEMORY,
    "newbar": _IN_MEMORY,
    "stored": ("sigma_stored", "polars_talib_stored", "qlib_expressions"),
    "built": ("sigma_stored", "polars_talib_stored"),
    "alpha158": ("sigma", "qlib_expressions"),
    "listed": ("sigma_stored", "polars_listed", "pandas_listed"),
}
#: measured after a first turn; 0: the first turn is the measurement
REPEATS = {
    "sigma": 9,
    "sigma_stored": 9,
    "talib_loop": 5,
    "polars_over": 3,
    "polars_talib_stored": 3,
    "polars_listed": 3,
    "pandas_groupby": 1,
    "pandas_listed": 1,
    "qlib_expressions": 0,
}
#: shares of a column's largest value: float64; kept as float32; Qlib's float32 bars
#: and running sums, and its logs of volume + 1
AGREE = {"qlib_expressions": 1e-4, "polars_talib_stored": 2e-7}
AGREE_EXACT = 1e-8
#: not compared: a rise of the typical price too small for float32 moves a whole day
LEFT_OUT = {"qlib_expressions": {"mfi_14"}}
#: sessions after which all have warmed up; Qlib's averages start from the first bar
WARM = {"qlib_expressions": 600}
WARMED = 100


def main(tasks: list[str]) -> int:
    python = peers_python()
    agreed = True
    for task in tasks:
        with tempfile.TemporaryDirectory(prefix="sigma-bench-") as name:
            agreed &= measure(task, Path(name), python)
    return 0 if agreed else 1


def measure(task: str, folder: Path, python: Path) -> bool:
    """One task with every peer; whether all came to the same numbers."""
    write_bars(folder, task)
    own: dict[str, Any] = {}
    agreed = True
    for peer in PEERS[task]:
        sample = folder / f"{peer}.npz"
        line = run_peer(task, peer, folder, sample, python)
        own = own or line
        line["ratio"] = round(line["seconds"] / own["seconds"], 1)
        line["cpu_ratio"] = round(line["cpu_seconds"] / own["cpu_seconds"], 1)
        ours, warm = folder / f"{PEERS[task][0]}.npz", WARM.get(peer, WARMED)
        line |= difference(ours, sample, warm, LEFT_OUT.get(peer, set()))
        line["agrees_to"] = AGREE.get(peer, AGREE_EXACT)
        agreed &= line["max_difference"] <= line["agrees_to"]
        agreed &= line["missing_differs"] == 0
        print(json.dumps(line), flush=True)
    return agreed


def run_peer(
    task: str, peer: str, folder: Path, sample: Path, python: Path
) -> dict[str, Any]:
    """A fresh process; Sigma's in the project's environment, the others' in theirs."""
    command = [
        sys.executable if peer.startswith("sigma") else python,
        HERE / "measure.py",
    ]
    command += [task, peer, folder, sample, str(REPEATS[peer])]
    path = os.pathsep.join([str(HERE), str(HERE.parent)])
    done = subprocess.run(
        command,
        env={**os.environ, "PYTHONPATH": path},
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    line: dict[str, Any] = json.loads(done.stdout)
    return line


def difference(
    ours: Path, theirs: Path, warm: int, left_out: set[str]
) -> dict[str, Any]:
    """How far a peer's sample is from Sigma's, over the columns it has."""
    worst, missing, column = 0.0, 0, ""
    with np.load(ours) as own, np.load(theirs) as other:
        for name in sorted(set(other.files) - left_out):
            a, b = (np.atleast_2d(x[name]).astype(float) for x in (own, other))
            if a.shape[1] > warm:
                a, b = a[:, warm:], b[:, warm:]
                missing += int(np.sum(np.isnan(a) != np.isnan(b)))
            scale = max(1.0, float(np.nanmax(np.abs(b))))
            off = float(np.nanmax(np.abs(a - b))) / scale
            if off > worst:
                worst, column = off, name
    found = {"max_difference": float(f"{worst:.1e}"), "in_column": column}
    return {**found, "missing_differs": missing}


def peers_python() -> Path:
    """The interpreter of the peers' environment, made on first use."""
    folder = HERE / ".venv"
    python = folder / "bin" / "python"
    wanted = (HERE / "requirements.txt").read_text(encoding="utf-8")
    stamp = folder / "installed.txt"
    if not stamp.is_file() or stamp.read_text(encoding="utf-8") != wanted:
        print("installing the peers", file=sys.stderr)
        venv.create(folder, clear=True, with_pip=True)
        install = [
            python,
            "-m",
            "pip",
            "install",
            "-q",
            "-r",
            HERE / "requirements.txt",
        ]
        subprocess.run(install, check=True, stdout=sys.stderr)
        stamp.write_text(wanted, encoding="utf-8")
    return python


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or list(SIZES)))
