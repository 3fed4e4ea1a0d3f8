"""Universes made of others: and, or, and not, and what each day's list keeps."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sigma_core.errors import SpecError, UnknownName
from sigma_core.specs.bundle import load_universe
from sigma_core.specs.schema import UniverseSpec
from sigma_core.universe import CODES, Universe, changes, day_of, evaluate, members
from tests.core.test_universe import example, market, random_market, spec
from tests.definitions import number

nan = np.nan


def no_membership(name: str) -> pd.DataFrame:
    raise UnknownName("membership", name, [])


def combined(rules: UniverseSpec, parts: dict[str, UniverseSpec], bars) -> Universe:
    return evaluate(
        rules,
        parts,
        bars,
        slice(-1, None),
        reference=None,
        membership=no_membership,
    )


def write(packs: Path, **universes: str) -> Path:
    folder = packs / "common" / "universes"
    folder.mkdir(parents=True)
    (packs / "common" / "pack.yaml").write_text(
        "id: common\nname: Common\nversion: 1.0.0\n"
    )
    for name, text in universes.items():
        (folder / f"{name}.yaml").write_text(f"name: {name}\n{text}\n")
    return packs


def test_and_or_minus_give_the_worked_example() -> None:
    table = example("combine")
    bars = market({row["ticker"]: [9.0, 9.0] for row in table.rows})

    def list_of(column: str) -> list[str]:
        return [row["ticker"] for row in table.rows if row[column] == "1"]

    parts = {n: spec(base={"list": list_of(n)}) for n in ("a", "b", "c")}
    made = [column for column in table.header if ":" in column]
    assert len(made) == 5
    for column in made:
        keys = [rule.split(":") for rule in column.split(";")]
        rules = {key.strip(): names.replace(" ", "").split(",") for key, names in keys}
        found = combined(spec(**rules), parts, bars)
        day = day_of(found, bars.axis.tickers)
        assert list(day.members) == list_of(column), column


def test_a_universe_of_universes_is_judged_before_what_it_is_part_of(tmp_path) -> None:
    root = write(
        tmp_path,
        top="any_of: [middle, low]",
        middle="minus: [low]",
        low="base: {list: [AAA]}",
    )
    tree = load_universe(root, "top")
    assert list(tree.parts) == ["low", "middle"]
    bars = market({"AAA": [9.0, 9.0], "BBB": [9.0, 9.0]})
    assert combined(tree.spec, dict(tree.parts), bars).members.all()


def test_the_first_universe_that_keeps_a_ticker_out_is_named() -> None:
    bars = market({"AAA": [9.0, 9.0], "BBB": [4.0, 4.0]})
    found = combined(spec(all_of=["dear"]), {"dear": spec(min_price=5)}, bars)
    why = found.why(1)
    assert why is not None
    assert (why.code, why.label) == ("universe.all_of", "in dear")
    assert CODES.index("universe.minus") < CODES.index("universe.price")


def test_a_fund_that_was_asked_for_below_stays_in() -> None:
    bars = market({"AAA": [9.0, 9.0], "SPY": [9.0, 9.0]})
    parts = {"funds": spec(base={"list": ["SPY"]}), "all": spec()}
    taken = combined(spec(any_of=["funds", "all"]), parts, bars)
    assert taken.members[:, 0].tolist() == [True, True]
    strict = combined(spec(any_of=["funds"], exclude_etfs=True), parts, bars)
    assert not strict.members.any()
    without = combined(spec(minus=["all"]), parts, bars)
    assert not without.members.any()


@pytest.mark.parametrize(
    ("universes", "place", "circle"),
    [
        ({"top": "any_of: [top]"}, "top.yaml:2", "top → top"),
        (
            {"top": "all_of: [one]", "one": "description: x\nminus: [two, top]"}
            | {"two": "base: {list: [AAA]}"},
            "one.yaml:3",
            "top → one → top",
        ),
        (
            {"top": "minus: [one]", "one": "any_of: [two]", "two": "any_of: [one]"},
            "two.yaml:2",
            "one → two → one",
        ),
    ],
)
def test_a_circle_is_refused_where_it_closes(
    tmp_path, universes, place, circle
) -> None:
    with pytest.raises(SpecError, match=circle) as caught:
        load_universe(write(tmp_path, **universes), "top")
    assert caught.value.code == "universe.circle"
    assert caught.value.problems[0].where.endswith(place)


def test_a_part_that_is_not_there_is_named_with_its_line(tmp_path) -> None:
    root = write(tmp_path, top="any_of:\n  - botom", bottom="")
    with pytest.raises(UnknownName, match="Did you mean 'bottom'") as caught:
        load_universe(root, "top")
    assert caught.value.problems[0].where == "common/universes/top.yaml:3"


def test_a_chain_of_too_many_is_refused(tmp_path) -> None:
    chain = {f"u{n}": f"any_of: [u{n + 1}]" for n in range(80)} | {"u80": ""}
    with pytest.raises(SpecError, match="more than 50"):
        load_universe(write(tmp_path, **chain), "u0")


def test_a_changed_part_is_a_changed_universe(tmp_path) -> None:
    one = write(tmp_path / "1", top="any_of: [low]", low="min_price: 5")
    two = write(tmp_path / "2", top="any_of: [low]", low="min_price: 6")
    first, second = load_universe(one, "top"), load_universe(two, "top")
    assert first.sha != second.sha
    assert first.own_sha == second.own_sha
    assert load_universe(one, "low").sha == load_universe(one, "low").own_sha


@pytest.mark.parametrize(
    "text",
    [
        "kind: watchlist",
        "kind: watchlist\nbase: all",
        "any_of: top",
        "any_of: ['../x']",
    ],
)
def test_nonsense_is_refused(tmp_path, text) -> None:
    with pytest.raises(SpecError):
        load_universe(write(tmp_path, top=text), "top")


def test_a_block_that_ends_before_it_starts_is_refused(tmp_path) -> None:
    block = "block: [{ticker: A, from: 2024-01-05, until: 2024-01-05, reason: x}]"
    with pytest.raises(SpecError, match="until must be later than from"):
        load_universe(write(tmp_path, top=block), "top")


def test_entrants_and_leavers_give_the_worked_example() -> None:
    table = example("changes")
    closes = {
        row["ticker"]: [number(row["c2"]), number(row["c1"]), 9.0] for row in table.rows
    }
    bars = market(closes)
    later = str(bars.axis.times[2].astype("datetime64[D]"))
    block = {"ticker": "DDD", "from": later, "reason": "merger vote"}
    rules = spec(min_price=5, block=[block])
    before, after = (
        day_of(members(rules, bars, slice(at, at + 1)), bars.axis.tickers)
        for at in (1, 2)
    )
    found = changes(before, after)
    moved = {one.ticker: ("entered", one) for one in found.entered}
    moved |= {one.ticker: ("left", one) for one in found.left}
    for row in table.rows:
        way, change = moved.get(row["ticker"], ("–", None))
        value = "–" if change is None or change.value is None else change.value
        shown = f"{value:.2f}" if isinstance(value, float) else value
        step = change.step if change else "–"
        assert (way, step, shown) == (row["change"], row["step"], row["value"])
    assert found.by_step() == {
        "price": (1, 1),
        "not_listed": (1, 0),
        "blocked": (0, 1),
    }


def test_a_day_keeps_all_it_takes_to_say_why() -> None:
    bars = random_market()
    rules = spec(min_price=15, min_adv_shares=900, window=12)
    found = members(rules, bars, slice(70, 71))
    day = day_of(found, bars.axis.tickers)
    assert len(day.members) == day.steps[-1].survivors > 0
    for row, ticker in enumerate(bars.axis.tickers):
        why = found.why(row)
        if why is not None and why.code != "universe.not_listed":
            step, value = day.why_out(ticker)
            assert f"universe.{step}" == why.code
            assert value == pytest.approx(why.value, rel=1e-5, nan_ok=True) or (
                value is None and np.isnan(why.value)
            )
    assert next(s.limit for s in day.steps if s.name == "price") == 15


def test_equal_lists_have_equal_names_whatever_put_the_others_out() -> None:
    bars = market({"AAA": [9.0, 9.0], "BBB": [4.0, 4.0]})
    by_price = day_of(members(spec(min_price=5), bars, slice(1, 2)), bars.axis.tickers)
    by_list = day_of(
        members(spec(base={"list": ["AAA"]}), bars, slice(1, 2)), bars.axis.tickers
    )
    everyone = day_of(members(spec(), bars, slice(1, 2)), bars.axis.tickers)
    assert by_price.sha == by_list.sha != everyone.sha
