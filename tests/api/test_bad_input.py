"""What is wrong with a request is said in one shape, and changes nothing."""

import json
from base64 import b64encode

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import ApiToken
from signals.models import Run
from tests.builders import MODEL, make_run

pytestmark = pytest.mark.django_db
JSON = "application/json"
SCAN = {"pack": "swingsigma", "model_id": MODEL}
FAULT_KEYS = {"pointer", "code", "message", "hint"}


def scan(**fields):
    return json.dumps(SCAN | fields).encode()


def nested(levels):
    return b'{"pack": ' + b"[" * levels + b"]" * levels + b"}"


#: name: (body of POST /api/scan, status, pointer, code)
BODIES = {
    "nothing": (b"", 400, "/pack", "input.required"),
    "no json": (b"{pack}", 400, "", "json.syntax"),
    "cut off": (b'{"pack": "swing', 400, "", "json.syntax"),
    "a list": (b"[1, 2]", 400, "", "input.invalid"),
    "a text": (b'"scan"', 400, "", "input.invalid"),
    "null": (b"null", 400, "", "input.null"),
    "not utf-8": (b'{"pack": "\xff"}', 400, "", "json.encoding"),
    "utf-16": ('{"pack": "a"}'.encode("utf-16"), 400, "", "json.encoding"),
    "NaN": (b'{"pack": NaN}', 400, "", "json.number"),
    "Infinity": (b'{"pack": -Infinity}', 400, "", "json.number"),
    "1e400": (b'{"pack": 1e400}', 400, "", "json.number"),
    "5,000 digits": (b'{"pack": ' + b"9" * 5000 + b"}", 400, "", "json.number"),
    "a key twice": (b'{"pack": "a", "pack": "b"}', 400, "", "json.duplicate_key"),
    "NUL": (b'{"pack": "a\\u0000b"}', 400, "", "json.nul"),
    "NUL in a key": (b'{"a\\u0000b": 1}', 400, "", "json.nul"),
    "half a surrogate": (b'{"pack": "\\ud800"}', 400, "", "json.surrogate"),
    "21 levels": (nested(21), 400, "", "json.depth"),
    "100,000 levels": (nested(100_000), 400, "", "json.depth"),
    "unclosed levels": (b"[" * 100_000, 400, "", "json.depth"),
    "over a megabyte": (b" " * 1_000_001, 413, "", "http.too_large"),
    "unknown key": (scan(asof="x"), 400, "/asof", "input.unknown_key"),
    "key with slash": (scan(**{"a/b~c": 1}), 400, "/a~1b~0c", "input.unknown_key"),
    "pack a number": (scan(pack=7), 400, "/pack", "input.invalid"),
    "pack a bool": (scan(pack=True), 400, "/pack", "input.invalid"),
    "pack a list": (scan(pack=["a"]), 400, "/pack", "input.invalid"),
    "pack null": (scan(pack=None), 400, "/pack", "input.null"),
    "pack empty": (scan(pack=""), 400, "/pack", "input.blank"),
    "pack long": (scan(pack="a" * 65), 400, "/pack", "input.max_length"),
    "pack a path": (scan(pack="../etc"), 422, "/pack", "params.invalid"),
    "pack unknown": (scan(pack="swingsigm"), 422, "/pack", "unknown.pack"),
    "model unknown": (scan(model_id="nothing"), 422, "/model_id", "unknown.model"),
    "date in words": (scan(as_of="foo"), 400, "/as_of", "input.invalid"),
    "no such day": (scan(as_of="2025-02-30"), 400, "/as_of", "input.invalid"),
    "a week date": (scan(as_of="2017-W26-5"), 400, "/as_of", "input.invalid"),
    "a time": (scan(as_of="2017-06-30T00:00"), 400, "/as_of", "input.invalid"),
    "a number": (scan(as_of=20170630), 400, "/as_of", "input.invalid"),
    "the year 1": (scan(as_of="0001-01-01"), 422, "/as_of", "sessions.range"),
    "a holiday": (scan(as_of="2017-07-04"), 422, "/as_of", "sessions.closed"),
    "dataset a path": (scan(dataset="../x"), 422, "/dataset", "params.invalid"),
}
#: of the right length, and nothing else about it is right
ODD_CURSOR = "signals?cursor=" + b64encode(b'["x","d","p","m","r","i"]').decode()
#: name: (address, status, pointer, code)
QUERIES = {
    "unknown": ("runs?colour=red", 400, "?colour", "input.unknown_key"),
    "of a call without any": ("packs/swingsigma?x=1", 400, "?x", "input.unknown_key"),
    "twice": ("runs?limit=1&limit=2", 400, "?limit", "input.repeated"),
    "limit 0": ("runs?limit=0", 400, "?limit", "input.min_value"),
    "limit 501": ("runs?limit=501", 400, "?limit", "input.max_value"),
    "limit in words": ("runs?limit=ten", 400, "?limit", "input.invalid"),
    "limit huge": ("runs?limit=" + "9" * 2000, 400, "?limit", None),
    "cursor": ("runs?cursor=!!!", 400, "?cursor", "cursor.invalid"),
    "cursor of another": ("runs?cursor=WyJhIiwiYiJd", 400, "?cursor", "cursor.invalid"),
    "cursor of texts": ("runs?cursor=WyJhIl0", 400, "?cursor", "cursor.invalid"),
    "cursor of odd values": (ODD_CURSOR, 400, "?cursor", "cursor.invalid"),
    "status": ("runs?status=done", 400, "?status", "input.invalid_choice"),
    "session": ("signals?session=2025-02-30", 400, "?session", "input.invalid"),
    "NUL": ("signals?ticker=%00", 400, "?ticker", None),
    "not utf-8": ("signals?session=%ff", 400, "?session", "input.invalid"),
    "a holiday": ("signals?session=2017-07-04", 422, "?session", "sessions.closed"),
    "run huge": ("signals?run=" + "9" * 30, 400, "?run", "input.max_value"),
    "flag": ("indicators?group=1", 400, "?group", "input.invalid"),
    "wait long": ("runs/1?wait=31", 400, "?wait", "input.max_value"),
    "dataset": ("universes/us_liquid/members?dataset=nine", 422, None, None),
}
#: name: (address, code)
ADDRESSES = {
    "nothing": ("nothing", "http.not_found"),
    "a slash too many": ("packs/", "http.not_found"),
    "run": ("runs/999", "http.not_found"),
    "run huge": ("runs/" + "9" * 30, "http.not_found"),
    "run in words": ("runs/abc", "http.not_found"),
    "pack": ("packs/swingsigm", "unknown.pack"),
    "pack NUL": ("packs/%00", "unknown.pack"),
    "pack a path": ("packs/..%2f..%2fetc", None),
    "model": ("models/swingsigma/nothing", "unknown.model"),
    "indicator": ("indicators/rsl", "unknown.indicator"),
    "universe": ("universes/nothing/members", "unknown.universe"),
}


@pytest.fixture
def caller(client_of, admin_user):
    return client_of(admin_user, raise_request_exception=False)


def check(answer, status, pointer=None, code=None):
    """The answer is a problem document with at least this fault."""
    assert answer.status_code == status, answer.content[:500]
    assert answer["Content-Type"] == "application/problem+json"
    document = answer.json()
    assert document["status"] == status
    assert {"type", "title", "detail", "code", "errors"} <= set(document)
    assert all(set(fault) == FAULT_KEYS for fault in document["errors"])
    faults = [
        fault
        for fault in document["errors"]
        if pointer in (None, fault["pointer"]) or fault["pointer"].startswith(pointer)
    ]
    assert faults, document["errors"]
    assert code in (None, *[fault["code"] for fault in faults]), faults
    return faults


@pytest.mark.parametrize("name", BODIES)
def test_a_bad_body_starts_nothing(caller, name):
    body, status, pointer, code = BODIES[name]
    answer = caller.post(reverse("api_scan"), body, content_type=JSON)
    check(answer, status, pointer, code)
    assert not Run.objects.exists()


@pytest.mark.parametrize("name", QUERIES)
def test_a_bad_query_is_named(caller, name):
    address, status, pointer, code = QUERIES[name]
    if "runs/1" in address:
        make_run(pk=1)
    check(caller.get(f"/api/{address}"), status, pointer, code)


@pytest.mark.parametrize("name", ADDRESSES)
def test_an_address_that_is_not_there_says_so(caller, name):
    address, code = ADDRESSES[name]
    check(caller.get(f"/api/{address}"), 404, None, code)


def test_all_faults_come_at_once(caller):
    body = json.dumps({"model_id": 7, "as_of": "foo", "odd": 1})
    answer = caller.post(reverse("api_scan"), body, content_type=JSON)
    pointers = {fault["pointer"] for fault in answer.json()["errors"]}
    assert pointers == {"/pack", "/model_id", "/as_of", "/odd"}


def test_a_misspelt_key_is_guessed(caller):
    answer = caller.post(reverse("api_scan"), scan(as_off="x"), content_type=JSON)
    assert check(answer, 400, "/as_off")[0]["hint"] == "Did you mean 'as_of'?"


def test_a_closed_day_names_the_session_before(caller):
    body = scan(as_of="2017-07-04")
    answer = caller.post(reverse("api_scan"), body, content_type=JSON)
    assert "2017-07-03" in check(answer, 422)[0]["hint"]


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded"])
def test_another_content_type_is_415(caller, kind):
    check(caller.post(reverse("api_scan"), scan(), content_type=kind), 415)


def test_another_method_is_405(caller):
    answer = caller.put(reverse("api_scan"), scan(), content_type=JSON)
    check(answer, 405, None, "http.method_not_allowed")
    assert answer["Allow"] == "POST"


def test_another_format_is_406(caller):
    check(caller.get("/api/packs", headers={"Accept": "image/png"}), 406)


def test_an_empty_idempotency_key_is_refused(caller):
    answer = caller.post(
        reverse("api_scan"), scan(), content_type=JSON, headers={"Idempotency-Key": " "}
    )
    check(answer, 400, "Idempotency-Key", "idempotency.invalid")


@pytest.mark.parametrize("key", ["x" * 129, "käse"])
def test_an_odd_idempotency_key_is_refused(caller, key):
    answer = caller.post(
        reverse("api_scan"), scan(), content_type=JSON, headers={"Idempotency-Key": key}
    )
    check(answer, 422, "Idempotency-Key", "idempotency.invalid")


@pytest.mark.parametrize("header", ["Bearer", "Bearer x", "Basic YTpi", "Bearer a b c"])
def test_a_bad_token_is_401(header):
    answer = Client(headers={"Authorization": header}).get("/api/packs")
    check(answer, 401, None, "http.authentication_failed")


def test_a_session_needs_a_csrf_token(client_of, builder_user):
    client = client_of(builder_user, enforce_csrf_checks=True)
    check(client.post(reverse("api_scan"), scan(), content_type=JSON), 403)


def test_a_token_needs_no_csrf_token(builder_user, token_client):
    client = token_client(builder_user)
    client.handler.enforce_csrf_checks = True
    answer = client.post(reverse("api_scan"), scan(), content_type=JSON)
    assert answer.status_code == 202


def test_a_read_only_field_of_a_token_can_not_be_set(caller):
    body = json.dumps({"name": "a", "scopes": ["viewer"], "user": 1, "sha": "0"})
    answer = caller.post(reverse("api_tokens"), body, content_type=JSON)
    check(answer, 400, "/user", "input.unknown_key")
    assert not ApiToken.objects.exists()


def test_a_run_takes_no_change_but_tags(caller):
    run = make_run()
    body = json.dumps({"tags": ["a"], "status": "queued"})
    answer = caller.patch(f"/api/runs/{run.pk}", body, content_type=JSON)
    check(answer, 400, "/status", "input.unknown_key")
    run.refresh_from_db()
    assert (run.status, run.tags) == ("succeeded", [])


@pytest.mark.parametrize(
    "tags", [["Loud"], ["a b"], ["<b>"], [7], "a", ["a"] * 21, ["x" * 65]]
)
def test_a_tag_is_a_name(caller, tags):
    run = make_run()
    body = json.dumps({"tags": tags})
    answer = caller.patch(f"/api/runs/{run.pk}", body, content_type=JSON)
    assert answer.status_code in (400, 422)
    check(answer, answer.status_code)


def test_a_database_that_is_away_is_503(caller, monkeypatch):
    from django.db import OperationalError

    def busy(*args, **kwargs):
        raise OperationalError("database is locked")

    monkeypatch.setattr("packs_app.services.list_packs", busy)
    answer = caller.get("/api/packs")
    check(answer, 503, None, "database.busy")
    assert answer["Retry-After"] == "2"


def test_a_fault_of_ours_says_nothing_of_itself(caller, monkeypatch):
    def broken(*args, **kwargs):
        raise RuntimeError("secret-detail")

    monkeypatch.setattr("packs_app.services.list_packs", broken)
    answer = caller.get("/api/packs")
    check(answer, 500, None, "http.server_error")
    assert b"secret-detail" not in answer.content


def test_markup_in_an_address_is_not_run(caller):
    answer = caller.get("/api/packs/%3Cscript%3Ealert(1)%3C%2Fscript%3E")
    assert answer["Content-Type"] == "application/problem+json"
    assert answer["X-Content-Type-Options"] == "nosniff"
