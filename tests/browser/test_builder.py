"""From an idea to its signals with mouse and keyboard alone, as a new user would."""

from __future__ import annotations

import re
import shutil
import time

import pytest

from signals.models import Run, Signal
from signals.services import runs
from tests.small_market import DATASET, make_market

pytestmark = pytest.mark.browser
#: what htmx says of a request that a newer one has replaced
REPLACED = re.compile(r"htmx:(sendAbort|afterRequest)")
MINUTES = 3


@pytest.fixture
def build(inside, site, home, tmp_path, packs, settings):
    """The Builder of a site with a small market and packs of its own."""
    make_market(home)
    shutil.copytree(packs, tmp_path / "packs")
    settings.SIGMA_PACKS, settings.SIGMA_DATASET = tmp_path / "packs", DATASET
    heard: list[str] = []
    inside.on("pageerror", lambda error: heard.append(str(error)))
    inside.on(
        "console",
        lambda m: (
            heard.append(m.text)
            if m.type == "error" and not REPLACED.search(m.text)
            else None
        ),
    )
    inside.goto(f"{site}/builder/")
    inside.wait_for_selector("#p-gates", timeout=120_000)
    yield inside
    assert heard == []


def passing(page) -> int:
    """How many pass, as the page says it beside the tabs, once it has looked."""
    page.wait_for_selector("#state:has-text('pass')")
    return int(page.inner_text("#state").split(" of ")[0])


def look(page, act) -> int:
    """How many pass after an action has been answered."""
    with page.expect_response("**/builder/panels/"):
        act()
    page.wait_for_selector("#panels:not(.stale)")
    return passing(page)


def add_trend(page) -> None:
    """An indicator from the catalogue, and a rule on it."""
    page.click("[data-opens=catalogue]")
    page.keyboard.type("adx")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=adx_14, plus_di_14")
    rules = page.locator("#in-all [data-row]")
    there = rules.count()
    page.click("[data-into=in-all][data-shape=when]")
    rule = rules.nth(there)  # waited for: the last of now may still be the one before
    rule.get_by_label("Left side").fill("adx_14")
    rule.get_by_label("Comparison").select_option(">=")
    rule.get_by_label("Right side").fill("15")


def drag(page, gate: str, by: int) -> None:
    """Move a gate's line with the mouse, by pixels."""
    line = page.locator(f"[data-condition={gate}] .threshold circle")
    line.scroll_into_view_if_needed()
    box = line.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + by, y, steps=8)
    page.mouse.up()


def retype(page, before: str, after: str) -> None:
    """Change a text in the first YAML editor."""
    page.evaluate(
        """([before, after]) => {
          const editor = document.querySelector(".django-ace-widget").editor;
          editor.setValue(editor.getValue().replace(before, after));
        }""",
        [before, after],
    )


def test_from_an_idea_to_its_signals_in_three_minutes(build, site) -> None:
    began = time.monotonic()
    build.fill("#suffix", "strong_trend")
    look(build, lambda: add_trend(build))
    build.wait_for_selector("[data-condition=adx] .threshold")
    before = passing(build)
    after = look(build, lambda: drag(build, "adx", 40))
    assert after < before
    assert float(build.get_by_label("Right side").last.input_value()) > 15
    assert f"{after} of" in build.inner_text("#p-diff")
    build.click("text=Save and scan")
    build.wait_for_selector("text=Waiting for a worker")
    runs.execute_here(Run.objects.get())
    build.wait_for_url("**/signals/**")
    assert time.monotonic() - began < 60 * MINUTES
    assert build.locator("[data-rows] tbody tr").count() == Signal.objects.count()
    assert f"{after} of" in build.inner_text("main")


def test_a_saved_gate_moved_by_keys_says_what_changes(build, site) -> None:
    build.fill("#suffix", "keyed")
    build.keyboard.press("Control+s")
    build.wait_for_url("**/builder/swingsigma/universe_eq_swing_daily_keyed/")
    build.wait_for_selector("text=Nothing yet: this is the saved model.")
    build.locator("[data-condition=rsi] .threshold").focus()
    look(build, lambda: build.keyboard.press("PageUp"))
    said = build.inner_text("#p-diff")
    assert re.search(r"rsi_min 60 → 6\d", said)
    assert re.search(r"Passes \d+ → \d+ of \d+", said)
    assert build.evaluate("document.activeElement.getAttribute('role')") == "slider"


def test_what_was_typed_is_offered_again(build, site) -> None:
    build.fill("#suffix", "half_done")
    build.on("dialog", lambda dialog: dialog.accept())
    build.goto(f"{site}/builder/")
    build.click("text=Go on with it")
    build.wait_for_selector("#unsaved:not([hidden])")
    assert build.input_value("#suffix") == "half_done"


def test_blocks_become_yaml_and_blocks_again(build) -> None:
    build.fill("#suffix", "turned")
    build.click("button:has-text('YAML')")
    build.wait_for_selector(".ace_content")
    retype(build, "rsi_min: 60", "rsi_min: 61")
    retype(build, "kind: scanner", "kind: scanner\nfoo: 1")
    build.wait_for_selector(".ace_gutter-cell.ace_error")
    assert "nknown key 'foo'" in build.inner_text("#trouble")
    retype(build, "\nfoo: 1", "")
    build.wait_for_selector("#trouble:not(:has(.note))", state="attached")
    build.click("button:has-text('Blocks')")
    build.wait_for_selector("#params")
    assert build.input_value("#params .number") == "61"


def test_a_row_is_moved_turned_and_removed(build) -> None:
    build.click("#indicators [data-row]:first-child [data-move='1']")
    first = build.locator("#indicators .what").first
    assert first.inner_text() == "ret"
    rule = build.locator("#in-all [data-row]").first
    rule.locator("[data-turn-form]").click()
    assert rule.get_by_label("Expression").input_value() == "rsi_14 >= rsi_min"
    look(build, lambda: rule.locator("[data-remove]").click())
    assert build.locator("#in-all [data-row]").count() == 0


def test_no_builder_is_wider_than_a_phone(build) -> None:
    build.set_viewport_size({"width": 375, "height": 812})
    assert build.evaluate("document.documentElement.scrollWidth") <= 375
    build.click("[data-side=look]")
    build.click("text=Funnel and gates")
    assert build.is_visible("#p-gates")
    assert not build.is_visible("#p-diff")
