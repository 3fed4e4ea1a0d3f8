"""What changed between two contents, in the words of a person."""

from pathlib import Path

from sigma_core.specs.diff import changes
from sigma_core.specs.files import read_document

PACKS = Path(__file__).resolve().parents[3] / "packs"
FOLDER = PACKS / "swingsigma"
MODEL = FOLDER / "model_configs/universe_eq_swing_daily_breakout_scanner.yaml"
SET = FOLDER / "indicator_sets/swing_eq_breakout_scanner.yaml"


def words(before: dict, after: dict) -> list[str]:
    return [change.words for change in changes(before, after)]


def test_a_parameter_is_called_by_its_own_name() -> None:
    said = read_document(MODEL).value
    after = said | {"params": said["params"] | {"adx_min": 20}}
    assert words(said, after) == ["adx_min 18 → 20"]


def test_a_gate_is_told_by_its_name_wherever_it_stands() -> None:
    gates = [{"name": "a", "when": "x > 1"}, {"name": "b", "when": "y > 1"}]
    new = {"name": "c", "when": "z > 1"}
    before, after = {"gates": {"all": gates}}, {"gates": {"all": [new, *gates[1:]]}}
    assert words(before, after) == [
        "gates.all.a x > 1 removed",
        "gates.all.c z > 1 added",
    ]


def test_a_changed_condition_says_both() -> None:
    before = {"gates": {"all": [{"name": "a", "when": "x > 1"}]}}
    after = {"gates": {"all": [{"name": "a", "when": "x > 2"}]}}
    assert words(before, after) == ["gates.all.a.when x > 1 → x > 2"]


def test_an_indicator_is_told_by_its_parameters() -> None:
    said = read_document(SET).value
    after = said | {
        "indicators": [*said["indicators"][1:], {"name": "rsi", "window": 7}]
    }
    found = [(change.path, change.kind) for change in changes(said, after)]
    assert found == [
        ("indicators.donchian_20", "removed"),
        ("indicators.rsi_7", "added"),
    ]


def test_a_section_taken_out_is_said_by_its_name() -> None:
    assert words({"risk": {"capital": 1}}, {}) == ["risk removed"]


def test_a_version_alone_is_no_change() -> None:
    assert changes({"version": 1, "a": [1]}, {"version": 2, "a": [1]}) == []


def test_values_of_other_types_differ() -> None:
    assert len(changes({"a": 1, "b": 1}, {"a": True, "b": 1.0})) == 2


def test_a_key_without_a_value_is_one_that_is_not_there() -> None:
    capped, free = {"sector_cap": 0.3}, {"sector_cap": None}
    assert words(capped, free) == ["sector_cap 0.3 removed"]
    assert words(free, capped) == ["sector_cap 0.3 added"]
    assert words(free, {}) == words({}, free) == []
