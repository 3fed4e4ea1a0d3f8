"""Previews and builds over the API."""

import json

import pytest

from signals.models import PreviewOutcome, Run
from tests.builders import MODEL

pytestmark = pytest.mark.django_db
JSON = "application/json"
ASKED = {"pack": "swingsigma", "model_id": MODEL, "dataset": "small"}


def send(client, call, body, **headers):
    return client.post(
        f"/api/{call}", json.dumps(body), content_type=JSON, headers=headers
    )


def test_a_preview_answers_at_once(builder_client, builder_user, market):
    last = str(market.bars().arrays().axis.times[-1])
    answer = send(builder_client, "preview_matrix", ASKED)
    found = answer.json()
    assert answer.status_code == 200
    assert found["sessions"][-1] == last
    assert {column["name"] for column in found["columns"]} >= {"rsi_14", "bos_20"}
    assert PreviewOutcome.objects.get().user == builder_user


def test_a_draft_is_looked_at_as_yaml(builder_client, market):
    draft = {
        "indicator_set": "name: tiny\nindicators:\n  - {name: rsi, window: 14}\n",
        "model_config": (
            f"model_id: {MODEL}\nkind: scanner\nuniverse: us_liquid\n"
            "indicator_set: tiny\ngates:\n  all:\n"
            "    - {name: rsi, when: 'rsi_14 >= 55'}\n"
            "score:\n  all: {weight: 100, value: 'rsi_14 / 100'}\n"
        ),
    }
    found = send(builder_client, "preview_matrix", ASKED | {"draft": draft}).json()
    assert [column["name"] for column in found["columns"]] == ["rsi_14"]
    assert [gate["name"] for gate in found["gates"]] == ["rsi"]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"pack": "swingsigma"}, 400, "input.required"),
        (ASKED | {"starts": "2023-01-04"}, 400, "input.unknown_key"),
        (ASKED | {"draft": {"sets": "x"}}, 400, "input.unknown_key"),
        (ASKED | {"draft": {"policy": "name: ["}}, 422, "yaml.syntax"),
        (ASKED | {"model_id": "nothing"}, 422, "unknown.model"),
        (ASKED | {"end": "2023-01-16"}, 422, "sessions.closed"),
        (ASKED | {"start": "2023-01-04"}, 422, "preview.sessions"),
        (ASKED | {"end": "2031-06-16"}, 409, "bars.no_session"),
    ],
)
def test_what_can_not_be_looked_at(builder_client, market, body, status, code):
    answer = send(builder_client, "preview_matrix", body)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (status, code)


def test_a_build_is_queued_once_for_one_key(builder_client, market):
    key = {"Idempotency-Key": "m-1"}
    body = ASKED | {"start": "2023-03-01", "parquet": True}
    first = send(builder_client, "build_matrix", body, **key)
    again = send(builder_client, "build_matrix", body, **key)
    run = Run.objects.get()
    assert first.status_code == again.status_code == 202
    assert first["Location"] == f"/api/runs/{run.pk}"
    assert (run.kind, run.params["parquet"]) == ("build_matrix", True)


def test_a_build_between_closed_days_is_refused(builder_client, market):
    body = ASKED | {"start": "2023-01-02"}
    answer = send(builder_client, "build_matrix", body)
    assert (answer.status_code, answer.json()["code"]) == (422, "sessions.closed")
    assert not Run.objects.exists()


@pytest.mark.parametrize("call", ["preview_matrix", "build_matrix"])
def test_it_needs_the_role_builder(viewer_client, call):
    assert send(viewer_client, call, ASKED).status_code == 403
