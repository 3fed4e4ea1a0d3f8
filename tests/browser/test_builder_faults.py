"""What the Builder says when the site fails it; nothing that was typed is lost."""

from __future__ import annotations

import shutil

import pytest

from tests.browser.conftest import PASSWORD
from tests.builder.drafts import PACK
from tests.builders import MODEL
from tests.small_market import DATASET, make_market

pytestmark = pytest.mark.browser
EDIT = f"/builder/{PACK}/{MODEL}/"
FIRST = 120_000


@pytest.fixture
def build(inside, site, home, tmp_path, packs, settings):
    """The Builder at a saved model, after its first look."""
    make_market(home)
    shutil.copytree(packs, tmp_path / "packs")
    settings.SIGMA_PACKS, settings.SIGMA_DATASET = tmp_path / "packs", DATASET
    inside.goto(f"{site}{EDIT}")
    inside.wait_for_selector("#state:has-text('pass')", timeout=FIRST)
    inside.on("dialog", lambda dialog: dialog.accept())
    heard: list[str] = []
    inside.on("pageerror", lambda error: heard.append(str(error)))
    yield inside
    assert heard == []


def fail(page, address: str, status: int | None) -> None:
    """From now on an address answers so; None: it does not answer."""

    def answer(route) -> None:
        route.abort() if status is None else route.fulfill(status=status, body="x")

    page.route(address, answer)


def log_in(page) -> None:
    page.fill("[name=username]", "admin")
    page.fill("[name=password]", PASSWORD)
    page.click("button.primary")


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (500, "failed at this draft (error 500)"),
        (403, "takes nothing from this page any more"),
        (413, "too long"),
        (503, "too much to do"),
        (None, "does not answer"),
    ],
)
def test_a_look_that_fails_says_so_and_the_last_answer_stays(
    build, status, said
) -> None:
    fail(build, "**/builder/panels/", status)
    build.fill("#description", "other")
    build.wait_for_selector(f"#state .fault:has-text('{said}')")
    assert build.is_visible("#p-gates")
    build.unroute("**/builder/panels/")
    if status in (500, 503, None):
        build.click("#state >> text=Look again")
        build.wait_for_selector("#panels:not(.stale)")
        assert "description" in build.inner_text("#p-diff")


@pytest.mark.parametrize(
    ("status", "said"), [(500, "error 500"), (None, "does not answer")]
)
def test_a_row_that_does_not_come_says_so_and_can_be_asked_again(
    build, status, said
) -> None:
    rows = build.locator("#params [data-row]")
    before = rows.count()
    fail(build, "**/builder/rows/**", status)
    build.click("[data-into=params]")
    build.wait_for_selector(f"[data-failed]:has-text('{said}')")
    assert rows.count() == before
    build.unroute("**/builder/rows/**")
    build.click("[data-failed] button")
    build.wait_for_selector(f"#params [data-row] >> nth={before}")
    assert build.locator("[data-failed]").count() == 0


def test_policy_fields_that_do_not_come_leave_what_is_there(build) -> None:
    build.click("[name=own_policy]")
    build.fill("#policy-name", "mine")
    fail(build, "**/builder/rows/**", 500)
    build.select_option("#policy", "topn_score_v1")
    build.wait_for_selector("[data-failed]")
    assert build.input_value("#policy-name") == "mine"
    assert build.is_checked("[name=own_policy]")


def test_who_is_logged_out_while_typing_comes_back_to_it(build, site) -> None:
    build.context.clear_cookies(name="sessionid")
    build.fill("#description", "typed before")
    build.click("#state >> text=Log in")
    log_in(build)
    build.wait_for_url(f"{site}{EDIT}")
    build.click("text=Go on with it")
    build.wait_for_selector("#unsaved:not([hidden])")
    assert build.input_value("#description") == "typed before"


def test_what_is_saved_while_logged_out_is_sent_after_the_login(build, site) -> None:
    build.fill("#description", "sent too late")
    build.context.clear_cookies(name="sessionid")
    build.keyboard.press("Control+s")
    build.wait_for_selector("[name=username]")
    log_in(build)
    build.click("button:has-text('Send it')")
    build.wait_for_url(f"{site}{EDIT}")
    assert build.input_value("#description") == "sent too late"
    assert "is saved" in build.inner_text(".messages")


def test_a_phone_shows_the_form_or_what_it_gives(build) -> None:
    build.set_viewport_size({"width": 375, "height": 812})
    assert build.is_visible("#description")
    assert not build.is_visible("#panels")
    assert " of " in build.inner_text("#state-short")
    build.click("[data-side=look]")
    assert build.is_visible("#p-diff")
    assert not build.is_visible("#description")
    assert build.evaluate("document.documentElement.scrollWidth") <= 375


def test_why_a_save_was_refused_stays_until_something_is_changed(
    build, settings
) -> None:
    path = settings.SIGMA_PACKS / PACK / "model_configs" / f"{MODEL}.yaml"
    path.write_text(f"{path.read_text()}# changed elsewhere\n")
    build.fill("#description", "mine")
    with build.expect_response(
        "**/builder/panels/"
    ):  # the look of the page that says no
        build.keyboard.press("Control+s")
        build.wait_for_selector("#trouble >> text=changed since")
    build.wait_for_selector("#state:has-text('pass')")
    assert "changed since" in build.inner_text("#trouble")
    assert build.input_value("#description") == "mine"
    with build.expect_response("**/builder/panels/"):
        build.fill("#description", "mine, once more")
    build.wait_for_selector("#trouble >> text=changed since", state="detached")
