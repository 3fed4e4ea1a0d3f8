"""The worked examples of luck, of the deflated Sharpe and of overfitting."""

from __future__ import annotations

import math
from datetime import date

import numpy as np
import pytest

from sigma_core.evidence.contest import Contest
from sigma_core.evidence.overfitting import splits
from sigma_core.evidence.resampling import Blocks
from sigma_core.evidence.sharpe import (
    Moments,
    deflated_sharpe,
    expected_maximum_sharpe,
    moments,
)
from sigma_core.evidence.significance import q_values
from sigma_core.evidence.words import judged_on_words, luck_words
from tests.definitions import Example, examples, number, tolerance


def one(kind: str) -> Example:
    (found,) = examples(kind)
    return found


def numbers(text: str, between: str | None = None) -> np.ndarray:
    return np.array([number(part) for part in text.split(between)])


def blocks(example: Example, sessions: int) -> Blocks:
    """`3:2` is a block of two sessions from the third on; rows filled up with none."""
    rows = [
        [tuple(map(int, block.split(":"))) for block in row["blocks"].split()]
        for row in example.rows
    ]
    width = max(map(len, rows))
    filled = [row + [(1, 0)] * (width - len(row)) for row in rows]
    starts = np.array([[start - 1 for start, _ in row] for row in filled])
    lengths = np.array([[length for _, length in row] for row in filled])
    return Blocks(sessions, starts, starts + lengths)


def column(example: Example, name: str) -> np.ndarray:
    return np.array([number(row[name]) for row in example.rows])


def test_means_of_resamples_are_as_by_hand() -> None:
    example = one("resamples")
    excess = numbers(example.args["excess"], ",")
    drawn = blocks(example, len(excess))
    wanted = column(example, "mean")
    assert drawn.means(excess) == pytest.approx(wanted, abs=5e-5)
    assert drawn.counts() @ excess == pytest.approx(column(example, "sum"))
    reached = drawn.means(excess) >= 2 * excess.mean()
    assert [("no", "yes")[int(one)] for one in reached] == [
        row["reached"] for row in example.rows
    ]
    p = (1 + reached.sum()) / (1 + len(reached))
    assert p == float(example.args["p"])


def test_q_values_are_as_by_hand() -> None:
    example = one("q_values")
    found = q_values(column(example, "p"))
    assert found == pytest.approx(column(example, "q"), abs=1e-12)


def test_shares_are_as_by_hand() -> None:
    drawn, trials = one("luckiest"), one("contest")
    excess = np.stack([numbers(row["excess"]) for row in trials.rows], axis=1)
    length = float(trials.args["length"])
    whole = Contest(len(excess), blocks=blocks(drawn, len(excess)), length=length)
    whole.add(excess)
    assert whole.t == pytest.approx(column(trials, "t"), abs=5e-5)
    assert whole.shares == pytest.approx(column(trials, "share"))
    assert whole.p == min(column(trials, "share"))
    assert whole.luckiest == pytest.approx(column(drawn, "luckiest"), abs=5e-5)


def test_trials_taken_in_one_by_one_are_the_same_contest() -> None:
    drawn, trials = one("luckiest"), one("contest")
    length = float(trials.args["length"])
    apart = Contest(4, blocks=blocks(drawn, 4), length=length)
    for row in trials.rows:
        apart.add(numbers(row["excess"])[:, None])
    assert apart.shares == pytest.approx(column(trials, "share"))


def test_moments_are_as_by_hand() -> None:
    example = one("moments")
    found = moments(numbers(example.args["returns"], ","))
    for row in example.rows:
        error = tolerance(row["value"])
        wanted = pytest.approx(number(row["value"]), abs=error)
        assert getattr(found, row["moment"]) == wanted


@pytest.mark.parametrize("at", range(4))
def test_deflated_sharpes_are_as_published(at: int) -> None:
    row = one("deflated").rows[at]
    value = {name: number(cell) for name, cell in row.items()}
    luck = expected_maximum_sharpe(value["variance"] / 250, int(value["trials"]))
    assert luck == pytest.approx(value["luck"], abs=tolerance(row["luck"]))
    sharpe = value["annual"] / math.sqrt(250)
    found = Moments(sharpe, value["skew"], value["kurtosis"])
    deflated = deflated_sharpe(found, sessions=int(value["sessions"]), luck=luck)
    wanted = pytest.approx(value["deflated"], abs=tolerance(row["deflated"]))
    assert deflated == wanted


@pytest.mark.parametrize("example", examples("sweep"), ids=str)
def test_choices_of_a_sweep_are_as_by_hand(example: Example) -> None:
    named = {choices.args["choices"]: choices for choices in examples("choices")}
    choices = named[example.args["sweep"]]
    returns = np.stack([column(example, name) for name in "ABC"], axis=1)
    found = splits(returns, blocks=int(example.args["blocks"]))
    assert found is not None
    chosen = [" ".join(str(at + 1) for at in np.flatnonzero(s)) for s in found.chosen]
    assert chosen == [row["chosen on"] for row in choices.rows]
    for best, place, row in zip(found.best, found.place, choices.rows, strict=True):
        assert ["ABC"[at] for at in np.flatnonzero(best)] == row["best"].split()
        assert place[best] == pytest.approx(numbers(row["place"]))
    assert found.lower == pytest.approx(column(choices, "lower"))
    assert found.pbo == pytest.approx(float(example.args["pbo"]), abs=5e-5)


@pytest.mark.parametrize("row", one("luck_words").rows, ids=lambda row: row["trials"])
def test_the_luck_line_reads_as_written(row: dict[str, str]) -> None:
    share = number(row["share"])
    said = luck_words(int(row["trials"]), None if math.isnan(share) else share)
    assert said == row["line"]


@pytest.mark.parametrize("row", one("judged_on_words").rows, ids=lambda row: row["run"])
def test_the_words_of_whose_returns_were_judged_read_as_written(
    row: dict[str, str],
) -> None:
    first, last = (date.fromisoformat(row[name]) for name in ("first", "last"))
    run = None if row["run"] == "–" else int(row["run"])
    assert judged_on_words(first, last, run) == row["line"]
