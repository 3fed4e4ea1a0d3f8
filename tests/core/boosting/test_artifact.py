"""A model's files: what was written is what is read, or it is refused."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from sigma_core.boosting.artifact import Card, Model, read, trees_sha
from sigma_core.errors import BadInput, DamagedData
from tests.definitions import examples

TEXT = (
    "tree\nversion=v4\n\nTree=0\nleaf_value=1 2\n\nend of trees\n\n"
    "parameters:\n[x: 1]\n"
)
CARD = Card(
    pack="toy",
    model_id="universe_eq_swing_daily_gbm",
    columns=("rsi_14", "ret_5"),
    label="fwd_ret_10d",
    train_first=date(2023, 1, 3),
    train_last=date(2024, 1, 12),
    known_on=date(2024, 1, 26),
    sessions=250,
    rows=1000,
    params={"num_leaves": 31, "learning_rate": 0.1, "deterministic": True},
    max_age_days=30,
    text_sha=hashlib.sha256(TEXT.encode()).hexdigest(),
    trees_sha=trees_sha(TEXT),
    ranges={"rsi_14": (10.0, 90.0), "ret_5": (-0.1, 0.1)},
    metrics={"pooled": {"rank_ic": 0.05}},
    lineage={"data_sha": "a" * 64},
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    Model(TEXT, CARD).write(tmp_path)
    return tmp_path


def test_what_is_read_is_what_was_written(folder: Path) -> None:
    assert read(folder) == Model(TEXT, CARD)
    assert sorted(path.name for path in folder.iterdir()) == ["card.json", "model.txt"]


@pytest.mark.parametrize("at", [0, 20, 40, len(TEXT) - 1])
def test_any_other_byte_is_refused(folder: Path, at: int) -> None:
    damaged = bytearray(TEXT.encode())
    damaged[at] ^= 1
    (folder / "model.txt").write_bytes(bytes(damaged))
    with pytest.raises(DamagedData, match="not that of its card") as caught:
        read(folder)
    assert caught.value.code == "model.damaged"


def test_a_text_that_ends_early_is_refused(folder: Path) -> None:
    (folder / "model.txt").write_text(TEXT[:30])
    with pytest.raises(DamagedData):
        read(folder)


@pytest.mark.parametrize("name", ["card.json", "model.txt"])
def test_a_missing_file_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(DamagedData, match=f"^{name}: it can't be read") as caught:
        read(folder)
    assert str(folder) not in str(caught.value)


def changed(**fields: object) -> str:
    return json.dumps({**CARD.as_dict(), **fields})


@pytest.mark.parametrize(
    "card",
    ["", "[]", "{", "{}", "null", changed(ranges={"rsi_14": 3}),
     changed(train_last="soon"), changed(schema=99)],
)  # fmt: skip
def test_what_is_no_card_is_refused(folder: Path, card: str) -> None:
    (folder / "card.json").write_text(card)
    with pytest.raises(DamagedData, match=r"card\.json") as caught:
        read(folder)
    assert caught.value.code == "model.damaged"


def test_only_the_trees_make_the_sha_of_trees() -> None:
    other = TEXT.replace("[x: 1]", "[x: 2]").replace("v4", "v5")
    assert trees_sha(other) == trees_sha(TEXT)
    assert trees_sha(TEXT.replace("leaf_value=1", "leaf_value=3")) != trees_sha(TEXT)
    with pytest.raises(DamagedData, match="no trees"):
        trees_sha("tree\nend of trees")


def refusal(columns: tuple[str, ...], session: date) -> BadInput:
    with pytest.raises(BadInput) as caught:
        Model(TEXT, CARD).require_usable(columns, session)
    return caught.value


def test_it_refuses_by_age_as_on_the_page() -> None:
    (example,) = (one for one in examples("gbm") if one.args["gbm"] == "age")
    days = {
        key: date.fromisoformat(example.args[key]) for key in ("train_last", "known_on")
    }
    card = replace(CARD, **days, max_age_days=int(example.args["max_age_days"]))
    for row in example.rows:
        session = date.fromisoformat(row["session"])
        if row["code"] == "–":
            Model(TEXT, card).require_usable(card.columns, session)
        else:
            assert refusal(card.columns, session).code == row["code"]


def test_it_says_which_columns_differ() -> None:
    session = date(2024, 1, 29)
    error = refusal(("rsi_14", "sma_20"), session)
    assert error.code == "model.columns"
    assert "without ret_5 and with sma_20" in str(error)
    assert "in another order" in str(refusal(("ret_5", "rsi_14"), session))
