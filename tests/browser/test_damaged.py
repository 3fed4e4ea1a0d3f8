"""The name of a damaged file is long; the page still fits a phone."""

from __future__ import annotations

import pytest

from tests.signals.backtests import NAME
from tests.signals.test_pages_damaged import DAMAGED, damaged, market
from tests.small_market import DATASET

pytestmark = pytest.mark.browser
__all__ = ["damaged", "market"]  # fixtures


def test_the_note_about_a_damaged_file_fits_a_phone(making, site, damaged, faults):
    making.set_viewport_size({"width": 375, "height": 800})
    making.goto(f"{site}/models/{NAME}/")
    form = making.locator("form[action$='/backtest/']")
    form.locator("[name=dataset]").select_option(DATASET)
    form.locator("button").first.click()
    note = making.locator(".note.error").first
    assert DAMAGED in note.inner_text()
    assert note.evaluate("one => one.scrollWidth <= one.clientWidth")
    assert making.evaluate("document.documentElement.scrollWidth") <= 375
