"""From a model's page to the report of its backtest, in a browser."""

from __future__ import annotations

import threading

import pytest
from django.db import connection

from signals.models import Run
from signals.services import runs
from tests.signals.backtests import DAYS, NAME, done
from tests.small_market import make_market

pytestmark = pytest.mark.browser


@pytest.fixture(autouse=True)
def market(home):
    make_market(home)


def work_off() -> None:
    """What the worker does, in a thread with a connection of its own."""

    def perform() -> None:
        runs.execute_here(Run.objects.latest("pk"))
        connection.close()

    thread = threading.Thread(target=perform)
    thread.start()
    thread.join()


def test_from_the_model_to_the_report(inside, site, faults):
    inside.goto(f"{site}/models/{NAME}/")
    for name in ("start", "end"):
        inside.fill(f"#backtest [name={name}]", DAYS[name])
    inside.select_option("#backtest [name=dataset]", DAYS["dataset"])
    inside.click("#backtest button:text('Backtest')")
    inside.wait_for_url("**/runs/*/**")
    work_off()
    inside.wait_for_url("**/backtests/*/", timeout=60_000)
    inside.wait_for_selector("[data-figure=equity] .drawing .main-svg")
    run = Run.objects.get()
    trades = run.summary["metrics"]["trades"]
    assert f"{trades:,.0f}" in inside.inner_text(".metrics")
    assert inside.locator("[data-figure] .drawing .main-svg").count() >= 4
    inside.click("#tables a:has-text('Refused')")
    inside.wait_for_selector("#tables a[aria-current]:has-text('Refused')")
    reason = run.summary["counts"]["refused_by"][0]["reason"]
    inside.select_option("#tables [name=reason]", reason)
    inside.wait_for_url(f"**reason={reason}**")
    with inside.expect_download() as saved:
        inside.click("#tables a:text('Download CSV')")
    lines = saved.value.path().read_text().splitlines()
    assert len(lines) == 1 + run.summary["counts"]["refused_by"][0]["count"]


def test_figures_follow_the_theme_and_fit_a_phone(inside, site, faults):
    run = done()
    inside.goto(f"{site}/backtests/{run.pk}/")
    drawn = "[data-figure=equity] .xtick text"
    inside.wait_for_selector(drawn)
    ink = f"getComputedStyle(document.querySelector('{drawn}')).fill"
    before = inside.evaluate(ink)
    inside.evaluate("document.documentElement.dataset.theme = 'dark'")
    inside.wait_for_function(f"{ink} !== {before!r}")
    inside.set_viewport_size({"width": 375, "height": 812})
    inside.goto(f"{site}/backtests/{run.pk}/")
    inside.wait_for_selector(drawn)
    assert inside.evaluate("document.documentElement.scrollWidth") <= 375


def test_without_a_script_the_server_draws(browser, site, admin_user):
    admin_user.set_password("a-long-enough-word-7")
    admin_user.save()
    run = done()
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(f"{site}/login/")
    page.fill("[name=username]", "admin")
    page.fill("[name=password]", "a-long-enough-word-7")
    page.click("button:text('Log in')")
    page.goto(f"{site}/backtests/{run.pk}/")
    assert page.locator("svg.curves").count() == 4
    page.click("#tables a:has-text('Orders')")
    assert "filled" in page.inner_text("#tables tbody")
