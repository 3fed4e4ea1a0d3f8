"""Pages of evidence: no column is cut off on a desk, rows are compared by keys."""

from __future__ import annotations

import pytest

from signals.services import judging
from tests.signals import backtests, calibrations
from tests.signals.evidence import make_backtest
from tests.small_market import make_market

pytestmark = pytest.mark.browser
#: boxes of tables that are wider than what is seen of them
CUT = """() => [...document.querySelectorAll('main .scroll')]
    .filter(box => box.scrollWidth > box.clientWidth + 1)
    .map(box => `${box.closest('section')?.innerText.slice(0, 20)} ${box.scrollWidth}`)
"""
PHONE, DESK = {"width": 375, "height": 812}, {"width": 1280, "height": 900}


def test_no_column_is_cut_off_on_a_desk_and_no_page_on_a_phone(inside, site, home):
    make_market(home)
    backtest = backtests.done()
    calibration = calibrations.done(promote=False)
    judging.judge_due()
    report = f"/backtests/{backtest.pk}/?table="
    tables = ("trades", "orders", "fills", "refusals", "signals", "daily")
    for address in (
        f"/models/{backtests.NAME}/",
        *(f"{report}{table}" for table in tables),
        f"{calibrations.PAGE}?run={calibration.pk}",
        f"/calibrations/{calibration.pk}/promote/",
        f"/compare/?runs={backtest.pk},{make_backtest().pk}",
        "/leaderboard/",
    ):
        inside.set_viewport_size(DESK)
        inside.goto(f"{site}{address}")
        assert inside.evaluate(CUT) == [], address
        inside.set_viewport_size(PHONE)
        inside.goto(f"{site}{address}")
        width = inside.evaluate("document.documentElement.scrollWidth")
        assert width <= PHONE["width"], address


def test_the_first_column_stays_while_a_phone_scrolls(inside, site, home):
    make_market(home)
    inside.set_viewport_size(PHONE)
    inside.goto(f"{site}/backtests/{backtests.done().pk}/")
    first = inside.locator(".heat-months tbody td >> nth=0")
    before = first.bounding_box()
    inside.locator(".scroll:has(.heat-months)").evaluate("box => box.scrollLeft = 200")
    assert first.bounding_box() == before


def test_rows_of_the_board_are_ticked_and_compared_by_keys(inside, site, faults):
    for at in range(5):
        make_backtest(sharpe=5.0 - at)
    inside.goto(f"{site}/leaderboard/")
    inside.keyboard.press("x")  # before a row is chosen it ticks none
    assert inside.locator("input[name=runs]:checked").count() == 0
    for key in "jxjx":
        inside.keyboard.press(key)
    assert inside.inner_text("button[form=compare]") == "Compare 2 ticked"
    assert inside.inner_text("[data-ticked]") == "2 rows are ticked"
    for key in "jxjx":
        inside.keyboard.press(key)
    assert inside.locator("input[name=runs]:disabled").count() == 1
    inside.focus("button[form=compare]")
    inside.keyboard.press("Enter")
    inside.wait_for_url("**/compare/**")
    assert inside.inner_text(".lede").startswith("4 backtests side by side")


def test_enter_opens_the_row_of_the_board_one_is_at(inside, site):
    run = make_backtest().run
    inside.goto(f"{site}/leaderboard/")
    inside.keyboard.press("j")
    inside.evaluate("document.activeElement.blur()")
    inside.keyboard.press("Enter")
    inside.wait_for_url(f"**/backtests/{run.pk}/")
