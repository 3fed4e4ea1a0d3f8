"""From a grid to a promoted cell and back, in a browser."""

from __future__ import annotations

import shutil

import pytest

from packs_app import definitions
from packs_app.kinds import MODEL as MODEL_KIND
from signals.models import Run
from tests.browser.test_backtest import work_off
from tests.builders import MODEL
from tests.signals.calibrations import DAYS, NAME, PAGE, done
from tests.small_market import DATASET, make_market

pytestmark = pytest.mark.browser


@pytest.fixture(autouse=True)
def market(home, packs, tmp_path, settings):
    make_market(home)
    shutil.copytree(packs, tmp_path / "packs")
    settings.SIGMA_PACKS = tmp_path / "packs"


def adx_now() -> float:
    one = definitions.find(pack="swingsigma", kind=MODEL_KIND, name=MODEL)
    return float(one.content["params"]["adx_min"])


def test_from_the_grid_to_a_promoted_cell_and_back(inside, site, faults):
    inside.goto(f"{site}/models/{NAME}/")
    inside.click("text=Calibrate")
    inside.wait_for_url("**/calibrate/**")  # loaded, so that what is typed is counted
    inside.fill("[name=grid_adx_min]", "0, 18, 24")
    inside.fill("[name=grid_rsi_min]", "50, 60")
    inside.wait_for_selector(".cost:has-text('6 cells')")
    inside.select_option("[name=objective]", "total_return")
    inside.fill("[name=min_trades]", "5")
    inside.select_option("[name=dataset]", DATASET)
    for name, day in DAYS.items():
        inside.fill(f"[name={name}]", day)
    inside.click("button:has-text('Calibrate')")
    inside.wait_for_url("**/runs/*/**")
    work_off()
    inside.wait_for_url("**/calibrate/**", timeout=60_000)
    assert inside.locator("table.heat").count() == 3
    assert Run.objects.get().summary["why"] in inside.inner_text("#result")
    inside.click("[aria-label='Promote cell 5']")
    assert "adx_min 18 → 24" in inside.inner_text("main")
    assert adx_now() == 18
    inside.click("text=Write it into the model")
    inside.wait_for_selector("text=Saved as revision 2")
    assert adx_now() == 24
    inside.click("button:has-text('Undo')")
    inside.wait_for_selector("text=It is as in revision 1 again")
    assert adx_now() == 18


def test_the_page_fits_a_phone(inside, site, faults):
    run = done(promote=False)
    inside.set_viewport_size({"width": 375, "height": 812})
    inside.goto(f"{site}{PAGE}?run={run.pk}")
    assert inside.evaluate("document.documentElement.scrollWidth") <= 375


#: of the maps: how many cells their text leaves, whether heads stand over the cells of
#: the first row, on how many lines, edges and widths the tables stand, how many scroll,
#: how wide the page is
MEASURES = """() => {
  const all = (at, what) => [...at.querySelectorAll(what)];
  const x = one => Math.round(one.getBoundingClientRect().x);
  const maps = all(document, "table.heat");
  return {
    cut: all(document, ".heat td").filter(td => td.scrollWidth > td.clientWidth).length,
    aligned: maps.every(map => all(map, "thead td").every(
      (head, at) => x(head) === x(all(map, "tbody tr:first-child td")[at]))),
    tops: new Set(maps.map(map => map.getBoundingClientRect().y)).size,
    lefts: new Set(maps.map(x)).size,
    widths: new Set(maps.map(map => map.offsetWidth)).size,
    scrolls: all(document, ".map-box").filter(
      box => box.scrollWidth > box.clientWidth).length,
    page: document.documentElement.scrollWidth,
  };
}"""


def test_few_columns_stand_abreast_on_one_line(inside, site, faults):
    grid = {"adx_min": [0.0, 18.0], "rsi_min": [40.0, 50.0, 60.0]}
    run = done(promote=False, grid=grid)
    inside.set_viewport_size({"width": 1280, "height": 900})
    inside.goto(f"{site}{PAGE}?run={run.pk}")
    found = inside.evaluate(MEASURES)
    assert (found["cut"], found["aligned"], found["scrolls"]) == (0, True, 0)
    assert (found["tops"], found["lefts"]) == (1, 3)


@pytest.mark.parametrize(("columns", "scrolling"), [(4, 0), (8, 0), (20, 3)])
def test_many_columns_stand_one_below_the_other(
    columns, scrolling, inside, site, faults
):
    values = [40.0 + at for at in range(columns)]
    run = done(promote=False, grid={"adx_min": [0.0, 18.0], "rsi_min": values})
    for width, most in ((1280, scrolling), (375, 3)):
        inside.set_viewport_size({"width": width, "height": 900})
        inside.goto(f"{site}{PAGE}?run={run.pk}")
        found = inside.evaluate(MEASURES)
        assert (found["cut"], found["aligned"], found["scrolls"]) == (0, True, most)
        assert (found["tops"], found["lefts"], found["widths"]) == (3, 1, 1)
        assert found["page"] <= width
