"""The linter finds every planted fault at its line, and nothing where nothing is."""

import re
import shutil
from collections import Counter
from pathlib import Path

import pytest

from sigma_core.errors import UnknownName
from sigma_core.lint import lint_all, lint_pack
from sigma_core.specs.bundle import pack_names

FAULTY = Path(__file__).parent / "faulty"
SHIPPED = Path(__file__).resolve().parents[2] / "packs"
MARK = re.compile(r"# ✗ ([\w. ]+)$")
#: faults of files and folders, which have no line of their own
LINELESS = {
    ("planted/indicator_sets/notes.csv", "pack.stray"),
    ("planted/indicator_sets/old.yml", "pack.extension"),
    ("planted/model_config", "pack.unknown_folder"),
    ("planted/policies/deeper", "pack.nested"),
    ("planted/recipes/cut.json:3", "recipe.syntax"),
    ("planted/recipes/gone.json", "recipe.model"),
    ("planted/recipes/renamed.json", "pack.stem"),
    ("planted/recipes/short.json", "recipe.cells"),
    ("planted/universes", "pack.universe_folder"),
}


def planted() -> Counter[tuple[str, str]]:
    """(file:line, code) of every fault that the files say they hold."""
    found = Counter(LINELESS)
    for path in sorted(FAULTY.rglob("*.yaml")):
        shown = path.relative_to(FAULTY).as_posix()
        for number, line in enumerate(path.read_text().splitlines(), start=1):
            if mark := MARK.search(line):
                found.update((f"{shown}:{number}", code) for code in mark[1].split())
    return found


def place(where: str) -> str:
    """`file:line` of a problem, without the gate and the column."""
    return ":".join(where.split(":")[:2])


def test_it_finds_each_planted_fault_at_its_file_and_line_and_no_other() -> None:
    found = Counter(
        (place(problem.where), problem.code)
        for problems in lint_all(FAULTY).values()
        for problem in problems
    )
    assert found == planted()


def test_there_are_forty_different_faults_and_more() -> None:
    assert len({code for _, code in planted()}) >= 40


def test_the_shipped_packs_have_none() -> None:
    assert lint_all(SHIPPED) == {pack: [] for pack in pack_names(SHIPPED)}


def test_a_rule_says_its_gate_and_column_too() -> None:
    wheres = [p.where for p in lint_pack(FAULTY, "planted")]
    model = "planted/model_configs/universe_eq_swing_daily_rules.yaml"
    assert f"{model}:12: gate 'one', column 1" in wheres
    assert f"{model}:23: score part 'a', column 1" in wheres


def test_every_error_says_what_to_do() -> None:
    silent = {p.code for ps in lint_all(FAULTY).values() for p in ps if not p.hint}
    assert {code.split(".")[0] for code in silent} <= {
        *("spec", "expression", "indicator"),  # their message names the limit itself
        *("label", "model", "universe", "recipe"),
    }


def test_it_says_nothing_of_unused_sets_while_a_model_cannot_be_read(tmp_path) -> None:
    shutil.copytree(FAULTY, tmp_path / "packs")
    broken = tmp_path / "packs/planted/model_configs/universe_eq_swing_daily_x.yaml"
    broken.write_text("model_id: [")
    codes = {problem.code for problem in lint_pack(tmp_path / "packs", "planted")}
    assert not codes & {"pack.unused_set", "pack.unused_policy"}


def test_a_link_out_of_the_pack_is_not_followed(tmp_path) -> None:
    shutil.copytree(FAULTY / "bare", tmp_path / "packs/bare")
    secret = tmp_path / "secret.yaml"
    secret.write_text("name: secret\n")
    (tmp_path / "packs/bare/policies").mkdir()
    (tmp_path / "packs/bare/policies/secret.yaml").symlink_to(secret)
    problems = lint_pack(tmp_path / "packs", "bare")
    there = [p.code for p in problems if "secret" in p.where]
    assert "path.unsafe" in there


def test_an_unknown_pack_is_named() -> None:
    with pytest.raises(UnknownName, match="Did you mean 'planted'"):
        lint_pack(FAULTY, "plantd")
