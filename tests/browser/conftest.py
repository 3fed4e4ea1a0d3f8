"""A real Chromium on the machine, and a page in which someone is logged in."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sigma_core.sessions import exchange

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
#: of pytest-base-url, which pytest-playwright brings
PLUGIN = "ignore:Session-scoped fixtures defined as instance methods"
PASSWORD = "a-long-enough-word-7"

# Playwright keeps an event loop in this thread; Django would take its own database
# calls beside it for calls from async code.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    missing = pytest.mark.skip(reason=f"no Chromium at {CHROMIUM}")
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.filterwarnings(PLUGIN))
            if shutil.which(CHROMIUM) is None:
                item.add_marker(missing)


@pytest.fixture(scope="session")
def browser_type_launch_args(live_server: Any) -> dict[str, Any]:
    """How Chromium starts: after the site, so that it ends before it.

    A site that ends first has threads left that wait on the browser's idle connections.
    """
    args = (
        "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run "
        "--disable-background-networking --disable-component-update --disable-sync"
    )
    return {"executable_path": CHROMIUM, "args": args.split()}


@pytest.fixture
def faults(page) -> Iterator[list[str]]:
    """What the browser complained of; a test that uses it wants none."""
    heard: list[str] = []
    page.on("pageerror", lambda error: heard.append(str(error)))
    page.on("console", lambda m: heard.append(m.text) if m.type == "error" else None)
    yield heard
    assert heard == []


@pytest.fixture
def site(live_server, transactional_db) -> str:
    """The address of a running site with an empty database."""
    # read while the site's threads rest: the calendar mutes a warning of its library,
    # and muting is for the whole process, so two threads could undo it for each other
    exchange()
    return str(live_server.url)


@pytest.fixture
def inside(page, site, admin_user):
    """A page in which the admin is logged in, at Today."""
    return logged_in(page, site, admin_user)


@pytest.fixture
def making(page, site, builder_user):
    """A page in which a builder is logged in, at Today."""
    return logged_in(page, site, builder_user)


def logged_in(page, site, user):
    """The page, once a person has logged in with name and password."""
    user.set_password(PASSWORD)
    user.save()
    page.goto(f"{site}/login/")
    page.fill("[name=username]", user.username)
    page.fill("[name=password]", PASSWORD)
    page.click("text=Log in >> nth=-1")
    page.wait_for_url(f"{site}/")
    return page
