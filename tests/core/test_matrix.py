"""The matrix: a set's columns, warmed up; its faults; its name; its place on disk."""

from __future__ import annotations

import hashlib
import json
import struct
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sigma_core import matrix
from sigma_core.errors import BadInput, DamagedData, SpecError
from sigma_core.frames import FIELDS, BarArrays, Matrix
from sigma_core.specs.schema import IndicatorSet
from tests.market import holes, random_market

BARS = holes(random_market(seed=21, tickers=3, sessions=400))
SET = [
    {"name": "donchian", "window": 20},
    {"name": "rsi", "window": 14},
    {"name": "ema", "window": 20, "as": "mean"},
    {"expr": "close / mean - 1", "as": "dist"},
    {"expr": "prev(dist, 2)", "as": "dist_before"},
]


def a_set(*entries: dict[str, object]) -> IndicatorSet:
    return IndicatorSet.model_validate({"name": "base", "indicators": list(entries)})


def built(
    *entries: dict[str, object],
    bars: BarArrays = BARS,
    first: int = 0,
    last: int = 399,
    members: np.ndarray | None = None,
    dtype: type = np.float64,
) -> Matrix:
    if members is None:
        members = np.ones((len(bars.axis.tickers), last - first + 1), np.bool_)
    iset = a_set(*(entries or SET))
    return matrix.build(bars, iset, members, first=first, last=last, dtype=dtype)


def sha(one: Matrix) -> str:
    return matrix.content_sha(one)


def fault(*entries: dict[str, object]) -> list[tuple[str, str]]:
    return [(p.code, p.where) for p in matrix.problems(a_set(*entries), where="a.yaml")]


def test_columns_stand_in_the_order_of_the_set_after_the_bars() -> None:
    assert list(built().columns) == [
        *FIELDS, "donchian_high_20", "donchian_low_20", "rsi_14", "mean", "dist",
        "dist_before",
    ]  # fmt: skip


def test_degrees_say_what_scales_with_the_price() -> None:
    degree = built().degree
    assert (degree["close"], degree["volume"]) == (1, -1)
    assert (degree["mean"], degree["rsi_14"], degree["dist"]) == (1, 0, 0)


def test_one_session_is_warm_and_has_the_bits_of_the_full_build() -> None:
    whole = built()
    for session in (60, 299, 399):
        alone = built(first=session, last=session)
        assert alone.axis.shape == (3, 1)
        for name, values in alone.columns.items():
            np.testing.assert_array_equal(values[:, 0], whole.columns[name][:, session])
    assert not np.isnan(built(first=299, last=299).columns["dist_before"]).any()


def test_an_expression_reads_own_bars_across_a_short_gap() -> None:
    columns = built().columns
    assert np.isnan(columns["close"][0, 120:124]).all()
    assert columns["dist_before"][0, 124] == columns["dist"][0, 118]
    assert columns["dist_before"][0, 125] == columns["dist"][0, 119]


def test_a_lag_over_other_tickers_needs_members_before_the_first_session() -> None:
    entries = (SET[1], {"expr": "prev(zscore(rsi_14), 1)", "as": "z"})
    needed = 300 - matrix.plan(a_set(*entries)).members_begin(BARS, 300, 300)
    assert needed == 1
    whole = built(*entries).columns["z"]
    members = np.ones((3, needed + 1), np.bool_)
    alone = built(*entries, first=300, last=300, members=members).columns["z"]
    np.testing.assert_array_equal(alone[:, 0], whole[:, 300])
    with pytest.raises(BadInput, match="members_begin"):
        built(*entries, first=300, last=300)


def test_a_split_changes_no_value_as_of_a_day() -> None:
    """Bars after a 4-for-1 split are a quarter; forward adjustment undoes that."""
    factor = np.where(np.arange(400) < 250, 1.0, 4.0)
    split = replace(BARS, factor=np.broadcast_to(factor, (3, 400)).copy())
    before, after = built(), built(bars=split)
    for name in ("close", "mean", "donchian_high_20"):
        expected = before.as_of(name, -1) / 4
        np.testing.assert_array_equal(after.as_of(name, -1), expected)
    for name in ("rsi_14", "dist", "dist_before"):
        expected = before.columns[name]
        np.testing.assert_allclose(after.columns[name], expected, rtol=0, atol=1e-12)


def test_a_price_expression_is_kept_in_adjusted_units() -> None:
    factor = np.where(np.arange(400) < 250, 1.0, 4.0)
    split = replace(BARS, factor=np.broadcast_to(factor, (3, 400)).copy())
    entry = {"expr": "(high + low) / 2", "as": "middle"}
    plain, adjusted = built(entry), built(entry, bars=split)
    assert adjusted.degree["middle"] == 1
    np.testing.assert_allclose(adjusted.columns["middle"], plain.columns["middle"])
    np.testing.assert_allclose(adjusted.as_of("middle"), plain.as_of("middle") / 4)


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        ({"name": "rsl", "window": 14}, "unknown.indicator"),
        ({"name": "rsi", "windw": 14}, "unknown.parameter"),
        ({"name": "rsi", "window": 1}, "indicator.param_range"),
        ({"name": "rsi", "window": "14"}, "indicator.param_type"),
        ({"name": "rsi", "cadence": "5m"}, "matrix.cadence"),
        ({"name": "sma", "as": "rsi_14"}, "matrix.column_twice"),
        ({"name": "rsi", "window": 14}, "matrix.column_twice"),
        ({"name": "sma", "as": "close"}, "indicator.column_name"),
    ],
)
def test_it_names_the_fault_and_its_place(entry: dict[str, object], code: str) -> None:
    (found,) = fault({"name": "rsi"}, entry)
    assert found[0] == code
    assert found[1].startswith("a.yaml: indicators[1]")


def test_an_expression_with_an_unknown_column_says_where() -> None:
    (found,) = matrix.problems(
        a_set(SET[1], {"expr": "rsi_41 + 1", "as": "more"}), where="a.yaml"
    )
    assert "rsi_14" in found.hint
    assert found.where.startswith("a.yaml: indicators[1]")


def test_all_faults_of_a_set_come_at_once() -> None:
    with pytest.raises(SpecError) as caught:
        built({"name": "rsl"}, {"name": "ema", "window": 0}, {"name": "sma"})
    assert [p.code for p in caught.value.problems] == [
        "unknown.indicator",
        "indicator.param_range",
    ]


def test_the_sha_names_the_content() -> None:
    first, again = sha(built()), sha(built())
    assert first == again
    assert len(first) == 64
    assert sha(built(SET[1])) != first
    fewer = np.ones((3, 400), np.bool_)
    fewer[0, 7] = False
    assert sha(built(members=fewer)) != first


def test_a_nan_is_a_nan_whatever_its_bits() -> None:
    one = built(SET[1])
    negative = {n: np.where(np.isnan(v), -np.nan, v) for n, v in one.columns.items()}
    assert sha(replace(one, columns=negative)) == sha(one)


def test_it_changes_no_bar(tmp_path: Path) -> None:
    before = {name: BARS.field(name).copy() for name in FIELDS}
    built()
    for name, values in before.items():
        np.testing.assert_array_equal(BARS.field(name), values)


def test_what_is_stored_is_what_is_loaded(tmp_path: Path) -> None:
    one = built()
    kept = matrix.store(one, tmp_path)
    found = matrix.load(tmp_path / kept.sha)
    assert found.sha == kept.sha == sha(found) == sha(kept)
    assert list(found.columns) == list(one.columns)
    assert found.degree == one.degree
    np.testing.assert_array_equal(found.axis.times, one.axis.times)
    assert [path.name for path in tmp_path.iterdir()] == [kept.sha]


@pytest.mark.parametrize("entries", [SET[:3], SET], ids=["indicators", "expressions"])
def test_float32_is_the_float64_rounded_once(tmp_path: Path, entries: list) -> None:
    """By `struct`, which rounds to the nearest; and by either way to a stored one."""
    exact, rounded = built(*entries), built(*entries, dtype=np.float32)
    kept = matrix.store(exact, tmp_path)
    assert matrix.store(rounded, tmp_path).sha == kept.sha
    for name, values in exact.columns.items():
        plain = values.ravel().tolist()
        wanted = struct.unpack(f"{len(plain)}f", struct.pack(f"{len(plain)}f", *plain))
        for found in (kept.columns[name], rounded.columns[name]):
            assert found.dtype == np.float32
            np.testing.assert_array_equal(found.ravel(), np.array(wanted, np.float32))


def test_a_stored_column_takes_four_bytes_a_cell(tmp_path: Path) -> None:
    kept = matrix.store(built(), tmp_path)
    for path in (tmp_path / kept.sha).glob("column.*.npy"):
        assert path.stat().st_size == 128 + 3 * 400 * 4


def test_each_file_has_the_sha_that_others_compute(tmp_path: Path) -> None:
    kept = matrix.store(built(), tmp_path)
    told = json.loads((tmp_path / kept.sha / "matrix.json").read_text())["arrays"]
    for path in (tmp_path / kept.sha).glob("*.npy"):
        content = path.read_bytes()[128:]
        assert told[path.stem] == hashlib.sha256(content).hexdigest(), path.name


def test_storing_again_mends_what_was_damaged(tmp_path: Path) -> None:
    kept = matrix.store(built(), tmp_path)
    (tmp_path / kept.sha / "members.npy").write_bytes(b"")
    assert matrix.store(built(), tmp_path).sha == kept.sha
    assert matrix.load(tmp_path / kept.sha).sha == kept.sha


@pytest.mark.parametrize("name", ["column.rsi_14.npy", "members.npy", "matrix.json"])
def test_a_flipped_byte_or_lost_file_is_found(tmp_path: Path, name: str) -> None:
    folder = tmp_path / matrix.store(built(), tmp_path).sha
    path = folder / name
    content = bytearray(path.read_bytes())
    content[-9] ^= 0xFF
    path.write_bytes(content)
    with pytest.raises(DamagedData, match=name):
        matrix.load(folder)
    path.unlink()
    with pytest.raises(DamagedData, match=name):
        matrix.load(folder)


def test_a_renamed_ticker_is_found(tmp_path: Path) -> None:
    folder = tmp_path / matrix.store(built(), tmp_path).sha
    path = folder / "matrix.json"
    path.write_text(path.read_text().replace("T0001", "T0007"))
    with pytest.raises(DamagedData, match="not what was stored"):
        matrix.load(folder)
