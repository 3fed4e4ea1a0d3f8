"""What was typed by someone whose session had ended: kept over the login, sent once."""

from __future__ import annotations

import html
import json
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts import carried
from accounts.models import ApiToken
from tests.accounts.test_login import LOGIN, PASSWORD, person_with_password

__all__ = ["person_with_password"]
pytestmark = pytest.mark.django_db
ADDRESS = "/account/tokens/"
TYPED = {"name": 'a "name" & <b>\nline', "scopes": ["viewer"], "days": "30"}


@pytest.fixture
def browser(person_with_password) -> Client:
    """A browser that checks forms as a real one's are, with nobody logged in."""
    return Client(enforce_csrf_checks=True)


def token_of(browser: Client) -> dict[str, str]:
    browser.get(LOGIN)
    return {"csrfmiddlewaretoken": browser.cookies["csrftoken"].value}


def held_in(page: str) -> str:
    return html.unescape(re.search(r'name="carried" value="([^"]*)"', page)[1])


def logged_in_with(browser: Client, text: str, **more: str):
    fields = {"username": "viewer", "password": PASSWORD, "next": ADDRESS}
    return browser.post(LOGIN, fields | {"carried": text} | token_of(browser) | more)


def test_it_comes_back_as_it_was_typed_and_nothing_was_done(browser):
    asked = browser.post(ADDRESS, TYPED | token_of(browser))
    assert asked.status_code == 401
    text = held_in(asked.content.decode())
    assert "csrfmiddlewaretoken" not in text
    page = logged_in_with(browser, text).content.decode()
    assert f'action="{ADDRESS}"' in page
    assert not ApiToken.objects.exists()
    shown = re.findall(r'<textarea name="(\w+)" hidden>\n(.*?)</textarea>', page, re.S)
    sent: dict[str, list[str]] = {}
    for name, value in shown:
        sent.setdefault(name, []).append(html.unescape(value))
    assert sent == {"name": [TYPED["name"]], "scopes": ["viewer"], "days": ["30"]}
    fresh = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[1]
    browser.post(ADDRESS, sent | {"csrfmiddlewaretoken": fresh})
    assert ApiToken.objects.get().user.username == "viewer"


def test_a_wrong_password_loses_nothing(browser):
    text = json.dumps([["name", "mine"]])
    page = logged_in_with(browser, text, password="wrong").content.decode()
    assert held_in(page) == text


def test_it_is_sent_to_no_other_site(browser):
    text = json.dumps([["name", "mine"]])
    answer = logged_in_with(browser, text, next="https://evil.example/x")
    assert answer.status_code == 302
    assert answer.url == "/"


@pytest.mark.parametrize(
    "text",
    ["", "x", "{}", "[1]", '[["a"]]', '[["a", 1]]', "[" * 100_000, '[["a", ["b"]]]'],
)
def test_what_is_no_list_of_fields_is_nothing(browser, text):
    assert carried.unpacked(text) == []
    assert logged_in_with(browser, text).status_code == 302


def test_a_request_from_elsewhere_is_not_carried(browser):
    assert browser.post(ADDRESS, TYPED).status_code == 403


@pytest.mark.parametrize("what", ["a script", "a file", "too much"])
def test_what_cannot_be_carried_is_asked_to_log_in_first(browser, what):
    fields: dict[str, object] = TYPED | token_of(browser)
    headers = {"HX-Request": "true"} if what == "a script" else {}
    if what == "a file":
        fields["file"] = SimpleUploadedFile("a.csv", b"x")
    if what == "too much":
        fields["name"] = "x" * (carried.MOST + 1)
    answer = browser.post(ADDRESS, fields, headers=headers)
    assert answer.status_code == 302
    assert answer.url.startswith(f"{LOGIN}?next=")
