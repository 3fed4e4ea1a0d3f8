"""Promises of the Builder's page: who sees what, what it opens with, its fragments."""

from __future__ import annotations

import re

import pytest

from builder import page as page_module
from builder import writing
from signals.models import PreviewOutcome
from tests.builder.drafts import new_form, posted, saved_form
from tests.builder.test_save import SAVE, edited
from tests.builders import MODEL

pytestmark = pytest.mark.django_db
EDIT = f"/builder/swingsigma/{MODEL}/"
PANELS = "/builder/panels/"


def text(response) -> str:
    return response.content.decode()


def test_a_stranger_and_the_logged_out_do_not_come_in(
    client, client_of, stranger
) -> None:
    assert client.get("/builder/").status_code == 302
    assert client_of(stranger).get("/builder/").status_code == 403


def test_a_viewer_sees_the_draft_and_can_change_nothing(client_of, viewer) -> None:
    seen = client_of(viewer)
    page = text(seen.get(EDIT))
    assert '<fieldset class="stack plain" disabled>' in page
    assert "hx-post" not in page.split('id="draft"')[1].split(">")[0]
    for address in (PANELS, "/builder/save/", "/builder/turn/"):
        assert seen.post(address, posted(saved_form())).status_code == 403
    assert seen.get("/builder/rows/param/").status_code == 403


def test_a_new_scanner_begins_with_something_that_gives_signals(builder) -> None:
    page = text(builder.get("/builder/"))
    assert 'value="rsi_14"' in page
    assert "pct_rank(ret_20)" in page


def test_a_saved_model_is_shown_as_rows(builder) -> None:
    page = text(builder.get(EDIT))
    assert 'value="donchian_high_20 * (1 + epsilon)"' in page
    assert "close above the highest high of the prior 20 days by 0.2 %" in page


def test_a_copy_has_a_name_and_a_set_of_its_own(builder) -> None:
    page = text(builder.get(f"/builder/?clone=swingsigma/{MODEL}"))
    assert f"{MODEL}_copy" in page
    assert 'value="swing_eq_breakout_scanner_copy"' in page


def test_a_set_can_be_built_upon(builder) -> None:
    page = text(builder.get("/builder/?set=swingsigma/swing_eq_breakout_scanner"))
    assert "pct_rank(donchian_high_20)" in page


@pytest.mark.parametrize(
    "address",
    [
        "/builder/?pack=swingsigna",
        "/builder/?clone=swingsigma/nothing",
        "/builder/?set=swingsigma/..",
        "/builder/swingsigma/nothing/",
        f"{EDIT}?version=7",
        "/builder/rows/indicator/?name=rsl",
        "/builder/rows/gate/?shape=some",
        "/builder/rows/model/",
        "/builder/rows/policy/?pack=swingsigma&name=../pack",
    ],
)
def test_what_is_not_there_is_a_page_that_is_not_there(builder, address) -> None:
    assert builder.get(address).status_code == 404


def test_a_broken_model_opens_as_yaml_with_its_text(builder, own) -> None:
    path = own / "swingsigma" / "model_configs" / f"{MODEL}.yaml"
    path.write_text(path.read_text().replace("kind: scanner", "kind: scaner"))
    page = text(builder.get(EDIT))
    assert "kind: scaner" in page
    assert 'name="yaml.model_config"' in page


def test_without_a_script_there_is_yaml_and_save(builder) -> None:
    plain = text(builder.get(EDIT)).split("<noscript>")[1].split("</noscript>")[0]
    assert 'name="yaml.model_config"' in plain
    assert "epsilon: 0.002" in plain
    for button in ("Preview</button>", "Save</button>"):
        assert button in plain


def test_a_look_without_a_script_is_the_page_with_its_panels(builder, market) -> None:
    texts = writing.as_yaml(saved_form())
    sent = {"mode": "yaml", "pack": "swingsigma", "saved": MODEL}
    sent |= {"yaml.indicator_set": texts.indicator_set}
    model = texts.model_config.replace("adx_min: 18", "adx_min: 30")
    page = text(builder.post("/builder/look/", sent | {"yaml.model_config": model}))
    assert "adx_min 18 → 30" in page.split('id="p-diff"')[1]
    assert "adx_min: 30" in page.split('name="yaml.model_config"')[1]
    bad = text(builder.post("/builder/look/", sent | {"yaml.model_config": "a: ["}))
    assert "This is not YAML" in bad.split('id="trouble"')[1]
    assert "a: [" in bad.split('name="yaml.model_config"')[1]
    assert 'id="p-diff"' not in bad


@pytest.mark.parametrize(
    ("address", "wanted"),
    [
        ("indicator/?name=macd", 'p.signal" value="9"'),
        ("indicator/", "such as close / ema_50 - 1"),
        ("gate/?parent=all&shape=when", 'shape" value="when"'),
        ("gate/?parent=all&shape=none", '<option value="none" selected>'),
        ("param/", 'name="param"'),
        ("part/", 'name="part"'),
        ("policy/?pack=swingsigma&name=topn_equal_v1", 'selection.top_n" value="50"'),
    ],
)
def test_a_row_comes_with_its_defaults_and_an_id_of_its_own(
    builder, address, wanted
) -> None:
    first, again = (text(builder.get(f"/builder/rows/{address}")) for _ in range(2))
    assert wanted in first
    if "policy" not in address:
        assert re.search(r'value="n[0-9a-f]{8}"', first)
        assert first != again


def test_a_policys_fields_have_their_meaning_and_limits(builder) -> None:
    address = "/builder/rows/policy/?pack=swingsigma&name=topn_equal_v1"
    assert "signals at most in one list · 1 to 5,000" in text(builder.get(address))


def test_a_model_to_be_trained_begins_with_a_label(builder) -> None:
    page = text(builder.get("/builder/?kind=gbm"))
    assert "universe_eq_swing_daily_gbm" in page
    assert "<option selected>fwd_ret</option>" in page


@pytest.mark.parametrize(
    ("asked", "wanted"),
    [
        ("", "/builder/"),
        (f"?at=swingsigma/{MODEL}", EDIT),
        ("?at=//x.org/y", "/builder/"),
    ],
)
def test_who_had_to_log_in_first_comes_back_to_the_draft(
    builder, asked, wanted
) -> None:
    for address in ("save", "turn", "look", "panels"):
        assert builder.get(f"/builder/{address}/{asked}").url == wanted


@pytest.mark.parametrize(
    ("address", "queries"), [(EDIT, 5), ("/builder/", 3), (f"{EDIT}?version=1", 7)]
)
def test_the_page_has_a_fixed_number_of_queries(
    builder, own, django_assert_num_queries, address, queries
) -> None:
    for at in range(4):
        builder.post(SAVE, edited(set_description=f"as of {at}"))
    builder.get(address)
    with django_assert_num_queries(queries):
        builder.get(address)


def test_the_panels_show_what_the_draft_gives(builder, market) -> None:
    page = text(builder.post(PANELS, posted(saved_form())))
    for part in ('id="p-diff"', 'id="p-funnel"', 'id="p-gates"', 'id="p-preview"'):
        assert part in page
    assert 'data-field="param.p2.value"' in page  # the line of adx is adx_min
    assert "ADX (14) at least 18" in page
    assert PreviewOutcome.objects.count() == 1


def test_the_panels_hold_their_queries(
    builder, market, django_assert_max_num_queries
) -> None:
    with django_assert_max_num_queries(8):
        builder.post(PANELS, posted(saved_form()))


def test_the_rows_say_what_they_mean_and_give(builder, market) -> None:
    page = text(builder.post(PANELS, posted(saved_form())))
    note = page.split('id="note-i2"')[1].split("</p>")[0]
    assert "adx_14, plus_di_14, minus_di_14" in note
    assert '<option value="bos_20">' in page


def test_a_half_typed_rule_says_so_and_the_last_answer_stays(builder, market) -> None:
    sent = posted(saved_form()) | {"gate.g4.left": "adx_15"}
    answer = builder.post(PANELS, sent)
    assert answer["HX-Reswap"] == "none"
    note = text(answer).split('id="note-g4"')[1].split("</p>")[0]
    assert "column 1: unknown column &#x27;adx_15&#x27;. Did you mean" in note
    assert not PreviewOutcome.objects.exists()


def test_a_new_model_says_how_many_would_be_signals(builder, market) -> None:
    page = text(builder.post(PANELS, new_form()))
    assert "universe_eq_swing_daily_idea" in page
    assert re.search(r"the policy makes \d+ of them signals", page)


def test_a_model_without_a_name_yet_changes_no_set(builder, market) -> None:
    page = text(builder.post(PANELS, new_form("")))
    changes = page.split('id="p-diff"')[1].split("</section>")[0]
    assert "removed" not in changes
    assert "Reaches" not in changes


def test_a_model_to_be_trained_is_previewed_without_gates(builder, market) -> None:
    gbm = "/builder/swingsigma/universe_eq_swing_daily_gbm/"
    page = text(builder.get(gbm))
    assert "Save and train" in page
    assert "no rule uses it" not in page
    form = saved_form("universe_eq_swing_daily_gbm")
    shown = text(builder.post(PANELS, posted(form)))
    assert "Label fwd_ret_10d" in shown
    assert 'id="p-gates"' not in shown


def test_a_default_that_is_written_out_is_no_change(builder, own, market) -> None:
    form = page_module.with_policy(saved_form())
    form.settings = {}
    sent = posted(form)
    page = text(builder.post(PANELS, sent))  # every field empty: all defaults
    changes = page.split('id="p-diff"')[1].split("</section>")[0]
    assert "removed" not in changes
    assert "Nothing that it does: only a file says it otherwise." in changes
    page = text(builder.post(PANELS, sent | {"policy.selection.top_n": "20"}))
    assert "policy: selection.top_n 50 → 20" in page.split('id="p-diff"')[1]
