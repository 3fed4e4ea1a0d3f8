"""Indicators: found by a word, drawn on a ticker, with the badge they deserve."""

from __future__ import annotations

import json

import pytest
from django.test import Client
from django.utils import timezone

from packs_app.certificates import indicator_sha
from packs_app.models import Certificate
from packs_app.services import find_card, list_cards
from signals.models import Run
from tests.builders import MODEL
from tests.small_market import DATASET, make_market

pytestmark = pytest.mark.django_db
FINDING = {
    "proof": "prefix",
    "trial": "data cut after 2016-04-26",
    "column": "rsi_14",
    "ticker": "AAM",
    "session": "2016-04-26",
    "expected": 51.5,
    "found": None,
    "cells": 11,
    "cause": "The value is taken from 1 bar ahead: shift(-1).",
    "repair": "Shift the other way.",
}


@pytest.fixture
def reader(viewer, client_of) -> Client:
    return client_of(viewer)


def certify(name: str = "rsi", **fields: object) -> Certificate:
    plausible = {
        "kind": "indicator",
        "name": name,
        "certified": True,
        "code_sha": indicator_sha(find_card(name)),
        "data_sha": "d" * 64,
        "proofs": ["prefix"],
        "cells": 1000,
        "cost": 4.25,
        "proved_at": timezone.now(),
    }
    return Certificate.objects.create(**(plausible | fields))


def text(client: Client, address: str) -> str:
    return client.get(address).content.decode()


def test_it_lists_every_indicator_in_its_group(reader):
    page = text(reader, "/indicators/")
    for name, card in list_cards().items():
        assert f'href="/indicators/{name}/"' in page
        assert f'id="{card.group}"' in page


def test_it_asks_the_database_as_often_for_many_as_for_few(
    reader, django_assert_max_num_queries
):
    for name in ("rsi", "sma", "ema"):
        certify(name)
    with django_assert_max_num_queries(5):
        reader.get("/indicators/")


@pytest.mark.parametrize("word", ["wilder", "rsi_14", "strength index"])
def test_it_finds_by_name_formula_source_and_column(reader, word):
    page = text(reader, f"/indicators/?q={word}")
    assert 'href="/indicators/rsi/"' in page
    assert 'href="/indicators/donchian/"' not in page


def test_it_says_what_to_do_when_nothing_is_found(reader):
    assert "Nothing of that name" in text(reader, "/indicators/?q=nonsense")


def test_a_badge_tells_certified_stale_refuted_and_unproved_apart(reader):
    assert "– unproved" in text(reader, "/indicators/rsi/")
    certify()
    assert "✓ certified" in text(reader, "/indicators/rsi/")
    certify(code_sha="0" * 64)
    assert "○ stale" in text(reader, "/indicators/rsi/")
    certify(certified=False, findings=[FINDING])
    page = text(reader, "/indicators/rsi/")
    assert "✗ refuted" in page
    assert "shift(-1)" in page
    assert "51.5" in page


def test_it_shows_formula_parameters_cost_and_users(reader):
    certify()
    page = text(reader, "/indicators/rsi/")
    assert "Wilder 1978" in page
    assert "4.2 ms per million rows" in page
    assert "on bar 15" in page
    assert f"/models/swingsigma/{MODEL}/" in page


def test_it_says_whether_a_state_gives_the_next_value(reader):
    found = reader.get("/indicators/rsi/").content.decode()
    assert "bar by bar</dt><dd>yes, from a saved state" in found
    card = reader.get("/api/indicators?group=true").json()
    assert '"advances": true' in json.dumps(card)


def test_it_draws_an_indicator_on_a_ticker(reader, home):
    make_market(home)
    from signals.queries.bars import newest_build

    ticker = newest_build(DATASET).tickers[0]
    page = text(reader, f"/indicators/rsi/?dataset={DATASET}&ticker={ticker}&window=9")
    assert 'class="columns-chart"' in page
    assert "rsi_9" in page
    assert f"of {ticker} over" in page


def test_it_says_why_it_draws_nothing(reader, home):
    make_market(home)
    start = f"/indicators/rsi/?dataset={DATASET}"
    assert "holds no bar of XYZ" in text(reader, f"{start}&ticker=XYZ")
    assert "out of range" in text(reader, f"{start}&window=0")
    assert "not a number" in text(reader, f"{start}&window=many")


def test_an_unknown_indicator_is_not_found_and_named(reader):
    answer = reader.get("/indicators/rsy/")
    assert answer.status_code == 404


def test_only_a_builder_starts_a_proof(reader, builder_user, client_of):
    assert reader.post("/indicators/prove/", {"name": "rsi"}).status_code == 403
    answer = client_of(builder_user).post("/indicators/prove/", {"name": "rsi"})
    run = Run.objects.get()
    assert answer["Location"] == f"/runs/{run.pk}/"
    assert (run.kind, run.params) == ("prove", {"name": "rsi"})


def test_models_carry_the_badge_too(reader):
    page = text(reader, "/models/")
    assert "– unproved" in page
    assert "– unproved" in text(reader, f"/models/swingsigma/{MODEL}/")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("beta", "compares with a benchmark"),
        ("breadth_above_ma", "speaks of a whole universe"),
        ("vwap_session", "bars of a session apart"),
    ],
)
def test_it_draws_nothing_where_one_tickers_days_say_nothing(reader, home, name, words):
    make_market(home)
    page = text(reader, f"/indicators/{name}/?dataset={DATASET}")
    assert words in page
    assert 'class="columns-chart"' not in page


def test_groups_read_as_words(reader):
    page = text(reader, "/indicators/")
    assert "<h2>Cross section</h2>" in page
    assert page.index('id="structure"') < page.index('id="cross_section"')
