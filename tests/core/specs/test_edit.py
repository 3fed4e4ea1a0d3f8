"""A changed definition keeps what did not change, to the last space and comment."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sigma_core.errors import SpecError
from sigma_core.specs.edit import merged, written
from sigma_core.specs.yaml_events import parse

PACKS = Path(__file__).resolve().parents[3] / "packs"
FILES = sorted(PACKS.glob("*/*/*.yaml"))
TEXT = """\
# A set of ours.
name: ours
version: 1
indicators:
  - {name: rsi,   window: 14}   # the classic
  - {name: adx, window: 14}
preview: {warn_nan: 0.10}
"""


def content(text: str) -> dict:
    return parse(text.encode(), where="x").value


def changed(text: str, **values: object) -> list[str]:
    """The lines of a text that differ after a change."""
    after = merged(text, content(text) | values)
    assert content(after) == content(text) | values
    return [line for line in after.splitlines() if line not in text.splitlines()]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_shipped_file_that_gains_a_version_changes_in_one_line(path: Path) -> None:
    assert changed(path.read_text(), version=77) == ["version: 77"]


def test_a_changed_parameter_keeps_the_comment_on_its_line() -> None:
    said = content(TEXT)["indicators"]
    lines = changed(TEXT, indicators=[{"name": "rsi", "window": 21}, said[1]])
    assert lines == ["  - {name: rsi, window: 21}     # the classic"]


def test_a_new_entry_is_one_new_line() -> None:
    more = [*content(TEXT)["indicators"], {"name": "ret", "window": 5}]
    assert changed(TEXT, indicators=more) == ["  - {name: ret, window: 5}"]


def test_an_entry_taken_out_of_the_front_leaves_the_others() -> None:
    rest = content(TEXT)["indicators"][1:]
    assert changed(TEXT, indicators=rest) == []


def test_a_version_comes_under_the_name() -> None:
    text = TEXT.replace("version: 1\n", "")
    lines = merged(text, content(text) | {"version": 2}).splitlines()
    assert lines[:3] == ["# A set of ours.", "name: ours", "version: 2"]


def test_the_same_content_is_the_same_text() -> None:
    assert merged(TEXT, content(TEXT)) == TEXT


def test_one_and_true_and_one_point_nought_are_three_things() -> None:
    assert changed("name: a\nx: 1\n", x=True) == ["x: true"]
    assert changed("name: a\nx: 1\n", x=1.0) == ["x: 1.0"]


@pytest.mark.parametrize(
    "word", ["NO", "on", "5:30", "012", "1e5", "null", "~", "a: b"]
)
def test_a_text_that_looks_like_something_else_is_quoted(word: str) -> None:
    assert f'x: "{word}"' in merged("name: a\nx: b\n", {"name": "a", "x": word})


def test_what_is_no_definition_file_is_refused() -> None:
    with pytest.raises(SpecError):
        merged("a: &x 1\nb: *x\n", {"a": 1})


keys = st.text(st.sampled_from("abcdefghij_"), min_size=1, max_size=6)
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**9), 10**9),
    st.floats(allow_nan=False, allow_infinity=False, width=32),
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12),
)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4)
    ),
    max_leaves=12,
)
documents = st.dictionaries(keys, values, min_size=1, max_size=5)


@given(documents, documents)
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_whatever_is_written_reads_back_the_same(old: dict, new: dict) -> None:
    text = written(old)
    assert content(text) == old
    assert content(merged(text, new)) == new


def test_a_new_file_has_a_line_for_each_key_and_entry() -> None:
    said = {"name": "a", "indicators": [{"name": "rsi", "window": 14}], "tags": ["x"]}
    assert written(said).splitlines() == [
        "name: a",
        "indicators:",
        "  - {name: rsi, window: 14}",
        "tags: [x]",
    ]
