"""One-time login links: looking is free, pressing works once."""

import datetime as dt
import logging

import pytest
import time_machine
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from accounts import services
from accounts.models import LoginLink
from sigma_core.errors import MissingData

pytestmark = pytest.mark.django_db


@pytest.fixture
def address(viewer):
    return reverse("login_link", args=[services.make_login_link(username="viewer")])


def test_looking_at_it_uses_nothing_up(address):
    for _ in range(3):
        answer = Client().get(address)
        assert "_auth_user_id" not in answer.client.session
    assert LoginLink.objects.get().last_used_at is None


def test_pressing_the_button_lets_in_and_asks_for_a_password(address, viewer):
    client = Client()
    answer = client.post(address)
    assert answer["Location"] == reverse("set_password")
    assert client.session["_auth_user_id"] == str(viewer.pk)


def test_it_works_once(address):
    Client().post(address)
    again = Client()
    answer = again.post(address)
    assert answer.context["link"] is None
    assert "_auth_user_id" not in again.session


def test_it_ends_after_a_day(address):
    with time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(hours=25)):
        client = Client()
        client.post(address)
    assert "_auth_user_id" not in client.session


def test_it_ends_when_a_newer_one_is_made(address):
    services.make_login_link(username="viewer")
    client = Client()
    client.post(address)
    assert "_auth_user_id" not in client.session


def test_it_ends_when_the_person_is_switched_off(address, viewer):
    User.objects.update(is_active=False)
    client = Client()
    client.post(address)
    assert "_auth_user_id" not in client.session


def test_it_needs_a_csrf_token(address):
    client = Client(enforce_csrf_checks=True)
    assert client.post(address).status_code == 403


def test_its_secret_is_in_no_log(address, caplog):
    secret = address.rstrip("/").rpartition("/")[2]
    with caplog.at_level(logging.DEBUG):
        Client(enforce_csrf_checks=True).post(address)
        Client().put(address)
    assert caplog.records
    assert secret not in caplog.text


def test_its_secret_is_not_stored(viewer):
    secret = services.make_login_link(username="viewer")
    assert secret not in str(list(LoginLink.objects.values()))


def test_a_first_password_is_chosen_without_an_old_one(address, viewer):
    client = Client()
    client.post(address)
    chosen = {"new_password1": "long-and-odd-91", "new_password2": "long-and-odd-91"}
    assert client.post(reverse("set_password"), chosen).status_code == 302
    viewer.refresh_from_db()
    assert viewer.check_password("long-and-odd-91")
    assert client.get(reverse("tokens")).status_code == 200  # still logged in


def test_a_later_password_needs_the_old_one(viewer, client_of):
    viewer.set_password("long-and-odd-91")
    viewer.save()
    chosen = {"new_password1": "other-and-odd-7", "new_password2": "other-and-odd-7"}
    answer = client_of(viewer).post(reverse("set_password"), chosen)
    assert "old_password" in answer.context["form"].errors


def test_the_first_admin_is_made_where_there_is_nobody(db):
    secret = services.first_admin()
    link = services.find_login_link(secret)
    assert link.user.username == "admin"
    assert not link.user.has_usable_password()


def test_the_first_admin_is_found_where_there_are_people(viewer, admin_user):
    link = services.find_login_link(services.first_admin())
    assert link.user == admin_user
    assert User.objects.count() == 2


def test_no_admin_is_made_beside_other_people(viewer):
    with pytest.raises(MissingData):
        services.first_admin()
