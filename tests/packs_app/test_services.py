"""Definitions as the site shows them: always as they are on disk, broken or not."""

import pytest

from packs_app import services
from sigma_core.errors import SpecError, UnknownName
from tests.builders import MODEL

MODEL_FILE = f"swingsigma/model_configs/{MODEL}.yaml"


def edit(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_it_loads_a_model_with_all_it_stands_on(own_packs):
    found = services.load("swingsigma", MODEL)
    assert (found.model.model_id, found.universe.name) == (MODEL, "us_liquid")


def test_it_sees_an_edit_at_once(own_packs):
    before = services.load("swingsigma", MODEL)
    edit(own_packs / MODEL_FILE, "adx_min: 18", "adx_min: 21")
    after = services.load("swingsigma", MODEL)
    assert (before.model.params["adx_min"], after.model.params["adx_min"]) == (18, 21)
    assert before.shas["model_config_sha"] != after.shas["model_config_sha"]


def test_it_reads_nothing_again_while_nothing_changes(own_packs):
    assert services.load("swingsigma", MODEL) is services.load("swingsigma", MODEL)


def test_a_broken_model_is_shown_and_keeps_no_other_from_it(own_packs):
    edit(own_packs / MODEL_FILE, "kind: scanner", "kin: scanner")
    views = {view.model_id: view for view in services.list_models()}
    assert views[MODEL].bundle is None
    assert "kin" in views[MODEL].problems[0].message
    others = [view for name, view in views.items() if name != MODEL]
    assert others
    assert all(view.bundle for view in others)


def test_a_broken_model_is_not_loaded(own_packs):
    edit(own_packs / MODEL_FILE, "kind: scanner", "kin: scanner")
    with pytest.raises(SpecError):
        services.load("swingsigma", MODEL)


def test_a_pack_shows_the_problems_of_its_models_once(own_packs):
    edit(own_packs / MODEL_FILE, "kind: scanner", "kin: scanner")
    problems = services.find_pack("swingsigma").problems
    assert problems
    assert len(problems) == len(set(problems))


def test_a_pack_with_a_broken_manifest_is_listed(own_packs):
    (own_packs / "swingsigma" / "pack.yaml").write_text("id: [")
    view = services.find_pack("swingsigma")
    assert view.manifest is None
    assert view.problems


def test_a_link_that_leads_out_is_a_problem(own_packs, tmp_path):
    (tmp_path / "outside.yaml").write_text("name: outside")
    link = own_packs / "swingsigma" / "policies" / "outside.yaml"
    link.symlink_to(tmp_path / "outside.yaml")
    codes = [problem.code for problem in services.find_pack("swingsigma").problems]
    assert "path.unsafe" in codes


def test_a_name_that_is_not_there_is_guessed(own_packs):
    with pytest.raises(UnknownName, match="Did you mean 'swingsigma'"):
        services.load("swingsigm", MODEL)
    with pytest.raises(UnknownName, match="unknown model"):
        services.load("swingsigma", "nothing")


def test_it_says_which_sets_use_an_indicator(own_packs):
    users = services.sets_by_indicator()
    assert "swingsigma/swing_eq_breakout_scanner" in users["donchian"]
