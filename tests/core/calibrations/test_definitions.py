"""The worked examples of `docs/definitions/calibration.md`, run."""

from __future__ import annotations

import numpy as np
import pytest

from sigma_core.calibrations.cells import Half
from sigma_core.calibrations.dates import Dates, windows
from sigma_core.calibrations.judging import winner
from sigma_core.calibrations.objectives import values
from sigma_core.calibrations.plateau import standings
from sigma_core.evidence.sharpe import Moments
from tests.definitions import Example, examples, number, tolerance


def cell(text: str) -> float | None:
    """A number, None for a dash."""
    found = number(text)
    return None if np.isnan(found) else found


def close_to(found: float | None, text: str) -> None:
    if cell(text) is None:
        assert found is None
    else:
        assert found == pytest.approx(number(text), abs=tolerance(text))


@pytest.mark.parametrize("example", examples("held_out"), ids=str)
def test_the_last_third_is_held_out(example: Example) -> None:
    for row in example.rows:
        count = int(row["sessions"])
        days = np.datetime64("2023-01-02") + np.arange(count)
        swept, held_out = windows(days, 0, count - 1, Dates())
        assert swept.sessions == int(row["training"])
        assert held_out.sessions == int(row["held out"])
        assert (swept.first, held_out.first) == (0, swept.last + 1)
        assert held_out.last == count - 1


@pytest.mark.parametrize("example", examples("plateau"), ids=str)
def test_a_cell_beside_its_neighbours(example: Example) -> None:
    names = example.header[: example.header.index("objective")]
    params = [{name: number(row[name]) for name in names} for row in example.rows]
    found = standings(params, [cell(row["objective"]) for row in example.rows])
    for one, row in zip(found, example.rows, strict=True):
        close_to(one.around, row["around"])
        close_to(one.drop, row["drop"])
        assert (one.word or "–") == row["standing"]


@pytest.mark.parametrize("example", examples("winner"), ids=str)
def test_the_winner(example: Example) -> None:
    current, wanted = int(example.args["current"]), int(example.args["min_trades"])
    found = winner(
        [cell(row["objective"]) for row in example.rows],
        [int(row["trades"]) for row in example.rows],
        min_trades=wanted,
        own=[int(row["cell"]) == current for row in example.rows],
    )
    assert found == [row["winner"] for row in example.rows].index("yes")


@pytest.mark.parametrize("example", examples("deflated_cells"), ids=str)
def test_the_deflated_sharpe_among_cells(example: Example) -> None:
    sessions = int(example.args["sessions"])
    halves = [
        Half(sessions, 0, {}, Moments(number(row["sharpe"]), 0.0, 3.0))
        for row in example.rows
    ]
    for found, row in zip(values(halves, "deflated_sharpe"), example.rows, strict=True):
        close_to(found, row["deflated"])
