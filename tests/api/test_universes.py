"""Universes over the API: made, read with an ETag, changed, compared, deleted."""

import shutil
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.test import Client

from tests.api.conftest import LAST

pytestmark = pytest.mark.django_db
ALL = "/api/universes"
DEAR = {"name": "dear", "description": "Over fifty dollars.", "min_price": 50}
JSON = "application/json"


@pytest.fixture(autouse=True)
def own_packs(tmp_path, packs, settings):
    """A copy of the packs that a test may edit."""
    shutil.copytree(packs, tmp_path / "packs")
    settings.SIGMA_PACKS = tmp_path / "packs"
    return tmp_path / "packs"


def post(client, **body):
    return client.post(ALL, body, content_type=JSON)


def put(client, name, etag, /, **body):
    headers = {"If-Match": etag} if etag else {}
    return client.put(f"{ALL}/{name}", body, content_type=JSON, headers=headers)


def test_universes_are_listed_with_rules_and_users(viewer_client):
    rows = {row["name"]: row for row in viewer_client.get(ALL).json()["results"]}
    assert rows["us_liquid"]["rules"][2:] == [
        "price ≥ 5",
        "20-day average ≥ 500,000 shares",
    ]
    models = rows["us_liquid"]["used_by"]["models"]
    assert "swingsigma/universe_eq_swing_daily_breakout_scanner" in models
    assert rows["sp500"]["definition"]["base"] == {"membership": "sp500"}


def test_one_is_made_read_changed_and_deleted(operator_client, own_packs):
    made = post(operator_client, **DEAR)
    assert (made.status_code, made["Location"]) == (201, f"{ALL}/dear")
    read = operator_client.get(f"{ALL}/dear")
    assert read["ETag"] == made["ETag"]
    changed = put(operator_client, "dear", read["ETag"], min_price=60)
    assert (changed.status_code, changed.json()["version"]) == (200, 2)
    assert changed["ETag"] != read["ETag"]
    gone = operator_client.delete(f"{ALL}/dear", headers={"If-Match": changed["ETag"]})
    assert gone.status_code == 204
    assert operator_client.get(f"{ALL}/dear").status_code == 404


def test_what_was_read_can_be_sent_back(operator_client):
    made = post(operator_client, **DEAR)
    same = put(operator_client, "dear", made["ETag"], **made.json()["definition"])
    assert (same.status_code, same["ETag"]) == (200, made["ETag"])


@pytest.mark.parametrize("etag", [None, '"0"', "dear", 'W/"0"', '""', '"a", "b"'])
def test_a_missing_or_other_etag_changes_nothing(operator_client, etag):
    post(operator_client, **DEAR)
    answer = put(operator_client, "dear", etag, min_price=60)
    assert answer.status_code == 412
    assert answer.json()["errors"][0]["pointer"] == "If-Match"
    assert operator_client.get(f"{ALL}/dear").json()["version"] == 1


def test_a_star_writes_over_whatever_is_there(operator_client):
    post(operator_client, **DEAR)
    assert put(operator_client, "dear", "*", min_price=60).status_code == 200


def test_a_used_universe_is_not_deleted(operator_client):
    answer = operator_client.delete(f"{ALL}/us_liquid")
    assert (answer.status_code, answer.json()["code"]) == (409, "universe.in_use")


@pytest.mark.parametrize(
    ("body", "status", "pointer"),
    [
        ({}, 422, "/name"),
        ({"name": "dear", "colour": 1}, 400, "/colour"),
        ({"name": 7}, 400, "/name"),
        ({"name": "../up"}, 422, "/name"),
        ({"name": "api"}, 422, "/name"),
        ({"name": "dear", "min_price": "5"}, 422, "/min_price"),
        ({"name": "dear", "min_price": "five"}, 400, "/min_price"),
        ({"name": "dear", "window": 0}, 422, "/window"),
        ({"name": "dear", "all_of": "us_liquid"}, 400, "/all_of"),
        ({"name": "dear", "any_of": ["us_liqid"]}, 422, "/any_of/0"),
        ({"name": "dear", "minus": ["dear"]}, 422, "/minus/0"),
        ({"name": "dear", "base": {"list": ["A", "<b>"]}}, 422, "/base/list/1"),
        ({"name": "dear", "pasted": "A\n<b>"}, 422, "/pasted"),
        ({"name": "dear", "block": [{"ticker": "A", "from": "x"}]}, 422, None),
        ({"name": "dear", "top_by": {"price": 3}}, 422, "/top_by/price"),
    ],
)
def test_what_is_wrong_is_said_at_its_pointer(
    operator_client, body, status, pointer, own_packs
):
    answer = operator_client.post(ALL, body, content_type=JSON)
    assert answer.status_code == status
    assert answer["Content-Type"] == "application/problem+json"
    if pointer is not None:
        assert answer.json()["errors"][0]["pointer"] == pointer
    assert not (own_packs / "common" / "universes" / "dear.yaml").exists()


def test_an_unknown_universe_is_404_whatever_is_asked(operator_client):
    for answer in (
        operator_client.get(f"{ALL}/us_liqid"),
        put(operator_client, "us_liqid", "*", min_price=5),
        operator_client.delete(f"{ALL}/us_liqid"),
        operator_client.get(f"{ALL}/us_liqid/members"),
    ):
        assert answer.status_code == 404
        assert "us_liquid" in answer.json()["errors"][0]["hint"]


def members(client, name="us_liquid", **query):
    return client.get(f"{ALL}/{name}/members", {"dataset": "small"} | query)


def test_a_day_comes_with_its_revision_and_shas(viewer_client, market):
    found = members(viewer_client, on=LAST).json()
    assert (found["revision"], found["reason"]) == (1, "first list of this session")
    assert len(found["list_sha"]) == 64
    assert members(viewer_client, on=LAST).json() == found
    assert members(viewer_client, on=LAST, revision=1).json() == found
    assert members(viewer_client, on=LAST, revision=2).status_code == 422
    assert members(viewer_client, revision=1).status_code == 400


def test_entrants_and_leavers_add_up(viewer_client, market):
    early = members(viewer_client, on="2023-02-15").json()
    late = members(viewer_client, on=LAST, against="2023-02-15").json()
    entered = {one["ticker"] for one in late["changes"]["entered"]}
    left = {one["ticker"] for one in late["changes"]["left"]}
    assert set(early["members"]) - left | entered == set(late["members"])
    assert entered | left
    assert {one["step"] for one in late["changes"]["left"]} <= {
        step["name"] for step in late["steps"]
    }
    assert early["changes"] is None


def test_a_closed_day_to_compare_with_is_refused(viewer_client, market):
    answer = members(viewer_client, on=LAST, against="2023-04-01")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "?against"


@pytest.mark.django_db(transaction=True)
def test_of_twenty_posts_of_one_name_at_once_one_makes_it(operator_client):
    cookies = operator_client.cookies

    def send(price):
        client = Client()
        client.cookies = cookies
        try:
            return post(client, **DEAR | {"min_price": price}).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(send, range(1, 21)))
    assert sorted(answers) == [201, *[409] * 19]
