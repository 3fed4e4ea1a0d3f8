"""Packs: the list, one with its faults and files, one definition with its history."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from django.test import Client

from packs_app import definitions
from packs_app.kinds import POLICY
from tests.builders import MODEL

pytestmark = pytest.mark.django_db
PAGE = "/packs/swingsigma/policy/topn_score_v1/"


@pytest.fixture(autouse=True)
def own_packs(tmp_path: Path, packs: Path, settings) -> Path:
    """A copy of the packs that a test may edit."""
    shutil.copytree(packs, tmp_path / "packs")
    settings.SIGMA_PACKS = tmp_path / "packs"
    return tmp_path / "packs"


@pytest.fixture
def reader(viewer, client_of) -> Client:
    return client_of(viewer)


@pytest.fixture
def writer(builder_user, client_of) -> Client:
    return client_of(builder_user)


def text(answer) -> str:
    return answer.content.decode()


def current():
    return definitions.find(pack="swingsigma", kind=POLICY, name="topn_score_v1")


def typed(**changes: str) -> dict[str, str]:
    """The edit form as it is sent."""
    one = current()
    return {"text": one.text, "if_match": one.sha, "note": ""} | changes


def test_it_lists_packs_with_their_faults(reader, own_packs):
    page = text(reader.get("/packs/"))
    assert "9 <span" in page
    assert page.count("✓ clean") == 3
    (own_packs / "swingsigma/policies/topn_score_v1.yaml").write_text("name: x")
    assert "✗ " in text(reader.get("/packs/"))


def test_a_pack_shows_its_files_faults_and_manifest(reader, own_packs):
    model = own_packs / f"swingsigma/model_configs/{MODEL}.yaml"
    model.write_text(model.read_text().replace("adx_14 >=", "adx_41 >="))
    page = text(reader.get("/packs/swingsigma/"))
    where = f"swingsigma/model_configs/{MODEL}.yaml:15: gate &#x27;adx&#x27;, column 1"
    assert where in page
    assert "default universe" in page
    assert 'href="/packs/swingsigma/policy/topn_score_v1/"' in page


def test_a_faulty_line_is_marked(reader, own_packs):
    model = own_packs / f"swingsigma/model_configs/{MODEL}.yaml"
    model.write_text(model.read_text().replace("adx_14 >=", "adx_41 >="))
    page = text(reader.get(f"/packs/swingsigma/model_config/{MODEL}/"))
    assert re.findall(r'class="faulty"[^>]*>✗ (\d+)', page) == ["15"]


def test_a_save_counts_the_version_and_stands_in_the_history(writer, reader):
    changed = current().text.replace("top_n: 20", "top_n: 10")
    writer.post(PAGE + "save/", typed(text=changed, note="fewer"))
    page = text(reader.get(PAGE + "?revision=2"))
    assert current().version == 2
    assert "fewer" in page
    assert "top_n: 10" in page
    assert '<span class="down">−' in page


def test_what_was_typed_stays_where_it_is_wrong(writer):
    wrong = current().text.replace("top_n: 20", "top_n: 0")
    answer = writer.post(PAGE + "save/", typed(text=wrong))
    assert answer.status_code == 200
    assert "top_n: 0," in text(answer)
    assert "topn_score_v1.yaml:6" in text(answer)
    assert current().version == 1


def test_who_has_not_seen_the_last_change_saves_nothing(writer):
    stale = typed(text=current().text + "# mine\n")
    writer.post(PAGE + "save/", typed(text=current().text + "# first\n"))
    answer = writer.post(PAGE + "save/", stale)
    assert "has changed since it was read" in text(answer)
    assert "# mine" in text(answer)
    assert "# mine" not in current().text


def test_line_ends_of_a_browser_change_nothing(writer):
    before = current().text
    sent = typed(text=before.replace("\n", "\r\n"))
    answer = writer.post(PAGE + "save/", sent, follow=True)
    assert "Nothing changed." in text(answer)
    assert current().text == before


def test_an_earlier_state_comes_back(writer):
    changed = current().text.replace("top_n: 20", "top_n: 10")
    writer.post(PAGE + "save/", typed(text=changed))
    writer.post(PAGE + "restore/", {"revision": "1", "if_match": current().sha})
    assert "top_n: 20" in current().text
    assert current().version == 3


def test_a_used_definition_is_not_deleted(writer):
    answer = writer.post(PAGE + "delete/", {}, follow=True)
    assert "is used by swingsigma/" in text(answer)
    assert current().text


def test_a_pack_is_copied_and_a_model_cloned(writer, own_packs):
    writer.post("/packs/new/", {"id": "mine", "clone_of": "swingsigma"})
    assert (own_packs / "mine/pack.yaml").is_file()
    form = {"to_pack": "mine", "new_name": "universe_eq_swing_daily_again"}
    writer.post(f"/packs/swingsigma/model_config/{MODEL}/clone/", form)
    there = own_packs / "mine/model_configs/universe_eq_swing_daily_again.yaml"
    assert there.is_file()


def test_a_name_that_may_not_be_is_said_beside_the_field(writer):
    answer = writer.post("/packs/new/", {"id": "../up"})
    assert answer.status_code == 200
    assert "it must be 1–64 characters" in text(answer)


def test_what_changed_on_disk_is_shown_and_taken_in(writer, reader, own_packs):
    writer.post(PAGE + "save/", typed(text=current().text + "# a\n"))
    path = own_packs / "swingsigma/policies/topn_equal_v1.yaml"
    path.write_text(path.read_text() + "# by hand\n")
    assert "changed on disk" in text(reader.get("/packs/swingsigma/"))
    writer.post("/packs/swingsigma/take-in/")
    assert "Changed beside the site" not in text(reader.get("/packs/swingsigma/"))


def test_a_viewer_changes_nothing(reader):
    for what in ("save", "restore", "clone", "delete"):
        assert reader.post(f"{PAGE}{what}/", {}).status_code == 403
    assert reader.post("/packs/new/", {}).status_code == 403


@pytest.mark.parametrize(
    "address",
    ["/packs/nope/", "/packs/swingsigma/policy/nope/", "/packs/swingsigma/nope/x/"],
)
def test_a_name_that_is_not_there_is_404(reader, address):
    assert reader.get(address).status_code == 404


def test_a_pack_is_exported(reader):
    answer = reader.get("/packs/swingsigma/export/")
    assert answer["Content-Type"] == "application/zip"


@pytest.mark.parametrize(
    ("address", "queries"), [("/packs/", 4), ("/packs/swingsigma/", 8), (PAGE, 4)]
)
def test_a_page_has_a_fixed_number_of_queries(
    reader, address, queries, django_assert_num_queries
):
    reader.get(address)
    with django_assert_num_queries(queries):
        reader.get(address)
