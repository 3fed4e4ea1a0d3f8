"""Every call of the API against every role: who may, and who hears 401 or 403."""

import pytest
from django.test import Client
from django.urls import get_resolver

from accounts.roles import ROLES
from sigma_api.views import ApiView, NothingHere
from tests.builders import make_queued_run, make_run

pytestmark = pytest.mark.django_db
MODEL = "models/swingsigma/universe_eq_swing_daily_breakout_scanner"
JSON = "application/json"
#: (method, path below /api/, the lowest role that may)
CALLS = [
    ("GET", "indicators", "viewer"),
    ("GET", "indicators/rsi", "viewer"),
    ("GET", "packs", "viewer"),
    ("GET", "packs/swingsigma", "viewer"),
    ("POST", "packs", "builder"),
    ("PUT", "packs/swingsigma", "builder"),
    ("GET", "packs/swingsigma/lint", "viewer"),
    ("GET", "packs/swingsigma/export", "viewer"),
    ("GET", "packs/swingsigma/drift", "viewer"),
    ("POST", "packs/swingsigma/drift", "builder"),
    ("POST", "packs/swingsigma/restore", "builder"),
    ("GET", "indicator_sets", "viewer"),
    ("POST", "indicator_sets", "builder"),
    ("GET", "indicator_sets/swingsigma/swing_eq_default", "viewer"),
    ("PUT", "indicator_sets/swingsigma/swing_eq_default", "builder"),
    ("DELETE", "indicator_sets/swingsigma/nothing", "builder"),
    ("GET", "policies", "viewer"),
    ("POST", "policies", "builder"),
    ("PUT", "policies/swingsigma/topn_equal_v1", "builder"),
    ("DELETE", "policies/swingsigma/nothing", "builder"),
    ("POST", "validate_policy", "viewer"),
    ("GET", "models", "viewer"),
    ("POST", "models", "builder"),
    ("PUT", MODEL, "builder"),
    ("PATCH", MODEL, "builder"),
    ("DELETE", "models/swingsigma/nothing", "builder"),
    ("GET", MODEL, "viewer"),
    ("GET", "universes", "viewer"),
    ("POST", "universes", "operator"),
    ("GET", "universes/us_liquid", "viewer"),
    ("PUT", "universes/us_liquid", "operator"),
    ("DELETE", "universes/us_liquid", "operator"),
    ("GET", "universes/us_liquid/members", "viewer"),
    ("GET", "runs", "viewer"),
    ("GET", "runs/{run}", "viewer"),
    ("PATCH", "runs/{run}", "builder"),
    ("POST", "runs/{queued}/cancel", "builder"),
    ("POST", "runs/{failed}/retry", "builder"),
    ("POST", "scan", "builder"),
    ("POST", "preview_matrix", "builder"),
    ("POST", "diff", "builder"),
    ("POST", "build_matrix", "builder"),
    ("POST", "train", "builder"),
    ("GET", f"{MODEL}/training", "viewer"),
    ("POST", "backtest", "builder"),
    ("GET", "backtests/{run}", "viewer"),
    ("GET", "backtests/{run}/orders", "viewer"),
    ("POST", "calibrate_thresholds", "builder"),
    ("GET", "calibrations/{run}", "viewer"),
    ("POST", "calibrations/{run}/promote", "builder"),
    ("GET", "packs/swingsigma/recipes", "viewer"),
    ("GET", "packs/swingsigma/recipes/nothing", "viewer"),
    ("POST", "prove", "builder"),
    ("POST", "bars/ingest", "operator"),
    ("POST", "ingest/actions", "operator"),
    ("GET", "bars/sources", "viewer"),
    ("GET", "bars/inbox", "viewer"),
    ("POST", "bars/inbox", "operator"),
    ("GET", "bars/default", "viewer"),
    ("POST", "bars/default", "operator"),
    ("POST", "check_bars", "operator"),
    ("GET", "data_issues/silent", "viewer"),
    ("GET", "data_issues", "viewer"),
    ("POST", "data_issues", "operator"),
    ("GET", "signals", "viewer"),
    ("GET", "leaderboard", "viewer"),
    ("GET", "compare", "viewer"),
    ("GET", "tokens", "viewer"),
    ("POST", "tokens", "viewer"),
    ("GET", "schema", "viewer"),
    ("GET", "docs", "viewer"),
    ("GET", "nothing/here", "viewer"),
]
CAST = {
    "viewer": "viewer",
    "builder": "builder_user",
    "operator": "operator",
    "admin": "admin_user",
}


@pytest.fixture
def ask():
    """Sends a call; what it is about is there."""

    def send(client, method, path):
        rows = {
            "run": make_run().pk,
            "queued": make_queued_run().pk,
            "failed": make_run(status="failed").pk,
        }
        address = f"/api/{path.format(**rows)}"
        return client.generic(method, address, b"{}", content_type=JSON)

    return send


def is_refused(answer):
    return answer.status_code in (401, 403)


@pytest.mark.parametrize(("method", "path", "lowest"), CALLS)
def test_it_lets_in_the_lowest_role_and_all_above(
    method, path, lowest, ask, client_of, request
):
    for role in ROLES[ROLES.index(lowest) :]:
        client = client_of(request.getfixturevalue(CAST[role]))
        assert not is_refused(ask(client, method, path)), role


@pytest.mark.parametrize(("method", "path", "lowest"), CALLS)
def test_it_turns_away_all_roles_below(method, path, lowest, ask, client_of, request):
    for role in ROLES[: ROLES.index(lowest)]:
        client = client_of(request.getfixturevalue(CAST[role]))
        assert ask(client, method, path).status_code == 403, role


@pytest.mark.parametrize(("method", "path", "lowest"), CALLS)
def test_it_turns_away_who_has_no_role(method, path, lowest, ask, client_of, stranger):
    assert ask(client_of(stranger), method, path).status_code == 403


@pytest.mark.parametrize(("method", "path", "lowest"), CALLS)
def test_it_asks_who_is_not_logged_in_to_be(method, path, lowest, ask):
    answer = ask(Client(), method, path)
    assert answer.status_code == 401
    assert "Bearer" in answer["WWW-Authenticate"]


@pytest.mark.parametrize(("method", "path", "lowest"), CALLS)
def test_a_token_opens_as_much_as_its_scope(
    method, path, lowest, ask, token_client, admin_user
):
    for scope in ROLES:
        enough = ROLES.index(scope) >= ROLES.index(lowest)
        if (method, path, scope) != ("POST", "tokens", "admin") and path == "tokens":
            enough = method == "GET"  # a token makes no other without the scope admin
        answer = ask(token_client(admin_user, scope), method, path)
        assert is_refused(answer) is not enough, scope


def test_a_builder_repeats_no_ingest(client_of, builder_user):
    run = make_run(kind="ingest", status="failed")
    answer = client_of(builder_user).post(f"/api/runs/{run.pk}/retry")
    assert answer.status_code == 403


def test_every_address_is_in_the_list():
    listed = {(method, path.split("/")[0]) for method, path, _ in CALLS}
    for view, path in api_views():
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
            if hasattr(view, method.lower()) and (method, path) != ("DELETE", "tokens"):
                assert (method, path) in listed


def api_views():
    """Every view class of ours below /api/, with the first word of its path."""
    for pattern in flat(get_resolver("sigma_site.api_urls").url_patterns):
        view = getattr(pattern.callback, "view_class", None)
        if view and issubclass(view, ApiView) and view is not NothingHere:
            yield view, str(pattern.pattern).split("/")[0]


def flat(patterns):
    for pattern in patterns:
        if hasattr(pattern, "url_patterns"):
            yield from flat(pattern.url_patterns)
        else:
            yield pattern
