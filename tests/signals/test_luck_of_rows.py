"""Whose returns the Luck of a backtest rests on: its own, or it says which."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from django.test import Client

from signals.models import Backtest, Run
from signals.queries import leaderboard
from signals.services import judging
from tests.builders import make_run
from tests.signals.evidence import days, make_backtest, make_trial, noise

pytestmark = pytest.mark.django_db
WHOLE, WINDOW = 250, 63
#: of a board
SCANNERS, SESSIONS = 20, 500


@pytest.fixture
def reader(viewer, client_of) -> Client:
    return client_of(viewer)


def run_over(returns: np.ndarray, first: dt.date, config: str = "a") -> Backtest:
    """A backtest of one configuration, entered into the ledger as its run ends."""
    run = make_run(kind=Run.Kind.BACKTEST, fingerprint={"output_sha": "e" * 64})
    sessions = days(len(returns), first)
    trial = make_trial(run, config=config, returns=returns, sessions=sessions)
    return make_backtest(run, trial=trial, first=sessions[0], last=sessions[-1])


@pytest.fixture
def rows() -> tuple[Backtest, Backtest]:
    """The whole, without an edge; and its luckiest quarter by itself."""
    whole, quarter = noise(1, WHOLE, -0.001), noise(2, WINDOW, 0.004)
    kept = run_over(whole, dt.date(2021, 1, 4))
    window = run_over(quarter, dt.date(2021, 6, 1))
    judging.judge_due()
    return kept, window


def test_a_lucky_window_gives_neither_row_a_better_q(rows):
    own = {row.pk: row.q_value for row in Backtest.objects.all()}
    assert own[rows[0].pk] == own[rows[1].pk] > 0.5


def test_the_row_of_the_window_says_on_which_run_it_was_judged(rows, reader):
    kept, window = rows
    last = days(WHOLE, dt.date(2021, 1, 4))[-1]
    board = reader.get("/api/leaderboard").json()["results"]
    luck = {one["run"]: one["luck"] for one in board}
    assert luck[kept.pk]["judged_on"] is None
    assert "Judged on" not in luck[kept.pk]["line"]
    wanted = {"run": kept.pk, "first": "2021-01-04", "last": last.isoformat()}
    assert luck[window.pk]["judged_on"] == wanted
    said = f"Judged on 4 Jan 2021 to {last.day} {last:%b %Y}, run {kept.pk}."
    assert luck[window.pk]["line"].endswith(said)


@pytest.mark.parametrize("address", ["/leaderboard/", "/compare/?runs={},{}"])
def test_the_pages_say_it_once_of_the_row_it_is_true_of(rows, reader, address):
    kept, window = rows
    text = reader.get(address.format(kept.pk, window.pk)).content.decode()
    assert text.count(f", run {kept.pk}.") == 1
    assert f"run {window.pk}." not in text


def test_a_run_that_was_deleted_is_said_to_be(rows, reader):
    rows[0].run.delete()
    (one,) = reader.get("/api/leaderboard").json()["results"]
    assert one["luck"]["judged_on"]["run"] is None
    assert one["luck"]["line"].endswith("of a deleted run.")


def board_of(number: int, *, edge_of: int | None = None) -> list[leaderboard.Entry]:
    """A board of noise scanners, each run over all sessions and then over those that
    were kindest to it; `edge_of` is one with an edge of its own."""
    for at in range(SCANNERS):
        edge = 0.0025 if at == edge_of else 0.0
        returns = noise(1_000 * number + at, SESSIONS, edge)
        sums = np.convolve(returns, np.ones(WINDOW), "valid")
        best = int(sums.argmax())
        for start, stop in ((0, SESSIONS), (best, best + WINDOW)):
            enter(number, at, days(SESSIONS)[start:stop], returns[start:stop])
    judging.judge_due()
    asked = {"dataset": f"board{number}"}
    rows, order = leaderboard.ordered(leaderboard.narrowed(asked), "")
    found = leaderboard.read(list(leaderboard.keys_of(rows, order)), "")
    return leaderboard.entries(found, first=1, leader=found[0])


def enter(number: int, at: int, sessions: list[dt.date], returns: np.ndarray) -> None:
    """What the end of a backtest of scanner `at` writes."""
    run = make_run(kind=Run.Kind.BACKTEST)
    named = {"dataset": f"board{number}", "config_sha": f"{at:064}"}
    trial = make_trial(run, returns=returns, sessions=sessions, **named)
    model = {"model_id": f"scanner_{at}", "dataset": named["dataset"]}
    make_backtest(run, trial=trial, **model)


def winners(entries: list[leaderboard.Entry]) -> set[str]:
    """The scanners that a board takes for real."""
    return {one.backtest.model_id for one in entries if one.luck.q_value <= 0.05}


def test_of_ten_boards_of_noise_at_most_one_shows_a_winner():
    boards = [board_of(number) for number in range(10)]
    assert {len(board) for board in boards} == {2 * SCANNERS}
    assert {board[0].luck.trials for board in boards} == {SCANNERS}
    assert sum(bool(winners(board)) for board in boards) <= 1


def test_a_planted_edge_is_on_top_of_its_board():
    board = board_of(20, edge_of=7)
    assert board[0].backtest.model_id == "scanner_7"
    assert winners(board) == {"scanner_7"}
