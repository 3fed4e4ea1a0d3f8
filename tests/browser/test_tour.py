"""The way of a first visit: from the one-time link to a signal's gates."""

from __future__ import annotations

import pytest

from accounts import services
from signals.models import Milestone, Run
from tests.signals.lists import make_two_lists

pytestmark = pytest.mark.browser


def test_from_the_login_link_to_a_signals_gates(page, site, faults):
    secret = services.first_admin()
    make_two_lists()
    page.goto(f"{site}/login/link/{secret}/")
    page.click("text=Come in")
    page.fill("[name=new_password1]", "a-long-enough-word-7")
    page.fill("[name=new_password2]", "a-long-enough-word-7")
    page.click("button:text('Save')")
    page.wait_for_url(f"{site}/")
    assert "3 of 187 passed all gates" in page.inner_text(".first")
    page.click("text=Open the list")
    page.click("a.ticker:text('DDD')")
    page.wait_for_selector("#drawer [data-opened]")
    assert "ADX of 14 bars is at least 18" in page.inner_text("#drawer")
    assert "open=" in page.url
    assert Milestone.objects.filter(name="opened_signal").count() == 1


def test_the_open_signal_is_still_there_after_a_reload(inside, site):
    make_two_lists()
    inside.goto(f"{site}/signals/")
    inside.click("a.ticker:text('BBB')")
    inside.wait_for_selector("#drawer [data-opened]")
    inside.reload()
    assert "BBB" in inside.inner_text("#drawer h2 >> nth=0")


def test_every_page_of_the_rail_opens_without_a_complaint(inside, site, faults):
    make_two_lists()
    for label in ("Signals", "Models", "Data", "Runs", "Health", "Today"):
        inside.click(f".rail nav a:has-text('{label}')")
        inside.wait_for_selector(f".rail a[aria-current=page]:has-text('{label}')")


def test_a_scan_is_asked_for_and_followed(inside, site, faults):
    inside.goto(f"{site}/models/")
    inside.click("text=breakout scanner")
    inside.click("button:text('Run')")
    inside.wait_for_selector("text=Waiting for a worker")
    run = Run.objects.get()
    Run.objects.filter(pk=run.pk).update(
        status="running", percent=40, doing="Compute the features"
    )
    inside.wait_for_selector("text=40 % done: Compute the features.")
    Run.objects.filter(pk=run.pk).update(
        status="failed", reason="There are no bars.", doing=""
    )
    inside.wait_for_selector("text=There are no bars.")
    inside.wait_for_selector("button:text('Retry')")
