"""The driver: threads, blocks, memory maps, and the cache of compiled code."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from sigma_core.frames import FIELDS
from sigma_core.indicators import kernels, resolve
from tests.market import ROOT, arrays, holes, random_market

CALLS = [resolve(name) for name in ("rsi", "donchian", "macd", "cci")]


def test_threads_and_blocks_change_no_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    bars = random_market(seed=1, tickers=230, sessions=300)
    one = kernels.compute(bars, CALLS, first=0, last=299, threads=1)
    two = kernels.compute(bars, CALLS, first=0, last=299, threads=4)
    np.testing.assert_array_equal(one, two)
    monkeypatch.setattr(kernels, "BLOCK", 7)
    seven = kernels.compute(bars, CALLS, first=0, last=299, threads=3)
    np.testing.assert_array_equal(one, seven)


def test_indicators_together_give_what_each_gives_alone() -> None:
    bars = holes(random_market(seed=2))
    together = kernels.compute(bars, CALLS, first=120, last=399)
    alone = [kernels.compute(bars, [call], first=120, last=399) for call in CALLS]
    np.testing.assert_array_equal(together, np.concatenate(alone))


def test_it_reads_memory_mapped_bars_and_changes_none(tmp_path: Path) -> None:
    bars = random_market(seed=4)
    mapped = {}
    for name in FIELDS:
        np.save(tmp_path / f"{name}.npy", bars.field(name))
        mapped[name] = np.load(tmp_path / f"{name}.npy", mmap_mode="r")
    held = arrays(mapped)
    object.__setattr__(held, "close", mapped["close"])
    np.testing.assert_array_equal(
        kernels.compute(held, CALLS, first=0, last=399),
        kernels.compute(bars, CALLS, first=0, last=399),
    )


@pytest.mark.parametrize(("first", "last"), [(-1, 3), (5, 4), (0, 400)])
def test_it_refuses_sessions_that_are_not_there(first: int, last: int) -> None:
    with pytest.raises(ValueError, match="are not there"):
        kernels.compute(random_market(seed=4), CALLS, first=first, last=last)


def test_the_cache_folder_is_named_after_all_that_compiled_code_depends_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kernels, "_FOLDERS", [])
    before = kernels.use_cache(tmp_path)
    assert before == kernels.use_cache(tmp_path)
    assert before.stat().st_mode & 0o077 == 0
    monkeypatch.setattr(kernels, "version", lambda name: "99")
    assert kernels.use_cache(tmp_path) != before


def test_a_second_process_compiles_nothing(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path;"
        "from sigma_core.indicators import card, kernels, compiled;"
        "folder = kernels.use_cache(Path(sys.argv[1]));"
        "compiled.address(card('ret'), folder); compiled.driver(folder);"
        "print(compiled.hits())"
    )
    runs = [
        subprocess.run(
            [sys.executable, "-c", code, str(tmp_path)],
            cwd=ROOT, check=True, capture_output=True, text=True,
        ).stdout.strip()
        for _ in range(2)
    ]  # fmt: skip
    assert runs == ["0", "2"]


_PLUGIN = """
from sigma_core.indicators.registry import Output, indicator, resolve

@indicator(
    name="twice", group="trend", title="Twice", inputs=("close",), source="test",
    outputs=(Output("twice", "twice", "close", "twice the close", degree=1),),
    warmup=lambda p: 1, stable=lambda p: 1, formula="2 close",
)
def twice(bars, p, out):
    for t in range(len(bars.close)):
        out[0, t] = {factor} * bars.close[t]
"""
_RUN = (
    "import sys; from pathlib import Path; sys.path.insert(0, sys.argv[1]);"
    "import plugin; from sigma_core.indicators import kernels;"
    "from tests.market import random_market;"
    "kernels.use_cache(Path(sys.argv[1]));"
    "bars = random_market(1, 1, 5);"
    "values = kernels.compute(bars, [plugin.resolve('twice')], first=4, last=4);"
    "print(round(float(values[0, 0, 0] / bars.close[0, 4]), 6))"
)


def test_an_indicator_of_ones_own_is_compiled_anew_when_it_changes(
    tmp_path: Path,
) -> None:
    found = []
    for factor in ("2.0", "3.0"):
        (tmp_path / "plugin.py").write_text(_PLUGIN.format(factor=factor))
        command = [sys.executable, "-B", "-c", _RUN, str(tmp_path)]
        done = subprocess.run(
            command, cwd=ROOT, check=True, capture_output=True, text=True
        )
        found.append(done.stdout.strip())
    assert found == ["2.0", "3.0"]


def test_no_call_gives_no_column() -> None:
    assert kernels.compute(random_market(seed=1), [], first=0, last=9).shape[0] == 0
