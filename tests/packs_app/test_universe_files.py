"""Universes written: one service, strict, atomic, and in turns."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections

from packs_app import journal, universe_files, universes
from packs_app.kinds import UNIVERSE
from sigma_core.errors import BadInput, SpecError, UnknownName
from tests.packs_app.test_services import edit

pytestmark = pytest.mark.django_db
DEAR = {"name": "dear", "description": "Over fifty dollars.", "min_price": 50}


@pytest.fixture
def folder(own_packs):
    """Where universes lie."""
    return own_packs / "common" / "universes"


def test_a_new_universe_is_a_file_of_version_one(folder):
    view = universe_files.create(DEAR)
    text = (folder / "dear.yaml").read_text()
    assert text.splitlines()[:2] == ["name: dear", "version: 1"]
    assert view.rules == [
        "all tickers with bars",
        "no funds, not the benchmark",
        "price ≥ 50",
    ]


def test_a_pasted_list_becomes_a_list_universe(folder):
    pasted = "ticker\naapl\nNO, 1E5; $MSFT"
    view = universe_files.create(
        {"name": "mine", "kind": "watchlist", "pasted": pasted}
    )
    assert view.tree.spec.base.tickers == ("AAPL", "NO", "1E5", "MSFT")
    assert view.rules[0] == "a list of 4"


def test_a_change_makes_the_version_one_higher_and_keeps_the_comment(folder):
    view = universe_files.create(DEAR)
    path = folder / "dear.yaml"
    path.write_text("# Ours.\n" + path.read_text())
    changed = universe_files.update("dear", {"min_price": 60}, view.tree.own_sha)
    assert (changed.tree.spec.version, changed.tree.spec.min_price) == (2, 60)
    assert path.read_text().startswith("# Ours.\nname: dear\nversion: 2\n")
    assert "description" not in path.read_text()  # a PUT is the whole of it


def test_content_that_says_the_same_makes_no_version(folder):
    view = universe_files.create(DEAR)
    same = universe_files.update("dear", view.content, view.tree.own_sha)
    assert same.tree.spec.version == 1


def test_nobody_overwrites_what_he_has_not_seen(folder):
    seen = universe_files.create(DEAR).tree.own_sha
    universe_files.update("dear", {"min_price": 60}, seen)
    with pytest.raises(BadInput, match="changed since") as caught:
        universe_files.update("dear", {"min_price": 70}, seen)
    assert caught.value.code == "etag.stale"
    with pytest.raises(BadInput, match="changed since"):
        universe_files.delete("dear", seen)


def test_a_used_universe_is_not_deleted(folder):
    universe_files.create({"name": "part", "min_price": 1})
    universe_files.create({"name": "whole", "any_of": ["part"]})
    with pytest.raises(BadInput, match="is used by whole"):
        universe_files.delete("part", None)
    with pytest.raises(BadInput, match="swingsigma/universe_eq") as caught:
        universe_files.delete("us_liquid", None)
    assert caught.value.code == "universe.in_use"
    universe_files.delete("whole", None)
    universe_files.delete("part", None)
    assert not (folder / "part.yaml").exists()
    with pytest.raises(UnknownName):
        universe_files.delete("part", None)


#: name: (content, place, code)
BAD = {
    "no name": ({"min_price": 5}, "/name", "spec.missing_key"),
    "a path": ({"name": "../up"}, "/name", "spec.name"),
    "capitals": ({"name": "Dear"}, "/name", "spec.name"),
    "a reserved word": ({"name": "new"}, "/name", "spec.name"),
    "a device": ({"name": "nul"}, "/name", "spec.name"),
    "an unknown key": ({"name": "a", "min_prize": 5}, "/min_prize", "spec.unknown_key"),
    "a text for a number": (
        {"name": "a", "min_price": "5"},
        "/min_price",
        "spec.type",
    ),
    "below 0": ({"name": "a", "min_price": -1}, "/min_price", "spec.range"),
    "a bad symbol": (
        {"name": "a", "base": {"list": ["AAPL", "A B"]}},
        "/base/list/1",
        "spec.ticker",
    ),
    "a part that is not there": (
        {"name": "a", "any_of": ["us_liquid", "nothing"]},
        "/any_of/1",
        "unknown.universe",
    ),
    "itself": ({"name": "a", "minus": ["a"]}, "/minus/0", "universe.circle"),
    "a base and a list": (
        {"name": "a", "base": "all", "pasted": "A"},
        "/pasted",
        "universe.pasted",
    ),
    "nothing pasted": ({"name": "a", "pasted": " "}, "/pasted", "paste.empty"),
    "no symbols": ({"name": "a", "pasted": "<b>"}, "/pasted", "paste.symbol"),
    "options": ({"name": "a", "asset": "opt"}, "/asset", "universe.asset"),
    "a block without a reason": (
        {"name": "a", "block": [{"ticker": "A"}]},
        "/block/0/reason",
        "spec.missing_key",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_what_breaks_a_rule_is_refused_at_its_place(folder, case):
    content, place, code = BAD[case]
    before = sorted(folder.iterdir())
    with pytest.raises(BadInput) as caught:
        universe_files.create(content)
    assert (caught.value.problems[0].where, caught.value.code) == (place, code)
    assert sorted(folder.iterdir()) == before


def test_a_circle_over_two_files_is_refused(folder):
    universe_files.create({"name": "low", "min_price": 1})
    universe_files.create({"name": "high", "any_of": ["low"]})
    with pytest.raises(SpecError, match="low → high → low") as caught:
        universe_files.update("low", {"any_of": ["high"]}, None)
    assert caught.value.problems[0].where == "common/universes/high.yaml:3"


def test_a_universe_keeps_its_name_and_counts_its_versions_itself(folder):
    universe_files.create(DEAR)
    with pytest.raises(BadInput, match="keeps its name"):
        universe_files.update("dear", {"name": "cheap"}, None)
    with pytest.raises(BadInput, match="goes up by itself"):
        universe_files.update("dear", {"version": 7}, None)


@pytest.mark.django_db(transaction=True)
def test_of_twenty_who_make_one_name_at_once_one_does(folder):
    def make(price):
        try:
            return universe_files.create(DEAR | {"min_price": price}).name
        except BadInput as error:
            return error.code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(make, range(1, 21)))
    assert sorted(answers) == ["dear", *["universe.exists"] * 19]


@pytest.mark.django_db(transaction=True)
def test_of_twenty_who_change_what_they_have_seen_one_does(folder):
    seen = universe_files.create(DEAR).tree.own_sha

    def change(price):
        try:
            return universe_files.update("dear", {"min_price": price}, seen).name
        except BadInput as error:
            return error.code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(change, range(1, 21)))
    assert sorted(answers) == ["dear", *["etag.stale"] * 19]
    assert universes.find_universe("dear").tree.spec.version == 2


def test_a_broken_file_is_listed_with_its_fault(folder):
    edit(folder / "us_liquid.yaml", "min_price", "min_prize")
    view = universes.find_universe("us_liquid")
    assert view.tree is None
    assert view.problems[0].where == "common/universes/us_liquid.yaml:4"


def test_every_state_of_a_universe_is_in_its_history(folder, operator):
    seen = universe_files.create(DEAR, operator).tree.own_sha
    universe_files.update("dear", {"min_price": 60}, seen, operator)
    universe_files.delete("dear", None, operator)
    rows = journal.history(pack="common", kind=UNIVERSE, name="dear")
    assert [(r.action, r.version) for r in rows] == [
        ("deleted", None),
        ("saved", 2),
        ("created", 1),
    ]
    assert {row.user for row in rows} == {operator}
