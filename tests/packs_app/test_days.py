"""Each day's list: kept, the same a year later, and what changed between two."""

import datetime as dt
import os

import pandas as pd
import pytest

from packs_app import days, universe_files
from packs_app.models import UniverseDay
from sigma_core import quality
from sigma_core.bars.store import Dataset
from sigma_core.errors import BadInput, MissingData, NotASession
from sigma_core.sessions import exchange
from tests.packs_app.bars import FIRST, ingest

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2023, 3, 1, 22, tzinfo=dt.UTC)
LATER = dt.datetime(2024, 3, 1, 22, tzinfo=dt.UTC)
RULES = {"name": "over_five", "min_price": 5}
DAY = dt.date(2023, 2, 28)


@pytest.fixture
def dataset(tmp_path, settings):
    """Three shares until 28 February 2023: dear, cheap, and one that falls below 5."""
    settings.SIGMA_HOME = tmp_path
    made = Dataset(tmp_path / "datasets", "days", derive=quality.derive)
    falls = {"FALL": [6.0] * 29 + [4.5] * 10}
    ingest(made, {"DEAR": [50.0] * 39, "LOW": [4.0] * 39} | falls, NOW)
    return made


@pytest.fixture
def rules(own_packs):
    """A universe of shares over 5 dollars."""
    return universe_files.create(RULES)


def ask(on=DAY, **fields):
    return days.ask(name="over_five", on=on, dataset="days", now=NOW, **fields)


def tuesday(weeks=0):
    return DAY - dt.timedelta(weeks=weeks)


def test_a_day_is_kept_with_its_steps_and_its_sha(dataset, rules):
    day = ask()
    assert (day.members, day.revision, day.reason) == (["DEAR"], 1, "first")
    assert [step["survivors"] for step in day.steps] == [3, 3, 3, 3, 1]
    assert day.out == {"price": {"FALL": 4.5, "LOW": 4.0}}
    assert day.universe_sha == rules.tree.sha
    assert day.judged_on == dt.date(2023, 2, 27)


def test_asked_again_the_same_row_answers(dataset, rules):
    assert ask().pk == ask().pk
    assert ask(on=None).pk == ask(on=DAY).pk
    assert UniverseDay.objects.count() == 1


def test_asking_for_a_day_gives_the_same_list_a_year_later(dataset, rules):
    early = ask(on=tuesday(2))
    assert early.members == ["DEAR", "FALL"]
    more = {"DEAR": [1.0] * 20, "NEW": [9.0] * 20}  # a crash, a listing, an end
    ingest(dataset, more, LATER, start=39)
    revised = {"FALL": [3.0] * 39}  # and every bar of one share is corrected
    ingest(dataset, revised, LATER)
    again = days.ask(name="over_five", on=tuesday(2), dataset="days", now=LATER)
    assert (again.pk, again.members) == (early.pk, ["DEAR", "FALL"])
    found_anew = days.reproduce(early)
    assert found_anew.day.sha == early.list_sha
    assert found_anew.data_sha == early.data_sha


def test_later_listings_and_ends_change_no_day_that_nobody_asked_for(dataset, rules):
    kept = ask(on=tuesday(2)).list_sha
    UniverseDay.objects.all().delete()
    ingest(dataset, {"DEAR": [60.0] * 200, "NEW": [9.0] * 200}, LATER, start=39)
    fresh = days.ask(name="over_five", on=tuesday(2), dataset="days", now=LATER)
    assert fresh.list_sha == kept
    today = days.ask(name="over_five", on=None, dataset="days", now=LATER)
    assert today.members == ["DEAR", "NEW"]
    assert "FALL" in today.out["no_bar"]  # delisted names stay in history


def test_a_kept_list_says_what_today_would_give(dataset, rules):
    first = ask()
    assert days.anew(first, LATER) is None
    ingest(dataset, {"LOW": [8.0] * 39}, LATER)
    again = ask()
    assert again.pk == first.pk  # the record stays
    today = days.anew(again, LATER)
    assert today.day.members == ("DEAR", "LOW")
    assert today.why.startswith("other bars before the session count")
    moved = [(one.ticker, one.step, one.value) for one in today.changes.entered]
    assert (moved, today.changes.left) == ([("LOW", "price", 4.0)], ())
    assert UniverseDay.objects.count() == 1
    second = days.record(days._judge(rules.tree, "days", DAY, LATER))
    assert days.anew(second, LATER) is None  # it is what is kept now


def test_an_answered_problem_shows_in_what_today_would_give(dataset, rules):
    """LOW jumps 4 → 12: a suspected 1:3 split blocks it until somebody looks."""
    ingest(dataset, {"ODD": [4.0] * 25 + [12.0] * 14}, NOW)
    blocked = ask()
    assert blocked.members == ["DEAR"]
    day = exchange().between(FIRST, dt.date(2023, 2, 28))[25]
    row = {"ticker": "ODD", "ex_date": str(day), "kind": "acknowledged"}
    dataset.add_actions(pd.DataFrame([row | {"known_at": LATER, "cash": None}]))
    assert ask().members == ["DEAR"]
    today = days.anew(ask(), LATER)
    assert today.day.members == ("DEAR", "ODD")
    assert today.why == "a data problem was found or settled"


def test_a_list_is_judged_again_only_where_something_was_written(
    dataset, rules, monkeypatch
):
    first = ask()
    os_now = first.created_at.timestamp() - 3600
    for folder, _, _ in os.walk(dataset.root):
        os.utime(folder, (os_now, os_now))
    first.known_by = first.created_at
    monkeypatch.setattr(days, "_judge", None)
    assert days.anew(first, LATER) is None


def test_a_scan_that_finds_revised_bars_makes_a_new_revision(dataset, rules):
    first = ask()
    ingest(dataset, {"LOW": [8.0] * 39}, LATER)
    again = days.record(days._judge(rules.tree, "days", DAY, LATER))
    assert (again.revision, again.reason) == (2, "bars")
    assert again.members == ["DEAR", "LOW"]
    assert ask().pk == again.pk
    assert ask(revision=1).pk == first.pk


def test_an_answer_to_a_data_problem_makes_a_new_revision(dataset, rules):
    ingest(dataset, {"HALF": [50.0] * 34 + [25.0] * 5}, NOW)
    first = ask()
    assert (first.members, first.out["data"]) == (["DEAR"], {"HALF": None})
    looked = {"ticker": "HALF", "ex_date": "2023-02-22", "kind": "acknowledged"}
    dataset.add_actions(pd.DataFrame([looked | {"known_at": LATER}]))
    again = days.record(days._judge(rules.tree, "days", DAY, LATER))
    assert (again.revision, again.reason) == (2, "problems")
    assert again.members == ["DEAR", "HALF"]
    assert days.reproduce(first).day.sha == first.list_sha


def test_a_changed_definition_makes_a_new_revision(dataset, rules):
    first = ask()
    universe_files.update("over_five", {"min_price": 4}, rules.tree.own_sha)
    second = ask()
    assert (second.revision, second.reason) == (2, "definition")
    assert second.members == ["DEAR", "FALL", "LOW"]
    assert ask(revision=1).members == first.members


def test_a_revision_there_is_not_is_refused(dataset, rules):
    with pytest.raises(BadInput, match="no revision 7"):
        ask(revision=7)


def test_a_closed_day_and_one_without_bars_are_refused(dataset, rules):
    with pytest.raises(NotASession, match="2023-02-24"):
        ask(on=dt.date(2023, 2, 25))
    with pytest.raises(MissingData):
        ask(on=dt.date(2023, 6, 30))


def test_it_says_who_entered_and_who_left_and_by_which_step(dataset, rules):
    found = days.changes_between(ask(on=tuesday(3)), ask())
    assert [(one.ticker, one.step, one.value, one.limit) for one in found.left] == [
        ("FALL", "price", 4.5, 5.0)
    ]
    assert not found.entered
    back = days.changes_between(ask(), ask(on=tuesday(3)))
    assert [one.ticker for one in back.entered] == ["FALL"]


def test_a_benchmark_of_a_pack_makes_a_chain_of_its_own(dataset, rules):
    plain = ask()
    other = days.record(days._judge(rules.tree, "days", DAY, NOW, "DEAR"))
    known = days.record(days._judge(rules.tree, "days", DAY, NOW, "SPY"))
    assert (other.revision, other.members) == (1, [])
    assert known.pk == plain.pk


def test_who_comes_second_to_a_day_takes_the_row_of_the_first(
    dataset, rules, monkeypatch
):
    first = ask()
    found = days._judge(rules.tree, "days", DAY, NOW)
    true_look, looks = days._rows_of, []

    def look_too_early(found):
        looks.append(found)
        return true_look(found) if len(looks) > 1 else []

    monkeypatch.setattr(days, "_rows_of", look_too_early)
    assert days.record(found).pk == first.pk
    assert len(looks) == 2
    assert UniverseDay.objects.count() == 1
