"""Which of a model's trainings answers for a session."""

from __future__ import annotations

from datetime import date

import pytest

from signals.services.answering import Reach, choose
from tests.definitions import examples

TABLES = {one.args["answers"]: one for one in examples("answers")}
SESSIONS = TABLES["sessions"]


def day(text: str) -> date:
    return date.fromisoformat(text)


#: on the latest dates first, of equals the newest run
REACHES = sorted(
    (
        Reach(
            run_id=int(row["run"]),
            last=day(row["trained to"]),
            known_on=day(row["known on"]),
            tested=(day(row["tested from"]), day(row["tested to"])),
        )
        for row in TABLES["trainings"].rows
    ),
    key=lambda one: (one.last, one.run_id),
    reverse=True,
)


@pytest.mark.parametrize("row", SESSIONS.rows, ids=lambda row: row["session"])
def test_it_is_the_one_written(row: dict[str, str]) -> None:
    found = choose(REACHES, day(row["session"]), int(SESSIONS.args["max_age_days"]))
    assert found == (None if row["run"] == "–" else int(row["run"]))
