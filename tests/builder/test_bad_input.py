"""Hostile and broken drafts: a line and a reason, and nothing changes."""

from __future__ import annotations

import pytest

from builder import writing
from tests.builder.drafts import new_form, posted, saved_form
from tests.builder.test_save import files
from tests.builders import MODEL

pytestmark = pytest.mark.django_db
ADDRESSES = ("/builder/panels/", "/builder/save/", "/builder/turn/")
HEAD = f"model_id: {MODEL}\nkind: scanner\nindicator_set: x\n"
SET = "name: x\nindicators:\n  - {name: rsi, window: 14}\n"
SCORE = "score: {one: {weight: 100, value: rsi_14}}\n"
BOMB = "a: &a [x]\nb: &b [*a, *a]\n"
YAML = {
    "an alias": (BOMB, "model_config:1"),
    "a tag": ("model_id: !!python/object/apply:os.system [ls]\n", "model_config:1"),
    "a deep nest": ("a: " + "[" * 5000 + "]" * 5000 + "\n", "model_config:1"),
    "a key twice": (HEAD + "kind: gbm\n", "model_config:4"),
    "a wrong type": (HEAD + "description: NO\ntags: 5:30\n" + SCORE, "model_config:5"),
    "an unknown key": (HEAD + "exec: ls\n" + SCORE, "model_config:4"),
    "too much": ("# " + "x" * 70_000, "at most 65,536"),
}
INJECTIONS = [
    "__import__('os').system('ls')",
    "close.__class__",
    "[x for x in close]",
    "close; drop table",
    "@close",
    "prev(close, -1)",
    "lambda: 1",
    "rsi_14 >= 55 if close else 0",
]


def sent_yaml(model: str) -> dict[str, str]:
    texts = {"yaml.model_config": model, "yaml.indicator_set": SET}
    return {"mode": "yaml", "pack": "swingsigma", "saved": MODEL, "to": "form"} | texts


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize(("model", "where"), YAML.values(), ids=YAML)
def test_hostile_yaml_is_refused_with_its_line(
    builder, own, address, model, where
) -> None:
    before = files(own)
    answer = builder.post(address, sent_yaml(model))
    assert answer.status_code == 200
    assert "mended first" in answer.content.decode()
    path = f"swingsigma/model_configs/{MODEL}.yaml"
    assert where in answer.content.decode().replace(path, "model_config")
    assert files(own) == before


@pytest.mark.parametrize("text", INJECTIONS)
def test_an_expression_is_never_run(builder, own, market, text) -> None:
    before = files(own)
    free = {"gate.g0.form": "free", "gate.g0.when": text}
    page = builder.post("/builder/save/", new_form() | free).content.decode()
    assert "mended first" in page
    shown = builder.post("/builder/panels/", new_form() | free).content.decode()
    note = shown.split('id="note-g0"')[1].split("</p>")[0]
    assert "column" in note
    assert files(own) == before


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"pack": "../etc"}, "nknown pack"),
        ({"name.suffix": "../../x"}, "parts are a–z and 0–9"),
        ({"set_name": "../x"}, "characters of a–z"),
        ({"universe": "nowhere"}, "nowhere"),
        ({"policy": "nothing"}, "nothing"),
        ({"param.p0.value": "many"}, "many"),
        ({"part.s0.weight": "-5"}, "more than 0"),
        ({"part": []}, "score"),
        ({"indicator": []}, "indicators"),
        ({"indicator.i0.p.window": "0"}, "out of range"),
        ({"indicator.i0.name": "rsl"}, "Did you mean &#x27;rsi&#x27;"),
        ({"indicator.i0.p.widow": "3"}, "widow"),
        ({"tags": "Not/a/tag"}, "characters of a–z"),
        ({"name.horizon": "0dte"}, "0dte"),
        ({"saved": "../../x"}, "the address says"),
        ({"description": "a\0b"}, "no control characters"),
        ({"param.p0.value": ".inf"}, ".inf"),
        ({"param.p0.value": "012"}, "012"),
        (
            {
                "part": ["s0", "s1"],
                "part.s1.name": "momentum",
                "part.s1.weight": "1",
                "part.s1.value": "1",
            },
            "wo of the score are called",
        ),
    ],
)
def test_a_wrong_field_is_named_and_nothing_is_written(
    builder, own, market, changes, said
) -> None:
    before = files(own)
    page = builder.post("/builder/save/", new_form() | changes)
    assert page.status_code == 200
    assert said in page.content.decode().split('id="trouble"')[1]
    assert builder.post("/builder/panels/", new_form() | changes).status_code == 200
    assert files(own) == before


@pytest.mark.parametrize(
    ("part", "text", "said"),
    [
        ("indicator_set", "name: other\nindicators: [{name: rsi}]\n", "other"),
        ("policy", "name: other\npolicy: {}\n", "other"),
    ],
)
@pytest.mark.parametrize("address", ADDRESSES)
def test_a_set_or_policy_that_is_not_the_models_is_not_taken_for_it(
    builder, own, market, part, text, said, address
) -> None:
    before = files(own)
    texts = writing.as_yaml(saved_form())
    sent = sent_yaml(texts.model_config)
    sent |= {"yaml.indicator_set": texts.indicator_set, f"yaml.{part}": text}
    page = builder.post(address, sent).content.decode()
    assert "Give both the same name" in page.split('id="trouble"')[1]
    assert files(own) == before


def test_groups_within_groups_without_end_are_refused(builder, own) -> None:
    ids = [f"g{at}" for at in range(900)]
    sent = posted(saved_form()) | {"gate": ids}
    sent |= {f"gate.{one}.shape": "all" for one in ids}
    parents = {f"gate.g{at}.parent": f"g{at - 1}" if at else "all" for at in range(900)}
    for address in ADDRESSES:
        page = builder.post(address, sent | parents | {"to": "yaml"})
        assert "nested deeper than" in page.content.decode()


def test_markup_in_a_field_is_shown_as_text(builder) -> None:
    sent = new_form() | {"description": "<script>alert(1)</script>"}
    page = builder.post("/builder/turn/", sent).content.decode()
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert(1)" not in page
