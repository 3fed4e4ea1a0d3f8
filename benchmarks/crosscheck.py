"""Replay our order lists in vectorbt and backtrader: `python benchmarks/crosscheck.py`.

300 seeded books (`tests/core/backtest/crosschecks.py`) are run here and written down:
bars, the whole order list with the orders that were cancelled, equity. `replay.py`, in
the peers' environment (`requirements-backtest.txt`), gives the orders to both peers,
which fill, or refuse, them by their own rules. Prints one JSON line; exit code 1 unless
every session's equity agrees to the cent. `--golden` keeps the peers' numbers of some
seeds for the tests.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import venv
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from tests.core.backtest import crosschecks  # noqa: E402 # after the path is set

SEEDS = 300  # a third of them has brackets, which backtrader does not replay
GOLDEN_SEEDS = (0, 1, 2, 3, 7)


def main(golden: bool) -> int:
    with tempfile.TemporaryDirectory(prefix="sigma-crosscheck-") as name:
        for seed in range(SEEDS):
            write(seed, Path(name) / f"{seed}.npz")
        command = [peers_python(), HERE / "replay.py", name]
        if golden:
            command += [crosschecks.GOLDEN, ",".join(map(str, GOLDEN_SEEDS))]
        return subprocess.run(command, check=False).returncode


def write(seed: int, path: Path) -> None:
    """One book: what the peers need to replay it, and our equity."""
    result, given = crosschecks.run(seed), crosschecks.keys(seed)
    np.savez(
        path,
        **crosschecks.bars(seed),
        orders=result.order_lines,
        fills=result.fill_lines,
        equity=result.equity,
        sessions=result.axis.times.astype(str),
        capital=given["capital"],
        slippage=float(given["slippage_bps"]) / 10_000,
        commission=float(given["commission_bps"]) / 10_000,
        brackets=bool(given["brackets"]),
    )


def peers_python() -> Path:
    """The interpreter of the peers' environment, made on first use."""
    folder, list_of = HERE / ".venv-backtest", HERE / "requirements-backtest.txt"
    python, stamp = folder / "bin" / "python", folder / "installed.txt"
    wanted = list_of.read_text(encoding="utf-8")
    if not stamp.is_file() or stamp.read_text(encoding="utf-8") != wanted:
        print("installing the peers", file=sys.stderr)
        venv.create(folder, clear=True, with_pip=True)
        install = [python, "-m", "pip", "install", "-q", "-r", list_of]
        subprocess.run(install, check=True, stdout=sys.stderr)
        stamp.write_text(wanted, encoding="utf-8")
    return python


if __name__ == "__main__":
    sys.exit(main("--golden" in sys.argv[1:]))
