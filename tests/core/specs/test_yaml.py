"""Promises of reading YAML from a hostile hand."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigma_core.errors import SpecError
from sigma_core.specs import yaml_events
from sigma_core.specs.files import read_document
from sigma_core.specs.yaml_events import parse


def value(text: str) -> object:
    return parse(text.encode(), where="a.yaml").value


def refused(content: bytes | str) -> str:
    raw = content.encode() if isinstance(content, str) else content
    with pytest.raises(SpecError) as caught:
        parse(raw, where="a.yaml")
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("NO", "NO"),
        ("no", "no"),
        ("on", "on"),
        ("5:30", "5:30"),
        ("2024-01-01", "2024-01-01"),
        ("1_000", "1_000"),
        ("0", 0),
        ("-0", 0),
        ("0.5", 0.5),
        ("012.5", 12.5),
        ("012x", "012x"),
        ("0o17", 15),
        ("0x1F", 31),
        ("1e5", 100_000.0),
        (".5", 0.5),
        ("-3", -3),
        ("true", True),
        ("False", False),
        ("~", None),
        ("", None),
        ("'012'", "012"),
        ('"true"', "true"),
        ("-.inf", float("-inf")),
        ("1.", 1.0),
        ("0o8", "0o8"),
    ],
)
def test_scalars_follow_the_core_schema(text: str, wanted: object) -> None:
    found = value(f"a: {text}")
    assert found == {"a": wanted}
    assert type(found["a"]) is type(wanted)


def test_it_reads_nested_content_with_its_lines() -> None:
    document = parse(b"a: 1\nb:\n  - c: 2\n  - [x, y]\n", where="a.yaml")
    assert document.value == {"a": 1, "b": [{"c": 2}, ["x", "y"]]}
    assert document.at(("b", 0, "c")) == "a.yaml:3"
    assert document.at(("b", 1, 1)) == "a.yaml:4"
    assert document.at(("b", 7)) == "a.yaml:2"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("a: 1\nb: 2\na: 3", "a.yaml:3: key 'a' stands here and on line 1."),
        ("a: &x 1\nb: *x", "a.yaml:1: a definition file may not hold an anchor"),
        ("a: *x", "[yaml.anchor]"),
        ("a: !!python/object/apply:os.system [x]", "a.yaml:1: a definition file may"),
        ("a: !!str 1", "[yaml.tag]"),
        ("a: !own 1", "[yaml.tag]"),
        ("%YAML 1.1\n---\na: NO", "[yaml.directive]"),
        ("%TAG ! tag:x,2000:\n---\na: 1", "[yaml.directive]"),
        ("a: 1\n---\nb: 2", "a.yaml:2: a definition file may not hold a second"),
        ("[1, 2]", "[yaml.not_a_mapping]"),
        ("word", "[yaml.not_a_mapping]"),
        ("", "[yaml.not_a_mapping]"),
        ("? [a, b]\n: 1", "[yaml.key]"),
        ("a: 1\nb: [", "a.yaml:2: this is not YAML"),
        ("a: 1\n  b: 2", "a.yaml:2: this is not YAML"),
        ("a: \x00", "[yaml.syntax]"),
        (b"a: \xff", "a.yaml:1: the file is not UTF-8 text."),
        (b"ok: 1\na: \xff", "a.yaml:2: the file is not UTF-8 text."),
        ("a: 1\n".encode("utf-16"), "[yaml.encoding]"),
        ("a: " + "9" * 5000, "[yaml.number]"),
        ("a: " + "x" * 70_000, "[yaml.too_large]"),
        ("b: 1\na: {window: 012}", "a.yaml:2: 012 is one number to some readers"),
        ("a: 012", 'Write 12, or "012" in quotes if it is text. [yaml.leading_zero]'),
        ("a: [-007]", "Write -7, or"),
        ("a: 08", "[yaml.leading_zero]"),
        ("a: 00", "Write 0, or"),
    ],
    ids=range(26),
)
def test_it_refuses_with_the_line(content: bytes | str, message: str) -> None:
    assert message in refused(content)


def test_it_lists_every_duplicate_key() -> None:
    text = refused("a: 1\na: 2\nb: {c: 1, c: 2}")
    assert text.count("yaml.duplicate_key") == 2


@pytest.mark.parametrize("opening", ["[", "{a: ", "- ", "a:\n"])
def test_it_stops_at_the_depth_limit(opening: str) -> None:
    deep = "".join(" " * at + opening for at in range(40)) if "\n" in opening else ""
    assert "[yaml.depth]" in refused("x:\n " + (deep or opening * 2_000))


def test_twenty_levels_are_fine_and_one_more_is_not() -> None:
    assert value("a: " + "[" * 19 + "]" * 19)
    assert "[yaml.depth]" in refused("a: " + "[" * 20 + "]" * 20)
    assert "[yaml.depth]" in refused("a: " + "[" * 19 + "1" + "]" * 19)


def test_five_thousand_nodes_are_fine_and_one_more_is_not() -> None:
    head = "a: "  # the mapping, its key, and the list are three nodes
    assert len(value(head + str([0] * 4_997))["a"]) == 4_997
    assert "[yaml.nodes]" in refused(head + str([0] * 4_998))


def test_a_nesting_bomb_does_not_kill_the_process() -> None:
    """In a process of its own: the composer this replaces crashes it."""
    code = (
        "from sigma_core.specs.yaml_events import parse\n"
        "from sigma_core.errors import SpecError\n"
        "for bomb in (b'[' * 60000, b'{a: ' * 15000, b'- ' * 30000, b'? ' * 30000):\n"
        "    try: parse(bomb, where='a')\n"
        "    except SpecError as error: print(error.code)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=20
    )
    assert done.stdout.split() == [*["yaml.depth"] * 3, "yaml.key"], done.stderr


@given(st.binary(max_size=300))
def test_any_bytes_parse_or_are_refused_in_words(content: bytes) -> None:
    with contextlib.suppress(SpecError):  # anything else fails the test
        assert isinstance(parse(content, where="a").value, dict)


YAML_PIECES = ["a", "b", ": ", "- ", "\n", "  ", "[", "]", "{", "}", ",", "'", '"', "1"]


@given(
    st.lists(st.sampled_from([*YAML_PIECES, "&x", "*x", "!t", "#", "|", "? ", "---"]))
)
def test_any_yaml_like_text_parses_or_is_refused_in_words(pieces: list[str]) -> None:
    with contextlib.suppress(SpecError):
        assert isinstance(value("".join(pieces)), dict)


def test_a_file_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="can't be read: No such file"):
        read_document(tmp_path / "a.yaml", where="a.yaml")


def test_it_reads_no_more_of_a_file_than_the_limit(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes(b"#" * (yaml_events.MAX_BYTES + 1))
    with pytest.raises(SpecError, match=r"yaml\.too_large"):
        read_document(path)
