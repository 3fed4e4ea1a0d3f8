"""Which of a model's trainings answers for a session, and which for a backtest."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest

from sigma_core.errors import BadInput
from sigma_core.sessions import exchange
from sigma_core.specs.schema import GbmConfig
from sigma_core.training.further import Further
from signals.services.answering import Reach, choose
from signals.services.backtest_trainings import first_that_answers
from tests.core.training import toy
from tests.definitions import Example, examples

EXAMPLES = examples("answers")
TABLES = {one.args["answers"]: one for one in EXAMPLES}
SESSIONS = TABLES["sessions"]
STRETCHES = [one for one in EXAMPLES if one.args["answers"] == "stretches"]


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
            begin=date(2025, 1, 2),
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


#: every session of the exchange that a stretch may name
DAYS = exchange().between(date(2025, 1, 2), date(2027, 6, 30))


def config(max_age_days: int, **train: Any) -> GbmConfig:
    """A model with labels of five sessions."""
    asked = {**toy.CONFIG["train"], "window": 60, "embargo": 5, **train}
    label = {"kind": "fwd_ret", "horizon": 5}
    changed = {"train": asked, "label": label, "max_age_days": max_age_days}
    return GbmConfig.model_validate({**toy.CONFIG, **changed})


def answering(
    asked: GbmConfig, first: str, last: str, reaches: list[Reach] = REACHES
) -> tuple[Reach, Further | None]:
    at = np.searchsorted(DAYS, [np.datetime64(first), np.datetime64(last)])
    return first_that_answers(reaches, asked, DAYS, range(int(at[0]), int(at[1]) + 1))


@pytest.mark.parametrize(
    ("table", "row"),
    [(one, row) for one in STRETCHES for row in one.rows],
    ids=lambda one: f"{one['from']}_{one['to']}" if isinstance(one, dict) else None,
)
def test_a_backtest_takes_the_one_written(table: Example, row: dict[str, str]) -> None:
    asked = config(int(table.args["max_age_days"]), refresh=int(table.args["refresh"]))
    if row["run"] == "–":
        with pytest.raises(BadInput):
            answering(asked, row["from"], row["to"])
    else:
        found, _ = answering(asked, row["from"], row["to"])
        assert found.run_id == int(row["run"])


def test_there_are_stretches() -> None:
    assert [len(one.rows) for one in STRETCHES] == [7, 4]


def test_a_refusal_names_what_each_tested() -> None:
    """Run 18 tested no more than run 30 did: it is not named."""
    covered = "2025-11-03 to 2026-11-10 (run 30) and 2025-06-02 to 2026-06-30 (run 29)"
    with pytest.raises(BadInput) as caught:
        answering(config(60), "2025-01-02", "2026-05-29")
    (early,) = caught.value.problems
    assert (early.code, early.where) == ("train.untested", "start")
    assert early.message == f"no training has tested 2025-01-02. Tested are {covered}."
    assert early.hint.startswith("Start on 2025-06-02 or later")
    with pytest.raises(BadInput) as caught:
        answering(config(60, refresh=60), "2025-07-01", "2026-08-24")
    (late,) = caught.value.problems
    assert (late.code, late.where) == ("model.age", "end")
    assert "a model trained to 2026-06-22 would predict 2026-08-24" in late.message
    assert late.message.endswith(f"Tested are {covered}.")


def test_one_whose_models_were_too_old_is_passed_over() -> None:
    """What a definition allows now counts, not what it allowed when it was trained."""
    newest, *others = REACHES
    aged = [replace(newest, oldest=61), *others]
    stretch = ("2025-12-01", "2026-05-29")
    assert answering(config(60), *stretch, aged)[0].run_id == others[0].run_id
    with pytest.raises(BadInput, match="61 days old; max_age_days is 60 now") as caught:
        answering(config(60), *stretch, aged[:1])
    assert caught.value.code == "model.age"
