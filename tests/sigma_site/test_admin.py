"""The admin: the Signals DB's back door, and the one place for people and roles."""

import csv
import io

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.urls import reverse
from django_q.models import Failure, OrmQ, Schedule, Success

from accounts import services
from accounts.models import ApiToken
from tests.builders import make_list, make_run, make_signal

pytestmark = pytest.mark.django_db
OURS = [
    "signals_signal",
    "signals_run",
    "signals_configsnapshot",
    "packs_app_universeday",
]
PEOPLES = ["auth_user", "auth_group", "accounts_apitoken"]


@pytest.fixture
def staff(client_of, admin_user):
    """The browser of an admin."""
    return client_of(admin_user)


@pytest.fixture
def staff_viewer(client_of, person):
    """The browser of a viewer who may enter the admin."""
    return client_of(person("looker", "viewer", is_staff=True))


@pytest.fixture
def signal():
    """A signal whose name would run as a formula in a spreadsheet."""
    run = make_run()
    make_list(run)
    return make_signal(run, ticker="AAA", name="=HYPERLINK(1)")


@pytest.mark.parametrize("model", OURS + PEOPLES)
def test_an_admin_sees_all_lists(staff, signal, model):
    assert staff.get(reverse(f"admin:{model}_changelist")).status_code == 200


@pytest.mark.parametrize("model", OURS)
def test_a_viewer_who_is_staff_sees_the_signals_db(staff_viewer, signal, model):
    assert staff_viewer.get(reverse(f"admin:{model}_changelist")).status_code == 200


@pytest.mark.parametrize("model", PEOPLES)
def test_a_viewer_who_is_staff_sees_no_people(staff_viewer, model):
    assert staff_viewer.get(reverse(f"admin:{model}_changelist")).status_code == 403


@pytest.mark.parametrize("action", ["add", "delete", "change"])
def test_a_signal_is_not_changed(staff, signal, action):
    at = [] if action == "add" else [signal.pk]
    answer = staff.post(reverse(f"admin:signals_signal_{action}", args=at), {})
    assert answer.status_code == 403


def test_a_signal_is_shown_whole(staff, signal):
    page = staff.get(reverse("admin:signals_signal_change", args=[signal.pk]))
    assert "=HYPERLINK(1)" in page.content.decode()


@pytest.mark.parametrize(
    "query", ["q=AA", "current__exact=1", "session__year=2023", "of_dataset=demo"]
)
def test_signals_are_found(staff, signal, query):
    page = staff.get(reverse("admin:signals_signal_changelist") + "?" + query)
    assert page.context["cl"].result_count == 1


def test_signals_are_listed_in_a_fixed_number_of_queries(
    staff, signal, django_assert_max_num_queries
):
    for rank in range(2, 12):
        make_signal(signal.run, rank=rank)
    with django_assert_max_num_queries(14):
        staff.get(reverse("admin:signals_signal_changelist"))


def test_an_export_runs_no_formula(staff, signal):
    address = reverse("admin:signals_signal_changelist")
    chosen = {"action": "export_csv", "_selected_action": [signal.pk]}
    answer = staff.post(address, chosen)
    text = b"".join(answer.streaming_content).decode()
    (row,) = csv.DictReader(io.StringIO(text))
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert (row["ticker"], row["name"]) == ("AAA", "'=HYPERLINK(1)")
    assert float(row["score_total"]) == signal.score_total


@pytest.mark.parametrize("kind", [Schedule, Success, Failure, OrmQ])
def test_no_row_of_the_queue_is_there(kind):
    assert not admin.site.is_registered(kind)


def test_a_token_shows_no_hash(staff, viewer):
    token, _ = services.create_token(user=viewer, name="mine", scopes=["viewer"])
    page = staff.get(reverse("admin:accounts_apitoken_change", args=[token.pk]))
    assert token.sha not in page.content.decode()


def test_tokens_are_revoked(staff, viewer):
    token, _ = services.create_token(user=viewer, name="mine", scopes=["viewer"])
    chosen = {"action": "revoke", "_selected_action": [token.pk]}
    staff.post(reverse("admin:accounts_apitoken_changelist"), chosen)
    assert ApiToken.objects.get().revoked_at


def test_nobody_is_made_a_superuser(staff, viewer):
    address = reverse("admin:auth_user_change", args=[viewer.pk])
    fields = {"username": "viewer", "is_active": "on", "is_superuser": "on"}
    assert staff.post(address, fields).status_code == 302
    assert not User.objects.filter(is_superuser=True).exists()


def test_a_login_link_is_made_for_a_person(staff, viewer):
    chosen = {"action": "make_login_link", "_selected_action": [viewer.pk]}
    page = staff.post(reverse("admin:auth_user_changelist"), chosen)
    secret = page.context["address"].rstrip("/").rpartition("/")[2]
    assert services.find_login_link(secret).user == viewer
    assert "no-store" in page["Cache-Control"]
