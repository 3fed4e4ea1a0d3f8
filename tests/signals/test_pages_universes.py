"""Universe: rules in words, survivors, members on a day, who came and went, writing."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from django.test import Client

from packs_app import universe_files, universes
from packs_app.models import UniverseDay
from tests.home import HOME
from tests.small_market import make_market

pytestmark = pytest.mark.django_db
PAGE = "/universes/us_liquid/"
DAY = {"dataset": "summer", "on": "2023-06-15"}
SHORT = {"name": "mine", "pasted": "AAA, BBB\nCCC"}


@pytest.fixture(autouse=True)
def own_packs(tmp_path: Path, packs: Path, settings) -> Path:
    """A copy of the packs that a test may edit."""
    shutil.copytree(packs, tmp_path / "packs")
    settings.SIGMA_PACKS = tmp_path / "packs"
    return tmp_path / "packs"


@pytest.fixture(scope="module", autouse=True)
def market() -> None:
    """The small demo market."""
    make_market(HOME)


@pytest.fixture
def reader(viewer, client_of) -> Client:
    return client_of(viewer)


@pytest.fixture
def writer(operator, client_of) -> Client:
    return client_of(operator)


def text(answer) -> str:
    return answer.content.decode()


def test_it_lists_universes_with_rules_and_users(reader):
    answer = text(reader.get("/universes/"))
    assert "price ≥ 5 · 20-day average ≥ 500,000 shares" in answer
    assert "not asked yet" in answer
    reader.get(PAGE, DAY)
    assert "15 Jun 2023" in text(reader.get("/universes/"))


def test_it_shows_survivors_members_and_who_uses_it(reader):
    answer = text(reader.get(PAGE, DAY))
    day = UniverseDay.objects.get(session="2023-06-15")
    for step in day.steps:
        assert f"{step['label']}<span" in answer
    assert f"{day.survivors} members" in answer
    assert all(f"<li>{ticker}</li>" in answer for ticker in day.members)
    assert "universe_eq_swing_daily_breakout_scanner" in answer


def test_it_greys_days_without_a_session(reader):
    answer = text(reader.get(PAGE, DAY))
    assert 'on=2023-06-16"' in answer
    assert "on=2023-06-17" not in answer  # a Saturday
    assert "on=2023-06-19" not in answer  # a holiday
    july = text(reader.get(PAGE, DAY | {"month": "2023-07"}))
    assert "July 2023" in july
    assert "on=2023-07-04" not in july


def test_it_compares_two_days(reader):
    day = UniverseDay.objects
    answer = text(reader.get(PAGE, DAY | {"against": "2023-03-15"}))
    now, before = day.get(session="2023-06-15"), day.get(session="2023-03-15")
    came = set(now.members) - set(before.members)
    went = set(before.members) - set(now.members)
    assert came | went
    assert f"▲ {len(came)}" in answer
    assert f"▼ {len(went)}" in answer


def test_it_finds_a_member_and_says_why_another_is_out(reader):
    reader.get(PAGE, DAY)
    day = UniverseDay.objects.get(session="2023-06-15")
    step, tickers = next(iter(day.out.items()))
    label = next(s["label"] for s in day.steps if s["name"] == step)
    answer = text(reader.get(PAGE, DAY | {"q": next(iter(tickers)).lower()}))
    assert f"is out. First rule it fails: {label}" in answer
    found = text(reader.get(PAGE, DAY | {"q": day.members[0]}))
    assert f"<li>{day.members[0]}</li>" in found


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ({"on": "2023-07-04"}, "2023-07-03"),
        ({"on": "1999-01-04"}, "holds 2023"),
        ({"on": "tomorrow"}, "valid date"),
        ({"on": "2023-06-15", "against": "2023-06-17"}, "2023-06-16"),
        ({"on": "2023-06-15", "revision": "9"}, "no revision 9"),
        ({"dataset": "nothing"}, "Unknown dataset"),
        ({"dataset": "../up"}, "Unknown dataset"),
        ({"month": "2023-99"}, "June 2023|December 2023|September 2023"),
    ],
)
def test_a_wrong_question_is_answered_with_words(reader, query, says):
    answer = reader.get(PAGE, {"dataset": "summer"} | query)
    assert answer.status_code == 200
    assert any(words in text(answer) for words in says.split("|"))


def test_it_asks_a_fixed_number_of_queries(reader, django_assert_num_queries):
    reader.get(PAGE, DAY)
    with django_assert_num_queries(6):  # session, person, roles, two days, revisions
        reader.get(PAGE, DAY)
    with django_assert_num_queries(4):
        reader.get("/universes/")


def test_an_unknown_universe_suggests_a_known_one(reader):
    answer = reader.get("/universes/us_liqid/")
    assert answer.status_code == 404
    assert "Did you mean" in text(answer)


def test_a_broken_universe_is_shown_with_its_fault(reader, own_packs):
    path = own_packs / "common" / "universes" / "us_liquid.yaml"
    path.write_text("name: us_liquid\nmin_prize: 5\n")
    answer = reader.get(PAGE)
    assert answer.status_code == 200
    assert "min_prize" in text(answer)
    assert "common/universes/us_liquid.yaml:2" in text(answer)


def test_a_pasted_list_becomes_a_universe(writer):
    answer = writer.post("/universes/new/", SHORT | {"kind": "watchlist"})
    assert answer["Location"] == "/universes/mine/"
    spec = universes.find_universe("mine").tree.spec
    assert spec.base.tickers == ("AAA", "BBB", "CCC")
    assert spec.kind == "watchlist"


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"pasted": "A <b>"}, "line 1"),
        ({"name": "../up"}, "characters of a–z"),
        ({"name": "us_liquid"}, "already"),
        ({"name": "new"}, "reserved|stands for"),
        ({"pasted": ""}, "required"),
    ],
)
def test_a_list_that_is_wrong_is_explained_beside_its_field(writer, changes, says):
    answer = writer.post("/universes/new/", SHORT | {"kind": "universe"} | changes)
    assert answer.status_code == 200
    alert = text(answer).partition('role="alert"')[2][:300]
    assert any(words in alert for words in says.split("|")), alert


def form_of(client: Client, name: str) -> dict[str, object]:
    """The fields of the page's form, as a browser would send them back."""
    answer = client.get(f"/universes/{name}/", DAY)
    form, rows = answer.context["form"], answer.context["block_rows"]
    fields = {field: form[field].value() for field in form.fields}
    fields |= {f"block-{k}": v.value() for k, v in _management(rows)}
    for row in rows:
        fields |= {row[field].html_name: row[field].value() for field in row.fields}
    return {key: "" if value is None else value for key, value in fields.items()}


def _management(rows):
    form = rows.management_form
    return [(name, form[name]) for name in form.fields]


def test_the_form_saves_what_it_shows_without_a_new_version(writer):
    writer.post("/universes/us_liquid/save/", form_of(writer, "us_liquid"))
    spec = universes.find_universe("us_liquid").tree.spec
    assert (spec.version, spec.min_adv_shares) == (1, 500_000)


def test_rules_and_block_list_are_saved_as_the_next_version(writer):
    universe_files.create({"name": "mine", "min_price": 5})
    fields = form_of(writer, "mine") | {
        "min_price": "7.5",
        "any_of": "us_liquid sp500",
        "top_by": "adv_dollars",
        "top": "50",
        "block-0-ticker": "gme",
        "block-0-since": "2023-01-25",
        "block-0-reason": "halted",
    }
    answer = writer.post("/universes/mine/save/", fields)
    assert answer.status_code == 302
    spec = universes.find_universe("mine").tree.spec
    assert (spec.version, spec.min_price) == (2, 7.5)
    assert spec.any_of == ("us_liquid", "sp500")
    assert spec.top_by.adv_dollars == 50
    assert (spec.block[0].ticker, spec.block[0].reason) == ("GME", "halted")


def test_a_form_that_is_out_of_date_overwrites_nothing(writer):
    universe_files.create({"name": "mine", "min_price": 5})
    fields = form_of(writer, "mine")
    universe_files.update("mine", {"min_price": 6}, None)
    answer = writer.post("/universes/mine/save/", fields | {"min_price": "9"})
    assert "has changed since" in text(answer)
    assert universes.find_universe("mine").tree.spec.min_price == 6


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"min_price": "-1"}, "at least 0"),
        ({"any_of": "nothing"}, "unknown universe"),
        ({"minus": "mine"}, "made of itself"),
        ({"pasted": "A", "membership": "sp500"}, "not both"),
        ({"top": "5"}, "by what"),
        ({"block-0-ticker": "A"}, "required"),
    ],
)
def test_a_change_that_is_wrong_is_explained(writer, changes, says):
    universe_files.create({"name": "mine", "min_price": 5})
    fields = form_of(writer, "mine") | changes
    answer = writer.post("/universes/mine/save/", fields)
    assert answer.status_code == 200
    assert says in text(answer)
    assert universes.find_universe("mine").tree.spec.version == 1


def test_an_unused_universe_is_deleted_and_a_used_one_is_not(writer):
    writer.post("/universes/new/", SHORT | {"kind": "universe"})
    assert writer.post("/universes/mine/delete/")["Location"] == "/universes/"
    assert "mine" not in [view.name for view in universes.list_universes()]
    writer.post("/universes/us_liquid/delete/")
    assert "is used by" in text(writer.get(PAGE, DAY))


@pytest.mark.parametrize("path", ["new/", "us_liquid/save/", "us_liquid/delete/"])
def test_only_an_operator_writes(client_of, viewer, builder_user, path):
    for person in (viewer, builder_user):
        answer = client_of(person).post(f"/universes/{path}", SHORT)
        assert answer.status_code == 403


def test_a_viewer_reads_that_changing_needs_a_role(reader):
    assert "needs the role operator" in text(reader.get(PAGE, DAY))
