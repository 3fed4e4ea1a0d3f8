"""Packs, models, universes and indicators over the API."""

import datetime as dt

import pytest

from tests.api.conftest import LAST
from tests.builders import MODEL

pytestmark = pytest.mark.django_db


def test_a_pack_shows_its_manifest_files_and_sha(viewer_client):
    pack = viewer_client.get("/api/packs/swingsigma").json()
    assert pack["manifest"]["id"] == "swingsigma"
    assert MODEL in pack["files"]["model_configs"]
    assert len(pack["sha"]) == 64
    assert pack["problems"] == []


def test_packs_are_listed_by_id(viewer_client):
    rows = viewer_client.get("/api/packs?limit=1").json()
    assert [row["id"] for row in rows["results"]] == ["common"]
    rows = viewer_client.get(rows["next"]).json()
    assert [row["id"] for row in rows["results"]] == ["momentumsigma"]
    rows = viewer_client.get(rows["next"]).json()
    assert [row["id"] for row in rows["results"]] == ["swingsigma"]
    assert rows["next"] is None


def test_a_model_shows_all_it_stands_on(viewer_client):
    model = viewer_client.get(f"/api/models/swingsigma/{MODEL}").json()
    assert set(model["shas"]) == {
        "pack_sha",
        "indicator_set_sha",
        "model_config_sha",
        "policy_sha",
        "universe_sha",
    }
    assert model["contents"]["model_config"]["params"]["adx_min"] == 18


def test_models_are_listed(viewer_client):
    rows = viewer_client.get("/api/models").json()["results"]
    names = [(row["pack"], row["model_id"]) for row in rows]
    assert ("swingsigma", MODEL) in names
    assert names == sorted(names)


def test_an_indicator_shows_its_card(viewer_client):
    card = viewer_client.get("/api/indicators/rsi").json()
    assert card["group"] == "momentum"
    assert card["params"][0] == {
        "name": "window",
        "type": "int",
        "default": 14,
        "min": card["params"][0]["min"],
        "max": card["params"][0]["max"],
        "meaning": card["params"][0]["meaning"],
    }
    assert card["outputs"][0]["column"] == "rsi_14"
    assert card["warmup"] == 15
    assert "swingsigma/swing_eq_breakout_scanner" in card["used_by"]


def test_the_catalogue_comes_by_group(viewer_client):
    groups = viewer_client.get("/api/indicators?group=true").json()["groups"]
    assert "rsi" in [card["name"] for card in groups["momentum"]]


def test_the_catalogue_comes_in_pages(viewer_client):
    first = viewer_client.get("/api/indicators?limit=5").json()
    second = viewer_client.get(first["next"]).json()
    names = [row["name"] for row in first["results"] + second["results"]]
    assert len(first["results"]) == 5
    assert names == sorted(set(names))


def test_a_universe_says_who_is_left_by_each_step(viewer_client, market):
    address = f"/api/universes/us_liquid/members?dataset=small&on={LAST}"
    found = viewer_client.get(address).json()
    assert (found["dataset"], found["session"]) == ("small", "2023-03-31")
    assert found["judged_on"] == "2023-03-30"
    survivors = [step["survivors"] for step in found["steps"]]
    assert survivors == sorted(survivors, reverse=True)
    assert survivors[-1] == len(found["members"]) > 0


def test_a_universe_without_a_day_is_of_the_last_one_held(viewer_client, market):
    found = viewer_client.get("/api/universes/us_liquid/members?dataset=small").json()
    assert found["session"] == LAST.isoformat()


@pytest.mark.parametrize(
    ("day", "status"),
    [
        (dt.date(2023, 4, 1), 422),  # a Saturday
        (dt.date(2023, 4, 3), 409),  # after the last bar
        (dt.date(1990, 1, 2), 409),  # before the first
    ],
)
def test_a_universe_of_another_day_is_refused(viewer_client, market, day, status):
    answer = viewer_client.get(
        f"/api/universes/us_liquid/members?dataset=small&on={day}"
    )
    assert answer.status_code == status


@pytest.mark.parametrize(
    ("address", "queries"), [("packs", 3), ("models", 4), ("indicators", 4)]
)
def test_reading_definitions_asks_the_database_for_certificates_at_most(
    viewer_client, django_assert_num_queries, address, queries
):
    with django_assert_num_queries(queries):  # session, person, roles
        viewer_client.get(f"/api/{address}")
