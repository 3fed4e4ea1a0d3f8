"""Promises of the rows: nothing is lost between a file, the form and the file."""

from __future__ import annotations

import pytest

from builder import opening, page, writing
from builder.draft import Form, Texts, as_form, form_of
from builder.forms import read_form
from builder.rows import MAX_DEPTH, GateRow, Rows, number
from packs_app import services
from sigma_core.errors import SpecError
from sigma_core.specs.files import to_spec
from sigma_core.specs.schema import ModelConfig
from sigma_core.specs.yaml_events import Document, parse
from tests.builder.drafts import posted, query, saved_form

PARTS = ("model_config", "indicator_set")
MODELS = [(view.pack, view.model_id) for view in services.list_models()]
WILD = {
    "model_id": "universe_eq_swing_daily_wild",
    "kind": "scanner",
    "indicator_set": "wild",
    "params": {"least": 0.1, "days": 3},
    "gates": {
        "all": [
            {
                "name": "outer",
                "any": [
                    {"name": "a", "when": "crosses_above(close, ema_20)"},
                    {"none": [{"name": "b", "when": "x>least"}]},
                ],
            },
            {"name": "c", "when": "prev(x, days) >= 0.5\nand x < 9", "words": "own"},
        ],
        "none": [{"name": "d", "when": "0 < x < 1"}],
    },
    "score": {"one": {"weight": 62.5, "value": "clip01(x)\n"}},
}
SET = {
    "name": "wild",
    "version": 7,
    "description": "All sorts",
    "indicators": [
        {"name": "ema", "window": 20},
        {"name": "bollinger", "window": 20, "k": 2.5, "as": "bands"},
        {"expr": "close / ema_20 - 1", "as": "x"},
    ],
    "preview": {"warn_nan": 0.2},
}


def again(form: Form) -> Form:
    """The form after a browser has shown and sent it."""
    return read_form(query(posted(form)))


@pytest.mark.parametrize(("pack", "model_id"), MODELS)
def test_every_shipped_model_comes_back_as_it_is_saved(pack, model_id) -> None:
    saved = services.load(pack, model_id).contents
    form = form_of(pack, {part: saved[part] for part in PARTS}, saved=model_id)
    assert again(form).contents() == {part: saved[part] for part in PARTS}


def test_what_blocks_cannot_say_stays_as_it_is_written() -> None:
    to_spec(Document("wild", WILD), ModelConfig)
    form = form_of("swingsigma", {"model_config": WILD, "indicator_set": SET})
    form.set_rest = {"version": 7}
    sent = posted(form) | {"warn_nan": "0.2"}
    found = read_form(query(sent)).contents()
    assert found == {"model_config": WILD, "indicator_set": SET}


def test_only_plain_comparisons_are_taken_apart() -> None:
    rows = form_of("p", {"model_config": WILD, "indicator_set": SET}).rows
    assert [row.name for row in rows.gate if row.shape == "when" and not row.free] == []
    whole = saved_form().rows.gate
    assert {row.name for row in whole if row.shape == "when" and not row.free} == {
        "donchian", "bos", "adx", "rsi",
    }  # fmt: skip


def test_yaml_and_rows_turn_into_each_other() -> None:
    form = saved_form()
    texts = writing.as_yaml(form)
    assert "epsilon: 0.002" in texts.model_config
    assert as_form(texts).contents() == form.contents()


def test_a_file_that_says_the_same_keeps_its_comments() -> None:
    assert "# the prior 20 bars" in writing.as_yaml(saved_form()).indicator_set


def test_yaml_that_breaks_the_schema_is_not_turned() -> None:
    texts = writing.as_yaml(saved_form())
    broken = Texts(texts.pack, texts.model_config + "\nfoo: 1\n", texts.indicator_set)
    with pytest.raises(SpecError, match=r"model_config:\d+: unknown key 'foo'"):
        as_form(broken)


@pytest.mark.parametrize("name", ["topn_score_v1", "topn_equal_v1"])
def test_a_policy_comes_back_with_only_what_it_says(name) -> None:
    text = opening.text_of("swingsigma", "policy", name)
    form = page.with_policy(Form("swingsigma", policy=name))
    form.rows, form.set_name = saved_form().rows, "some"
    found = again(form).contents()["policy"]
    assert found == parse(text.encode(), where=name).value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("18", 18),
        ("-3", -3),
        ("0.5", 0.5),
        ("1e3", 1000.0),
        ("abc", "abc"),
        ("", ""),
        ("012", "012"),
        ("1_000", "1_000"),
        ("true", "true"),
        ("nan", "nan"),
        (".inf", ".inf"),
        ("1e999", "1e999"),
    ],
)
def test_a_number_is_read_as_a_file_would(text, value) -> None:
    assert number(text) == value
    assert type(number(text)) is type(value)


def test_a_text_where_a_number_is_wanted_stays_and_is_named() -> None:
    sent = posted(saved_form())
    sent["part.s0.weight"] = "forty"
    found = read_form(query(sent)).contents()["model_config"]
    with pytest.raises(SpecError, match="forty"):
        to_spec(Document("draft", found), ModelConfig)


def test_groups_deeper_than_a_file_may_nest_are_refused() -> None:
    deep = [
        GateRow(f"g{at}", f"g{at - 1}" if at else "all", "all") for at in range(900)
    ]
    with pytest.raises(SpecError, match=f"deeper than {MAX_DEPTH}"):
        Rows(gate=deep).gates()


def test_a_group_within_itself_is_nowhere() -> None:
    ring = [GateRow("a", "b", "all"), GateRow("b", "a", "any")]
    assert Rows(gate=ring).gates() == {}
