"""Signals: the table beside the list before, its tabs, its drawer, its export."""

from __future__ import annotations

import csv
import json
import re

import pytest
from django.test import Client

from signals.models import Milestone, Run, Signal
from tests.builders import MODEL, make_list, make_run, make_signal
from tests.signals.lists import ADDRESS, SUMMARY, make_two_lists, signal_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def friday() -> Run:
    return make_two_lists()


@pytest.fixture
def reader(viewer, client_of) -> Client:
    return client_of(viewer)


def tickers(answer) -> list[str]:
    """The tickers of the table, in order."""
    return re.findall(r'data-open="\d+">([^<]+)<', answer.content.decode())


def test_it_shows_the_newest_list_in_order_of_rank(reader, friday):
    assert tickers(reader.get("/signals/")) == ["BBB", "DDD", "AAA"]


def test_it_says_how_the_list_differs_from_the_one_before(reader, friday):
    answer = reader.get("/signals/").content.decode()
    assert "1 new, 1 left, 2 moved since Thursday" in answer
    assert "1 stopped by a limit of the policy" in answer


def test_it_marks_synthetic_data(reader, friday):
    assert "synthetic data" in reader.get("/signals/").content.decode()


@pytest.mark.parametrize(
    ("tab", "shown"),
    [("new", ["DDD"]), ("left", ["CCC"]), ("blocked", ["AAA"]), ("near", [])],
)
def test_it_shows_the_rows_of_a_tab(reader, friday, tab, shown):
    assert tickers(reader.get(f"/signals/?tab={tab}")) == shown


def test_it_names_the_gate_of_a_near_miss_and_its_distance(reader, friday):
    answer = reader.get("/signals/?tab=near").content.decode()
    assert "NNN" in answer
    assert "−5.0 %" in answer  # (17.1 − 18) ÷ 18


def test_it_shows_an_earlier_session(reader, friday):
    assert tickers(reader.get("/signals/?session=2023-06-29")) == ["AAA", "BBB", "CCC"]


def test_it_points_to_the_nearest_list_when_a_day_has_none(reader, friday):
    answer = reader.get("/signals/?session=2023-07-04").content.decode()
    assert "There is no list for Tuesday 4 July 2023" in answer
    assert "Fri 30 Jun 2023" in answer


@pytest.mark.parametrize(
    "query",
    ["session=foo", "session=2025-02-30", "tab=x", "sort=id", "page=0", "q=%00"],
)
def test_it_says_what_is_wrong_with_an_address(reader, friday, query):
    answer = reader.get(f"/signals/?{query}")
    assert answer.status_code == 200
    assert tickers(answer) == []


def test_it_sorts_by_the_key_in_the_address(reader, friday):
    answer = reader.get("/signals/?sort=-ticker")
    assert tickers(answer) == ["DDD", "BBB", "AAA"]
    assert 'aria-sort="descending"' in answer.content.decode()


def test_it_sorts_by_a_second_key(reader, friday):
    assert tickers(reader.get("/signals/?sort=-score,-ticker")) == ["DDD", "BBB", "AAA"]


def test_it_finds_by_ticker_or_name(reader, friday):
    assert tickers(reader.get("/signals/?q=ddd")) == ["DDD"]


def test_a_list_without_rows_names_the_gate_and_the_nearest(reader):
    empty = SUMMARY | {"selected": 0, "passed": 0}
    steps = [
        *SUMMARY["funnel"][:2],
        {"name": "adx", "label": "ADX ≥ 18", "survivors": 0},
    ]
    make_list(make_run(summary=empty | {"funnel": steps}))
    answer = reader.get("/signals/").content.decode()
    assert "the last 187 of 187 fell at ADX ≥ 18" in answer
    assert "Nearest: NNN, 5.0 % short of ADX ≥ 18." in answer


def test_without_any_list_it_says_what_to_do(reader):
    assert "Pick a model" in reader.get("/signals/").content.decode()


def test_it_asks_the_same_number_of_queries_for_any_length(
    reader, friday, django_assert_num_queries
):
    reader.get("/signals/")  # the first request of a process reads more
    with django_assert_num_queries(10):
        reader.get("/signals/")
    for rank in range(4, 60):
        make_signal(friday, rank=rank, ticker=f"Q{rank}")
    with django_assert_num_queries(10):
        reader.get("/signals/")


def test_a_page_of_a_hundred_rows_stays_under_a_megabyte(reader, friday):
    for rank in range(4, 140):
        make_signal(friday, rank=rank, ticker=f"Q{rank}", closes=[1.5] * 29 + [2.5])
    answer = reader.get("/signals/")
    assert len(tickers(answer)) == 100
    assert len(answer.content) < 1_000_000


def test_a_row_opens_as_a_fragment(reader, friday):
    pk = signal_of(friday, "BBB").pk
    answer = reader.get(
        f"/signals/{pk}/", headers={"HX-Request": "true"}
    ).content.decode()
    assert "<html" not in answer
    assert "ADX of 14 bars is at least 18" in answer
    assert "1 place up since Thursday" in answer


def test_a_signal_is_a_page_without_script(reader, friday):
    answer = reader.get(f"/signals/{signal_of(friday, 'AAA').pk}/").content.decode()
    assert "<html" in answer
    assert "3 of 3 entries a day are taken by better ranks" in answer


def test_opening_a_signal_is_remembered_once(reader, viewer, friday):
    for _ in range(2):
        reader.get(f"/signals/{signal_of(friday, 'BBB').pk}/")
    opened = Milestone.objects.filter(user=viewer, name=Milestone.Name.OPENED_SIGNAL)
    assert opened.count() == 1


def test_the_address_opens_the_drawer(reader, friday):
    pk = signal_of(friday, "DDD").pk
    answer = reader.get(f"/signals/?open={pk}").content.decode()
    assert f'data-opened="{pk}"' in answer
    assert reader.get("/signals/?open=999999").status_code == 404


def test_a_superseded_signal_stays_readable_and_says_so(reader, friday):
    old = signal_of(friday, "BBB")
    Signal.objects.filter(pk=old.pk).update(current=False)
    assert "superseded" in reader.get(f"/signals/{old.pk}/").content.decode()


def rows_of(answer) -> list[list[str]]:
    lines = answer.content.decode().splitlines()
    return list(csv.reader(line for line in lines if not line.startswith("#")))


def test_the_csv_is_exactly_the_view_and_says_what_it_rests_on(reader, friday):
    answer = reader.get("/signals/export/?format=csv&tab=new")
    said = answer.content.decode()
    assert "# as_of: 2023-06-30" in said
    assert "# universe: us_liquid" in said
    assert f"output_sha={'e' * 64}" in said
    assert [row[2] for row in rows_of(answer)] == ["ticker", "DDD"]


@pytest.mark.parametrize("bad", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_the_csv_holds_no_formula(reader, friday, bad):
    make_signal(friday, rank=4, ticker="EEE", name=bad)
    line = rows_of(reader.get("/signals/export/?format=csv&q=EEE"))[-1]
    assert line[3].startswith("'")


def test_the_json_has_parts_and_gates(reader, friday):
    document = json.loads(reader.get("/signals/export/?format=json").content)
    assert document["model"] == ADDRESS
    assert [row["ticker"] for row in document["signals"]] == ["BBB", "DDD", "AAA"]
    assert document["signals"][0]["gates"][0]["limit"] == 18.0


def test_an_export_of_nonsense_says_so(reader, friday):
    assert reader.get("/signals/export/?format=xlsx").status_code == 422
    assert (
        reader.get("/signals/export/?format=csv&session=1999-01-04").status_code == 422
    )


def test_nothing_from_a_file_is_markup(reader, friday):
    bad = "<script>alert(1)</script>"
    row = make_signal(friday, rank=4, ticker="XSS", name=bad, sector=bad)
    row.gates[0]["words"] = row.parts[0]["name"] = bad
    row.save()
    for address in ("/", "/signals/", f"/signals/{row.pk}/", "/palette/?q=XSS"):
        assert bad not in reader.get(address).content.decode(), address


def test_a_stranger_is_turned_away(client, stranger, client_of, friday):
    assert client.get("/signals/").status_code == 302
    assert client_of(stranger).get("/signals/").status_code == 403


def test_a_model_with_a_list_is_named_in_the_picker(reader, friday):
    assert (
        f'value="swingsigma/{MODEL}" selected'
        in reader.get("/signals/").content.decode()
    )


def test_it_names_a_model_or_dataset_that_is_not_there(reader):
    make_two_lists()
    unknown = reader.get("/signals/?model=nope/x").content.decode()
    assert "Unknown model &#x27;nope/x&#x27;. Known: momentumsigma/" in unknown
    unknown = reader.get("/signals/?dataset=dem").content.decode()
    assert "Did you mean &#x27;demo&#x27;?" in unknown
