"""A past multiplied by one ratio is one event, whatever it is asked again."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pandas as pd
import pytest

from sigma_core.sessions import exchange
from tests.core.bars.conftest import NOW, append
from tests.definitions import examples, number

DAYS = exchange().between(np.datetime64("2024-05-01"), np.datetime64("2024-05-31"))
LATER = NOW + timedelta(days=1)
COLUMNS = ("halved", "halved before 5", "corrected", "two ratios")


def rows(closes: list[float]) -> list[tuple]:
    return [
        ("AAA", day, close)
        for day, close in zip(DAYS, closes, strict=False)
        if close == close
    ]


@pytest.mark.parametrize("column", COLUMNS)
def test_rescaled_closes(dataset, column: str) -> None:
    (example,) = examples("rescaled")
    days = [row for row in example.rows if row["session"].isdigit()]
    wanted = {row["session"].strip("*"): row[column] for row in example.rows[-2:]}
    append(
        dataset.bars(), rows([number(r["stored"]) for r in days]), adjustment="split"
    )
    given = rows([number(row[column]) for row in days])
    commit = append(dataset.bars(), given, at=LATER, adjustment="split")
    assert commit.rows_revised == int(wanted["revised"])
    events = [f"{e.split_factor:g} from 7" for e in commit.rescaled]
    assert events == [wanted["event"]] * (wanted["event"] != "–")
    assert all(e.ex_date == DAYS[6].item() for e in commit.rescaled)


OLD = [100.0, 101.0, 99.5, 102.25, 104.0, 103.01]
NEW = [50.0, 50.5, 49.75, 51.13, 52.0, 51.51, 52.6]


def test_the_engine_reads_it_as_a_split(dataset) -> None:
    append(dataset.bars(), rows(OLD), adjustment="split")
    append(dataset.bars(), rows(NEW), at=LATER, adjustment="split")
    bars = dataset.bars().arrays()
    assert bars.raw("close")[0].tolist() == pytest.approx([*OLD, 52.6])
    assert bars.close[0].tolist() == pytest.approx([*OLD, 105.2])
    (action,) = dataset.actions().itertuples()
    assert (action.kind, action.split_factor) == ("rescaled", 2.0)
    assert action.known_at == pd.Timestamp(LATER)


def test_the_same_file_again_changes_nothing(dataset) -> None:
    append(dataset.bars(), rows(OLD), adjustment="split")
    append(dataset.bars(), rows(NEW), at=LATER, adjustment="split")
    version = dataset.bars().version()
    for given in (NEW, OLD):  # the new file, and the one from before the split
        commit = append(dataset.bars(), rows(given), at=LATER, adjustment="split")
        assert (commit.rows_new, commit.rows_revised, commit.version) == (0, 0, version)
    assert len(dataset.actions()) == 1


def test_a_second_event_stands_on_the_first(dataset) -> None:
    append(dataset.bars(), rows(OLD), adjustment="split")
    append(dataset.bars(), rows(NEW), at=LATER, adjustment="split")
    thirds = [round(value / 3, 2) for value in NEW]
    commit = append(dataset.bars(), rows([*thirds, 17.6]), at=LATER, adjustment="split")
    assert (commit.rows_new, commit.rows_revised) == (1, 0)
    assert [(e.split_factor, e.ex_date) for e in commit.rescaled] == [
        (3.0, DAYS[7].item())
    ]
    assert dataset.bars().arrays().close[0, -1] == pytest.approx(17.6 * 6)


def test_raw_prices_are_revised_not_rescaled(dataset) -> None:
    append(dataset.bars(), rows(OLD))
    commit = append(dataset.bars(), rows(NEW), at=LATER)
    assert (commit.rows_revised, commit.rescaled) == (6, ())


def test_another_ticker_is_left_alone(dataset) -> None:
    other = [("BBB", day, 10.0 + n) for n, day in enumerate(DAYS[:6])]
    append(dataset.bars(), [*rows(OLD), *other], adjustment="split")
    corrected = [*other[:3], ("BBB", DAYS[3], 13.005), *other[4:]]
    given = [*rows(NEW), *corrected]
    commit = append(dataset.bars(), given, at=LATER, adjustment="split")
    assert (commit.rows_revised, len(commit.rescaled)) == (1, 1)
