"""Keys, palette, themes, a phone's width, and bringing a file in."""

from __future__ import annotations

import pytest

from signals.models import Run
from tests.signals.lists import make_two_lists

pytestmark = pytest.mark.browser
PAGES = (
    "/",
    "/signals/",
    "/models/",
    "/runs/",
    "/data/",
    "/health/",
    "/account/tokens/",
)
CSV = "ticker,date,open,high,low,close,volume\nNA,2023-06-30,1,2,1,2,100\n"


def paper(page) -> str:
    return page.evaluate("getComputedStyle(document.body).backgroundColor")


def test_rows_are_reached_opened_and_closed_by_keys(inside, site, faults):
    make_two_lists()
    inside.goto(f"{site}/signals/")
    for key in ("j", "j", "Enter"):
        inside.keyboard.press(key)
    inside.wait_for_selector("#drawer [data-opened]")
    assert "DDD" in inside.inner_text("#drawer h2 >> nth=0")
    inside.keyboard.press("k")
    inside.wait_for_selector("#drawer h2:has-text('BBB')")
    inside.keyboard.press("Escape")
    assert inside.locator("#drawer > *").count() == 0
    assert "open=" not in inside.url


def test_a_slash_searches_and_the_arrows_change_the_session(inside, site):
    make_two_lists()
    inside.goto(f"{site}/signals/")
    inside.keyboard.press("/")
    assert inside.evaluate("document.activeElement.name") == "q"
    inside.keyboard.press("Escape")
    inside.keyboard.press("ArrowLeft")
    inside.wait_for_url("**session=2023-06-29**")
    inside.keyboard.press("ArrowRight")
    inside.wait_for_url("**session=2023-06-30**")


def test_a_question_mark_lists_the_keys(inside):
    inside.keyboard.press("?")
    assert inside.is_visible("#keys")


def test_the_palette_leads_to_what_it_finds(inside, site, faults):
    make_two_lists()
    inside.keyboard.press("Control+k")
    inside.keyboard.type("trend")
    inside.keyboard.press("Enter")  # before anything is answered
    inside.wait_for_url("**/models/**trend_follow_scanner/")


def test_shift_and_a_click_sort_by_a_second_column(inside, site):
    make_two_lists()
    inside.goto(f"{site}/signals/?sort=-score")
    inside.click("thead a:text-is('Ticker')", modifiers=["Shift"])
    inside.wait_for_url("**sort=-score%2Cticker**")


def test_the_switch_turns_the_lights_off_and_they_stay_off(inside, site):
    light = paper(inside)
    inside.click(".corner [data-theme-form] button")
    dark = paper(inside)
    assert dark != light
    inside.goto(f"{site}/models/")
    assert paper(inside) == dark


def test_the_systems_wish_for_dark_is_followed(page, site):
    page.emulate_media(color_scheme="light")
    page.goto(f"{site}/login/")
    light = paper(page)
    page.emulate_media(color_scheme="dark")
    assert paper(page) != light


@pytest.mark.parametrize("address", PAGES)
def test_no_page_is_wider_than_a_phone(inside, site, address):
    make_two_lists()
    inside.set_viewport_size({"width": 375, "height": 812})
    inside.goto(f"{site}{address}")
    assert inside.evaluate("document.documentElement.scrollWidth") <= 375


def test_on_a_phone_the_rest_of_the_pages_is_behind_more(inside):
    inside.set_viewport_size({"width": 375, "height": 812})
    inside.click("summary:has-text('More')")
    inside.click(".more a:has-text('Data')")
    inside.wait_for_selector("h1:text('Data')")


def test_files_are_sent_with_progress_and_their_dry_run_opens(inside, site, faults):
    inside.goto(f"{site}/data/")
    file = {"name": "NA.csv", "mimeType": "text/csv", "buffer": CSV.encode()}
    inside.set_input_files("input[type=file]", [file])
    assert "NA.csv" in inside.inner_text("[data-chosen]")
    inside.click("text=Check the files")
    inside.wait_for_url("**/runs/*/")
    assert Run.objects.get().params["names"] == ["NA.csv"]


def test_a_file_of_the_wrong_kind_is_refused_in_place(inside, site):
    inside.goto(f"{site}/data/")
    file = {"name": "bars.exe", "mimeType": "text/csv", "buffer": b"x"}
    inside.set_input_files("input[type=file]", [file])
    inside.click("text=Check the files")
    inside.wait_for_selector("text=not known here")
    assert not Run.objects.exists()


def test_a_chip_copies_the_whole_hash(inside, site, context):
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    run = make_two_lists()
    inside.goto(f"{site}/runs/{run.pk}/")
    inside.click("button.sha:has-text('output')")
    assert inside.evaluate("navigator.clipboard.readText()") == "e" * 64


def test_reading_and_asking_work_without_script(browser, site, admin_user):
    admin_user.set_password("a-long-enough-word-7")
    admin_user.save()
    make_two_lists()
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(f"{site}/login/")
    page.fill("[name=username]", "admin")
    page.fill("[name=password]", "a-long-enough-word-7")
    page.click("button:text('Log in')")
    page.click("text=Open the list")
    page.click("a.ticker:text('DDD')")
    assert "ADX of 14 bars" in page.inner_text("main")
    page.goto(f"{site}/models/")
    page.click("text=breakout scanner")
    page.click("button:text('Run')")
    assert "Waiting for a worker" in page.inner_text("main")


def test_on_a_phone_a_signal_lies_over_the_list_until_it_is_closed(inside, site):
    make_two_lists()
    inside.set_viewport_size({"width": 375, "height": 812})
    inside.goto(f"{site}/signals/")
    inside.click("a.ticker:text('DDD')")
    inside.click("#drawer a[data-do=close]")
    inside.click("a.ticker:text('BBB')")
    inside.wait_for_selector("#drawer h2:has-text('BBB')")
