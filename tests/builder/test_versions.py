"""Promises of the versions: model, set and policy come back together, as they were."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from packs_app import definitions, model_versions, universe_files
from packs_app.definitions import Draft
from packs_app.kinds import MODEL as MODEL_KIND
from packs_app.kinds import PACK, POLICY, SET, UNIVERSE
from tests.builder.drafts import posted
from tests.builder.test_save import EDIT, SAVE, edited, files, text
from tests.builders import MODEL

pytestmark = pytest.mark.django_db
SET_NAME = "swing_eq_breakout_scanner"
SET_FILE = f"swingsigma/indicator_sets/{SET_NAME}.yaml"
MODEL_FILE = f"swingsigma/model_configs/{MODEL}.yaml"
POLICY_FILE = "swingsigma/policies/topn_equal_v1.yaml"


def write(kind, name: str, old: str, new: str, pack: str = "swingsigma") -> None:
    """A change made on the page of a definition, beside the Builder."""
    held = definitions.find(pack=pack, kind=kind, name=name)
    assert old in held.text
    draft = Draft(kind, name, text=held.text.replace(old, new), if_match=held.sha)
    definitions.save(pack=pack, drafts=[draft], user=None)


def versions() -> list[tuple[int, str]]:
    found = model_versions.versions_of(pack="swingsigma", model_id=MODEL)
    return [(one.number, one.what) for one in found]


def sent_again(answer) -> dict[str, str | list[str]]:
    """What a browser sends of the page that came."""
    form, seen = answer.context["form"], answer.context["seen"]
    kept = {f"seen.{part}": said for part, said in seen.items()}
    kept |= {f"base.{part}": said for part, said in form.base.items()}
    return posted(form) | kept | {"note": answer.context["save_note"]}


def test_a_change_of_the_set_or_policy_alone_is_a_version(builder, own) -> None:
    write(SET, SET_NAME, "{name: adx, window: 14}", "{name: adx, window: 14} # own")
    write(POLICY, "topn_equal_v1", "top_n: 50", "top_n: 40")
    write(MODEL_KIND, MODEL, "adx_min: 18", "adx_min: 19")
    assert versions() == [(4, "model"), (3, "policy"), (2, "indicator set"), (1, "")]
    page = text(builder.get(EDIT))
    for said in ("Model saved", "Policy saved", "Indicator set saved"):
        assert said in page


def test_a_change_of_the_universe_alone_is_a_version(builder, own) -> None:
    write(MODEL_KIND, MODEL, "adx_min: 18", "adx_min: 19")
    content = dict(
        definitions.find(pack="common", kind=UNIVERSE, name="us_liquid").content
    )
    universe_files.update("us_liquid", content | {"min_price": 7}, None)
    assert versions()[0] == (3, "universe")
    page = text(builder.get(f"{EDIT}?version=2"))
    assert "As it is today: universe common/us_liquid" in page


def test_what_others_change_is_no_version_of_this_model(own) -> None:
    write(MODEL_KIND, MODEL, "adx_min: 18", "adx_min: 19")
    write(POLICY, "topn_score_v1", "top_n: 20", "top_n: 10")
    write(
        SET, "swing_eq_default", "{name: rsi, window: 14}", "{name: rsi, window: 14} #"
    )
    assert [number for number, _ in versions()] == [2, 1]


def test_undo_brings_model_set_and_policy_as_they_were(builder: Client, own) -> None:
    before = files(own)
    builder.post(SAVE, edited(**{"param.p2.value": "25"}))
    write(SET, SET_NAME, "{name: rsi, window: 14}", "{name: rsi, window: 14} # mine")
    write(POLICY, "topn_equal_v1", "top_n: 50", "top_n: 40")
    write(SET, SET_NAME, "description: ", "description: other ")
    opened = builder.get(f"{EDIT}?version=1")
    assert "This is version 1 as it was" in text(opened)
    assert builder.post(SAVE, sent_again(opened)).status_code == 302
    after = files(own)
    assert after[MODEL_FILE] == before[MODEL_FILE]
    counted = {SET_FILE: 3, POLICY_FILE: 3}
    for name, version in counted.items():
        said = before[name].decode().replace("version: 1", f"version: {version}")
        assert after[name].decode() == said
    assert after.keys() == before.keys()
    assert "as in version 1" in text(builder.get(EDIT))


def test_a_set_is_not_mixed_with_a_model_of_another_day(builder, own) -> None:
    builder.post(
        SAVE, edited(**{"indicator.i3.p.window": "14", "param.p2.value": "25"})
    )
    write(
        SET,
        SET_NAME,
        "{name: ret, window: 63}",
        "{name: ret, window: 63}\n  - {name: ret, window: 5}",
    )
    page = text(builder.get(f"{EDIT}?version=1"))
    rows = re.findall(r'name="indicator\.i\d+\.name" value="ret"', page)
    assert len(rows) == 2
    assert len(re.findall(r'p\.window" value="5"', page)) == 0


def test_a_policy_that_is_as_it_was_is_not_taken_along(builder, own) -> None:
    write(MODEL_KIND, MODEL, "adx_min: 18", "adx_min: 19")
    page = text(builder.get(f"{EDIT}?version=1"))
    assert 'name="policy_name"' not in page


def test_the_version_on_disk_is_called_now_even_after_a_change_by_hand(own) -> None:
    write(MODEL_KIND, MODEL, "adx_min: 18", "adx_min: 19")
    found = model_versions.versions_of(pack="swingsigma", model_id=MODEL)
    assert [one.is_now for one in found] == [True, False]
    path = own / SET_FILE
    path.write_text(path.read_text() + "# by hand\n")
    found = model_versions.versions_of(pack="swingsigma", model_id=MODEL)
    assert [one.is_now for one in found] == [False, False]


def test_the_pack_that_gives_a_model_another_policy_makes_a_version(own) -> None:
    write(MODEL_KIND, MODEL, "policy: topn_equal_v1\n", "")
    write(
        PACK,
        "swingsigma",
        "default_policy: topn_equal_v1",
        "default_policy: topn_score_v1",
    )
    assert versions()[0] == (3, "policy")


@pytest.mark.parametrize("asked", ["0", "99", "x", "-1", "1' or 1"])
def test_a_version_there_is_not_is_a_page_that_is_not_there(
    builder, own, asked
) -> None:
    assert builder.get(f"{EDIT}?version={asked}").status_code == 404


def test_versions_are_two_queries(own, django_assert_num_queries) -> None:
    for top in range(49, 43, -1):
        write(POLICY, "topn_equal_v1", f"top_n: {top + 1}", f"top_n: {top}")
    with django_assert_num_queries(2):
        versions()
