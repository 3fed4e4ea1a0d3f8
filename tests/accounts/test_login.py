"""Logging in: the right password, the limit on wrong ones, and out again."""

import datetime as dt

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from accounts.models import LoginAttempt

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery"
LOGIN = "/login/"


@pytest.fixture
def person_with_password(viewer, settings):
    # one quick round: these tests are about the door, not about the hash
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    viewer.set_password(PASSWORD)
    viewer.save()
    return viewer


def log_in(client, password=PASSWORD, name="viewer", **extra):
    return client.post(LOGIN, {"username": name, "password": password}, **extra)


def test_it_lets_in_with_the_right_password(person_with_password):
    client = Client()
    assert log_in(client).status_code == 302
    assert client.session["_auth_user_id"] == str(person_with_password.pk)


def test_it_gives_a_new_session_at_login(person_with_password):
    client = Client()
    client.get(LOGIN)
    client.session["planted"] = True
    before = client.session.session_key
    log_in(client)
    assert client.session.session_key != before


def test_it_says_the_same_for_a_wrong_name_and_a_wrong_password(person_with_password):
    client = Client()
    wrong_password = log_in(client, "wrong").context["form"].non_field_errors()
    wrong_name = log_in(client, name="nobody").context["form"].non_field_errors()
    assert list(wrong_password) == list(wrong_name) != []


def test_it_stays_shut_after_five_wrong_tries_even_for_the_right_one(
    person_with_password,
):
    client = Client()
    for _ in range(5):
        assert log_in(client, "wrong").status_code == 200
    answer = log_in(client)
    assert answer.status_code == 429
    assert answer["Retry-After"] == "900"
    assert "_auth_user_id" not in client.session


def test_it_opens_again_after_a_quarter_of_an_hour(person_with_password):
    client = Client()
    for _ in range(6):
        log_in(client, "wrong")
    with time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(minutes=16)):
        assert log_in(client).status_code == 302


def test_it_lets_the_person_in_from_another_address_meanwhile(person_with_password):
    for _ in range(6):
        log_in(Client(REMOTE_ADDR="203.0.113.7"), "wrong")
    assert log_in(Client(REMOTE_ADDR="203.0.113.8")).status_code == 302


def test_it_counts_many_names_from_one_address_together(person_with_password):
    for number in range(50):
        log_in(Client(REMOTE_ADDR="203.0.113.7"), "wrong", name=f"name{number}")
    assert log_in(Client(REMOTE_ADDR="203.0.113.7")).status_code == 429


def test_it_forgets_wrong_tries_once_the_right_one_came(person_with_password):
    client = Client()
    for _ in range(4):
        log_in(client, "wrong")
    log_in(client)
    for _ in range(4):
        assert log_in(Client(), "wrong").status_code == 200


def test_it_keeps_no_name_that_was_tried(person_with_password):
    log_in(Client(), name="my password typed here", password="x")
    assert "my password" not in str(list(LoginAttempt.objects.values()))


def test_it_does_not_believe_a_forwarded_address_without_a_proxy(person_with_password):
    for number in range(6):
        answer = log_in(
            Client(), "wrong", headers={"X-Forwarded-For": f"203.0.113.{number}"}
        )
    assert answer.status_code == 429


def test_it_leads_nowhere_else_after_login(person_with_password):
    answer = Client().post(
        LOGIN + "?next=https://example.org/",
        {"username": "viewer", "password": PASSWORD, "next": "https://example.org/"},
    )
    assert answer["Location"] == reverse("today")


def test_it_logs_out_by_post_alone(viewer, client_of):
    client = client_of(viewer)
    assert client.get("/logout/").status_code == 405
    client.post("/logout/")
    assert "_auth_user_id" not in client.session


def test_the_admin_has_no_door_of_its_own(client):
    answer = client.get("/admin/", follow=True)
    assert answer.redirect_chain[-1][0] == "/login/?next=/admin/"


def test_the_admin_turns_away_who_is_not_staff(viewer, client_of):
    assert client_of(viewer).get("/admin/", follow=True).status_code == 403
