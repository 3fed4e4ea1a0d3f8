"""Proving over the API, and certificates where definitions are shown."""

from __future__ import annotations

import pytest

from signals.models import Run
from signals.services import runs
from tests.builders import MODEL

pytestmark = pytest.mark.django_db
JSON = "application/json"


def test_it_queues_the_proof_of_one_thing(client_of, builder_user):
    client = client_of(builder_user)
    answer = client.post("/api/prove", {"name": "rsi"}, content_type=JSON)
    assert answer.status_code == 202
    assert answer.json()["params"] == {"name": "rsi"}
    assert answer["Location"] == f"/api/runs/{Run.objects.get().pk}"


def test_it_proves_everything_only_if_asked_to(client_of, builder_user):
    client = client_of(builder_user)
    answer = client.post("/api/prove", {"all": True}, content_type=JSON)
    assert (answer.status_code, answer.json()["params"]) == (202, {"name": None})


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"name": "rsx"}, 422, "unknown.indicator"),
        ({"name": "swingsigma/none"}, 422, "unknown.set_or_model"),
        ({"name": "../etc"}, 422, "params.invalid"),
        ({}, 422, "prove.target"),
        ({"name": None}, 422, "prove.target"),
        ({"all": False}, 422, "prove.target"),
        ({"name": "rsi", "all": True}, 422, "prove.target"),
        ({"all": 1}, 400, "input.invalid"),
        ({"nam": "rsi"}, 400, "input.unknown_key"),
    ],
)
def test_it_says_what_is_wrong(client_of, builder_user, body, status, code):
    answer = client_of(builder_user).post("/api/prove", body, content_type=JSON)
    assert answer.status_code == status
    assert answer.json()["errors"][0]["code"] == code


@pytest.mark.parametrize("name", ["rsx", "swingsigma/none"])
def test_it_points_at_the_key_that_holds_an_unknown_name(client_of, builder_user, name):
    answer = client_of(builder_user).post(
        "/api/prove", {"name": name}, content_type=JSON
    )
    assert [fault["pointer"] for fault in answer.json()["errors"]] == ["/name"]


def test_definitions_show_their_certificates(viewer_client):
    runs.execute_here(runs.create_run(kind="prove", params={"name": "rsi"}))
    shown = viewer_client.get("/api/indicators/rsi").json()["certificate"]
    assert (shown["state"], shown["certified"]) == ("certified", True)
    assert shown["cost_ms_per_million_rows"] > 0
    model = viewer_client.get(f"/api/models/swingsigma/{MODEL}").json()
    assert model["certificate"]["state"] == "none"
    groups = viewer_client.get("/api/indicators?group=true").json()["groups"]
    states = {c["name"]: c["certificate"]["state"] for c in groups["momentum"]}
    assert states["rsi"] == "certified"
    assert states["cci"] == "none"
