"""The OpenAPI document is right, and the API keeps to it whatever is sent."""

import shutil

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema
from hypothesis import HealthCheck, given
from hypothesis import settings as bounds
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from accounts.models import ApiToken
from accounts.roles import ROLES
from tests.builders import MODEL, make_list, make_run, make_signal

pytestmark = pytest.mark.django_db
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
#: few, and the same each time: the point is that nothing breaks, not to search long
BOUNDED = bounds(
    max_examples=20,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


def make_document():
    """The document, made without a request."""
    GENERATOR_STATS.reset()
    with GENERATOR_STATS.silence():
        return SchemaGenerator().get_schema(request=None, public=True)


DOCUMENT = make_document()
CALLS = [
    (method, address)
    for address, calls in DOCUMENT["paths"].items()
    for method in calls
]


@pytest.fixture(scope="module")
def document():
    return make_document()


def test_it_is_valid_and_made_without_a_warning(document):
    validate_schema(document)
    assert not GENERATOR_STATS._warn_cache
    assert not GENERATOR_STATS._error_cache


def test_it_is_served_as_json(viewer_client, document):
    served = viewer_client.get("/api/schema").json()
    assert served["openapi"].startswith("3.")
    assert set(served["paths"]) == set(document["paths"])


def test_every_call_says_how_it_fails(document):
    for address, calls in document["paths"].items():
        for method, call in calls.items():
            problem = call["responses"]["default"]["content"]
            assert "application/problem+json" in problem, (method, address)
            assert call["description"], (method, address)


def test_its_page_loads_nothing_from_elsewhere(viewer_client):
    page = viewer_client.get("/api/docs")
    assert b"http" not in page.content.replace(b"http-equiv", b"")
    assert b"<script>" not in page.content
    script = viewer_client.get("/api/docs?script=")
    assert script["Content-Type"] == "application/javascript"


@pytest.fixture(autouse=True)
def own_packs(tmp_path, packs, settings):
    """Packs that may be written to: some of what is sent is right."""
    shutil.copytree(packs, tmp_path / "packs")
    settings.SIGMA_PACKS = tmp_path / "packs"


@pytest.fixture
def headers(admin_user):
    """A token that may do everything; and something to be read."""
    run = make_run(pk=1)
    make_list(run)
    make_signal(run)
    _, secret = ApiToken.issue(user=admin_user, name="fuzz", scopes=list(ROLES))
    return {"Authorization": f"Bearer {secret}"}


@pytest.fixture
def schema():
    """The document, bound to the site; the test's transaction stays open."""
    ends = (request_started, request_finished)
    for end in ends:  # as Django's own test client does
        end.disconnect(close_old_connections)
    bound = schemathesis.openapi.from_dict(DOCUMENT)
    bound.app = get_wsgi_application()
    yield bound
    for end in ends:
        end.connect(close_old_connections)


@pytest.mark.parametrize(("method", "address"), CALLS)
def test_it_keeps_its_word(method, address, schema, headers, monkeypatch):
    monkeypatch.setattr("signals.api.runs.wait_for", lambda run, seconds: run)

    @BOUNDED
    @given(case=schema[address][method].as_strategy())
    def holds(case):
        case.call_and_validate(headers=headers, checks=CHECKS)

    holds()


REAL = {
    "/api/indicators/{name}": {"name": "macd"},
    "/api/models/{pack}/{model_id}": {"pack": "swingsigma", "model_id": MODEL},
    "/api/packs/{pack}": {"pack": "swingsigma"},
    "/api/packs/{pack}/lint": {"pack": "swingsigma"},
    "/api/packs/{pack}/drift": {"pack": "swingsigma"},
    "/api/indicator_sets": {},
    "/api/indicator_sets/{pack}/{name}": {
        "pack": "swingsigma",
        "name": "swing_eq_default",
    },
    "/api/policies": {},
    "/api/policies/{pack}/{name}": {"pack": "swingsigma", "name": "topn_equal_v1"},
    "/api/runs/{id}": {"id": 1},
    "/api/universes": {},
    "/api/universes/{name}": {"name": "us_liquid"},
    "/api/universes/{name}/members": {"name": "us_liquid"},
    "/api/signals": {},
    "/api/runs": {},
    "/api/tokens": {},
}


@pytest.mark.parametrize("address", REAL)
def test_what_is_there_looks_as_described(address, schema, headers, market, settings):
    settings.SIGMA_DATASET = "small"
    case = schema[address]["get"].Case(path_parameters=REAL[address])
    answer = case.call_and_validate(headers=headers, checks=CHECKS)
    assert answer.status_code == 200
