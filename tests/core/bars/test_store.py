"""Datasets and their small tables."""

import numpy as np
import pandas as pd
import pytest

from sigma_core.bars.store import Dataset, datasets, resolve
from sigma_core.errors import BadInput, MissingData, UnknownName
from tests.core.bars.conftest import NOW, append, no_rules

DAY = pd.Timestamp("2024-01-03")


def actions(*rows):
    return pd.DataFrame(
        list(rows), columns=["ticker", "ex_date", "kind", "split_factor"]
    )


def filled(root, name):
    dataset = Dataset(root, name, derive=no_rules)
    append(dataset.bars(), [("AAA", "2024-01-02", 1.0)])
    return dataset


@pytest.mark.parametrize("name", ["", "..", "a/b", "Main", "_x", "a\0b", "x" * 65])
def test_it_refuses_what_is_no_name(tmp_path, name):
    with pytest.raises(BadInput, match="is not a name"):
        Dataset(tmp_path, name, derive=no_rules)


def test_it_refuses_a_folder_that_leads_out(tmp_path):
    (tmp_path / "root").mkdir()
    (tmp_path / "root" / "main").symlink_to(tmp_path)
    with pytest.raises(BadInput, match="leads out"):
        Dataset(tmp_path / "root", "main", derive=no_rules)


def test_opening_one_makes_nothing(tmp_path):
    dataset = Dataset(tmp_path, "main", derive=no_rules)

    assert not dataset.exists
    assert dataset.actions().empty
    assert dataset.reference().empty
    assert dataset.info()["rows"] == 0
    assert list(tmp_path.iterdir()) == []


def test_it_knows_its_cadences(dataset):
    with pytest.raises(UnknownName, match="Did you mean 'daily'"):
        dataset.bars("dayly")


def test_it_tells_what_it_holds(tmp_path):
    info = filled(tmp_path, "main").info()

    assert info["exists"] is True
    assert info["cadences"] == ["daily"]
    assert (str(info["first_session"]), info["rows"]) == ("2024-01-02", 1)


def test_synthetic_is_for_good(tmp_path):
    Dataset(tmp_path, "demo", derive=no_rules).mark_synthetic()
    assert Dataset(tmp_path, "demo", derive=no_rules).synthetic
    assert not Dataset(tmp_path, "main", derive=no_rules).synthetic


@pytest.mark.parametrize(
    ("held", "wanted", "default", "chosen"),
    [
        (["demo", "main"], None, None, "main"),
        (["demo"], "auto", "auto", "demo"),
        (["demo", "main"], "demo", None, "demo"),
        (["demo", "main"], None, "demo", "demo"),
        (["demo", "main", "x"], "x", "demo", "x"),
    ],
)
def test_auto_means_the_setting_then_main_then_demo(
    tmp_path, held, wanted, default, chosen
):
    for name in held:
        filled(tmp_path, name)

    assert datasets(tmp_path) == sorted(held)
    assert resolve(tmp_path, wanted, default) == chosen


def test_an_empty_main_is_passed_over(tmp_path):
    filled(tmp_path, "demo")
    (tmp_path / "main").mkdir()
    assert resolve(tmp_path, None, None) == "demo"


def test_a_dataset_that_is_not_there_is_named(tmp_path):
    filled(tmp_path, "main")
    with pytest.raises(UnknownName, match="Did you mean 'main'"):
        resolve(tmp_path, "mian", None)


def test_with_no_dataset_there_is_nothing_to_choose(tmp_path):
    with pytest.raises(MissingData):
        resolve(tmp_path / "nowhere", None, None)


def test_actions_are_recorded_once(dataset):
    rows = actions(("AAA", DAY, "split", 2.0), ("AAA", DAY, "dividend", np.nan))

    assert dataset.add_actions(rows) == 2
    assert dataset.add_actions(rows) == 0
    assert dataset.actions()["kind"].tolist() == ["dividend", "split"]


def test_an_action_without_a_date_is_history(dataset):
    dataset.add_actions(actions(("AAA", DAY, "split", 2.0)))
    assert dataset.actions()["known_at"].tolist() == [DAY.tz_localize("UTC")]


def test_a_corrected_action_counts_from_when_it_was_known(dataset):
    dataset.add_actions(actions(("AAA", DAY, "split", 2.0)))
    corrected = actions(("AAA", DAY, "split", 3.0)).assign(known_at=pd.Timestamp(NOW))

    assert dataset.add_actions(corrected) == 1
    assert dataset.actions()["split_factor"].tolist() == [3.0]
    before = NOW.replace(year=2024, month=2)
    assert dataset.actions(known_by=before)["split_factor"].tolist() == [2.0]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (actions(("AAA", DAY, "spilt", 2.0)), "Did you mean 'split'"),
        (actions(("AAA", DAY, "split", 0.0)), "AAA .*: split_factor 0"),
        (actions(("AAA", DAY, "split", np.nan)), "2 for a 2:1"),
        (actions(("AAA", DAY, "split", np.inf)), "split_factor inf"),
        (actions(("AAA", DAY, "split", 20200831.0)), r"from 0\.0001 to 10,000"),
        (actions(("AAA", pd.NaT, "split", 2.0)), "ex_date is empty"),
        (actions((7, DAY, "split", 2.0)), "not text"),
        (actions(("AAA", "soon", "split", 2.0)), "column ex_date"),
        (actions(("AAA", DAY, "split", "two")), "column split_factor"),
        (actions(*[("AAA", DAY, "split", 2.0)] * 2), "twice"),
        (actions().drop(columns="kind"), "missing: kind"),
        (actions().assign(exdate=1), "unknown column 'exdate'.*'ex_date'"),
    ],
)
def test_actions_that_break_the_shape_are_refused_whole(dataset, rows, message):
    with pytest.raises(BadInput, match=message):
        dataset.add_actions(rows)
    assert dataset.actions().empty


def test_a_reference_row_replaces_the_one_before(dataset):
    dataset.add_reference(pd.DataFrame({"ticker": ["NA", "AAA"], "sector": "Metals"}))
    dataset.add_reference(
        pd.DataFrame({"ticker": ["AAA"], "name": ["Amber"], "asset": ["etf"]})
    )
    found = dataset.reference()

    assert found["ticker"].tolist() == ["AAA", "NA"]
    assert found["asset"].tolist() == ["etf", "eq"]
    assert found["sector"].isna().tolist() == [True, False]
    assert found["listed"].dtype == "datetime64[us]"


def test_a_membership_list_is_replaced_as_a_whole(dataset):
    first = pd.DataFrame(
        {
            "ticker": ["AAA", "BBB"],
            "start": DAY,
            "end": [DAY + pd.Timedelta(9, "D"), pd.NaT],
        }
    )
    dataset.add_membership("index", first)
    dataset.add_membership("index", first.iloc[:1])

    assert dataset.memberships() == ["index"]
    assert dataset.membership("index")["ticker"].tolist() == ["AAA"]


def test_a_spell_ends_after_it_starts(dataset):
    spell = pd.DataFrame({"ticker": ["AAA"], "start": [DAY], "end": [DAY]})
    with pytest.raises(BadInput, match="on or before its start"):
        dataset.add_membership("index", spell)


def test_an_unknown_membership_is_named(dataset):
    dataset.add_membership("index", pd.DataFrame({"ticker": ["AAA"], "start": [DAY]}))
    with pytest.raises(UnknownName, match="Did you mean 'index'"):
        dataset.membership("idnex")
