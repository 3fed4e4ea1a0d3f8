"""Run one task with one peer in this process: time, CPU, memory, and a sample.

    python measure.py TASK PEER DATA_FOLDER SAMPLE_FILE REPEATS

Started by `run.py`, once per peer, so that no peer warms up, or slows down, another.
Prints one JSON line; the sample (some tickers, all columns) goes to a file, for the
check that all peers came to the same numbers.
"""

from __future__ import annotations

import importlib
import json
import resource
import statistics
import sys
import time
from pathlib import Path

import numpy as np

SAMPLE = 40  # tickers kept for the check


def main(task: str, peer: str, data: Path, sample: Path, repeats: int) -> None:
    module = importlib.import_module(f"peers.{peer}")
    load = getattr(module, f"load_{task}", module.load)
    state = load(data)
    work = getattr(module, task)
    wall, cpu = [], []
    for turn in range(repeats + 1):
        wall_start, cpu_start = time.perf_counter(), time.process_time()
        columns = work(state)
        wall.append(time.perf_counter() - wall_start)
        cpu.append(time.process_time() - cpu_start)
        if turn == 0:
            step = max(1, len(next(iter(columns.values()))) // SAMPLE)
            kept = {name: values[::step] for name, values in columns.items()}
            np.savez(sample, **kept)
            del kept
        del columns
    # the first turn warms caches and compilers up; with no other, it is the measurement
    wall, cpu = wall[1:] or wall, cpu[1:] or cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    line = {
        "task": task,
        "peer": peer,
        "seconds": round(statistics.median(wall), 4),
        "best_seconds": round(min(wall), 4),
        "cpu_seconds": round(statistics.median(cpu), 4),
        "peak_mb": round(peak),
        "repeats": len(wall),
    }
    print(json.dumps(line))


if __name__ == "__main__":
    task, peer, data, sample, repeats = sys.argv[1:]
    main(task, peer, Path(data), Path(sample), int(repeats))
