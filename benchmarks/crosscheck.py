"""Our backtests made once more by peers: `python benchmarks/crosscheck.py`.

Seeded books (`tests/core/backtest/crosschecks.py`) are run here, written down, and made
again in the peers' environment (`requirements-backtest.txt`):

- `replay.py`  300 order lists, with the orders that were cancelled, in vectorbt and
               backtrader, which fill, or refuse, them by their own rules
- `rule.py`    200 books of scores and bars, without orders: a strategy of backtrader
               decides and sends its own

Each prints one JSON line; exit code 1 unless every session's equity agrees to the cent.
`--golden` keeps the peers' numbers of some seeds for the tests.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import venv
from collections.abc import Callable
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from tests.core.backtest import crosschecks  # noqa: E402 # after the path is set
from tests.core.backtest.books import scores  # noqa: E402

SEEDS = 300  # a third of them has brackets, which backtrader does not replay
GOLDEN_SEEDS = (0, 1, 2, 3, 7)
RULE_SEEDS = 200
GOLDEN_RULE_SEEDS = (2, 5, 20, 34, 37)


def main(golden: bool) -> int:
    keep = golden, crosschecks.GOLDEN, GOLDEN_SEEDS
    replayed = compare("replay.py", write, SEEDS, *keep)
    keep = golden, crosschecks.GOLDEN_RULE, GOLDEN_RULE_SEEDS
    decided = compare("rule.py", write_rule, RULE_SEEDS, *keep)
    return max(replayed, decided)


def compare(
    script: str, write: Callable[[int, Path], None], seeds: int,
    golden: bool, kept_in: Path, kept: tuple[int, ...],
) -> int:  # fmt: skip
    """Write the books of a script and let the peers make them; its exit code."""
    with tempfile.TemporaryDirectory(prefix="sigma-crosscheck-") as name:
        for seed in range(seeds):
            write(seed, Path(name) / f"{seed}.npz")
        command = [peers_python(), HERE / script, name]
        if golden:
            command += [kept_in, ",".join(map(str, kept))]
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


def write_rule(seed: int, path: Path) -> None:
    """One book: scores, bars, the policy's numbers, and our equity to compare with."""
    result = crosschecks.run_rule(seed)
    shown = crosschecks.rule_market(seed)
    score, eligible = scores(seed, shown["closes"].shape)
    returned = {"delisting_return": crosschecks.DELISTING_RETURN}
    np.savez(
        path,
        **shown,
        score=score,
        eligible=eligible,
        rules=json.dumps(crosschecks.rule_keys(seed) | returned),
        equity=result.equity,
        sessions=result.axis.times.astype(str),
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
