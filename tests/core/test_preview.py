"""Previews and builds on stored bars: they say what a scan says, and why cells lack."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pytest

from sigma_core import builds
from sigma_core.bars.demo import demo_market, fill
from sigma_core.errors import (
    BadInput,
    ExpressionError,
    MissingData,
    NotASession,
    SpecError,
    UnknownName,
)
from sigma_core.indicators import kernels
from sigma_core.market import Market, open_dataset, open_market
from sigma_core.preview import Preview, preview
from sigma_core.run import scan
from sigma_core.specs.bundle import Bundle, load_bundle
from sigma_core.specs.drafts import drafted

ROOT = Path(__file__).resolve().parents[2]
PACKS = ROOT / "packs"
MODEL = "universe_eq_swing_daily_breakout_scanner"
NOW = datetime(2024, 2, 1, tzinfo=UTC)
SET = {"name": "other", "indicators": [{"name": "sma", "window": 200}]}
kernels.use_cache(ROOT / "var" / "kernels")


@pytest.fixture(scope="module")
def datasets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A year of the demo market, faults, a halt and a listing included."""
    root = tmp_path_factory.mktemp("datasets")
    market = demo_market(seed=5, until=date(2023, 12, 29))
    fill(open_dataset(root, "demo"), market, ingested_at=NOW)
    return root


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    return load_bundle(PACKS, "swingsigma", MODEL)


def market_on(datasets: Path, day: str) -> Market:
    return open_market(datasets, "demo", None, date.fromisoformat(day), NOW)


@pytest.fixture(scope="module")
def seen(datasets: Path, bundle: Bundle) -> Preview:
    return preview(bundle, market_on(datasets, "2023-12-29"))


def test_it_says_what_a_scan_of_the_last_session_says(
    datasets: Path, seen: Preview
) -> None:
    result = scan(
        packs_root=PACKS,
        datasets_root=datasets,
        pack="swingsigma",
        model_id=MODEL,
        as_of=date(2023, 12, 29),
        dataset="demo",
        default_dataset=None,
        now=NOW,
    )
    document = seen.as_dict()
    assert document["funnel"] == result.summary()["funnel"][:-1]
    assert [one["ticker"] for one in document["candidates"]] == [
        signal.ticker for signal in result.signals[:20]
    ]
    name = "rsi_14"
    bits = seen.features.columns[name][:, -1].tobytes()
    assert bits == result.features.columns[name][:, -1].tobytes()


def test_it_looks_at_two_sessions_unless_told(seen: Preview) -> None:
    assert seen.sessions == [date(2023, 12, 28), date(2023, 12, 29)]
    document = seen.as_dict()
    assert document["rows"] == sum(document["members"])
    for column in document["columns"]:
        assert sum(one["cells"] for one in column["causes"]) == column["missing"]


def test_a_gate_is_counted_alone_together_and_removed(seen: Preview) -> None:
    scores = seen.scores
    assert scores is not None
    passed = {gate.name: gate.passed[:, -1] == 1 for gate in scores.top}
    whole = scores.members[:, -1] & ~np.isnan(scores.score_total[:, -1])
    for gate in seen.as_dict()["gates"]:
        others = [state for name, state in passed.items() if name != gate["name"]]
        assert gate["alone"] == (scores.members[:, -1] & passed[gate["name"]]).sum()
        assert gate["if_removed"] == (whole & np.all(others, axis=0)).sum()
        assert gate["together"] == scores.eligible[:, -1].sum()


def test_too_little_stored_history_is_not_excused(
    datasets: Path, bundle: Bundle
) -> None:
    found = preview(bundle, market_on(datasets, "2023-02-15"))
    columns = {column.name: column for column in found.coverage.columns}
    assert found.status == "fail"
    assert columns["ret_63"].status == "fail"
    assert {cause.cause for cause in columns["ret_63"].causes} == {"short_history"}
    assert columns["ret_20"].status == "ok"
    problem = next(one for one in found.problems if "'ret_63'" in one.message)
    assert "Ingest 64 or more sessions" in problem.hint


def test_a_draft_is_seen_without_being_saved(datasets: Path, bundle: Bundle) -> None:
    model = dict(bundle.contents["model_config"])
    model["params"] = {**bundle.model.params, "adx_min": 40}
    market = market_on(datasets, "2023-12-29")
    stricter = preview(
        drafted(PACKS, bundle.pack, bundle.model_id, {"model_config": model}), market
    ).as_dict()
    adx = next(gate for gate in stricter["gates"] if gate["name"] == "adx")
    assert "40" in adx["words"]
    assert load_bundle(PACKS, "swingsigma", MODEL).shas == bundle.shas


def test_a_draft_of_the_set_needs_the_columns_its_gates_read(
    datasets: Path, bundle: Bundle
) -> None:
    with pytest.raises(ExpressionError, match="adx_14"):
        preview(
            drafted(PACKS, bundle.pack, bundle.model_id, {"indicator_set": SET}),
            market_on(datasets, "2023-12-29"),
        )


def test_a_set_may_set_its_own_limits(datasets: Path, bundle: Bundle) -> None:
    entries = list(bundle.contents["indicator_set"]["indicators"])
    day = "2023-04-04"  # ret_63 is warm for nobody, on the next session for all
    lenient = {
        "name": "lenient",
        "indicators": entries,
        "preview": {"warn_nan": 0.6, "fail_nan": 0.9},
    }
    market = market_on(datasets, day)
    strict = preview(bundle, market, start=date(2023, 4, 3))
    found = preview(
        drafted(PACKS, bundle.pack, bundle.model_id, {"indicator_set": lenient}),
        market,
        start=date(2023, 4, 3),
    )
    shares = {column.name: column.share for column in found.coverage.columns}
    assert 0.3 < shares["ret_63"] < 0.6
    assert (strict.status, found.status) == ("fail", "ok")


@pytest.mark.parametrize(
    ("start", "error", "words"),
    [
        ("2023-12-21", BadInput, "6 sessions were asked for"),
        ("2023-12-25", NotASession, "2023-12-22"),
        ("2022-12-30", MissingData, "begins on 2023-01-03"),
    ],
)
def test_a_start_that_can_not_be_looked_at(
    datasets: Path, bundle: Bundle, start: str, error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        preview(
            bundle,
            market_on(datasets, "2023-12-29"),
            start=date.fromisoformat(start),
        )


def test_drafts_list_all_their_faults(bundle: Bundle) -> None:
    with pytest.raises(SpecError) as caught:
        drafted(
            PACKS,
            bundle.pack,
            bundle.model_id,
            {"indicator_set": "name: [", "policy": {"name": 7}},
        )
    assert {problem.where.split(":")[0] for problem in caught.value.problems} == {
        "draft indicator_set",
        "draft policy",
    }
    with pytest.raises(UnknownName, match="indicator_set"):
        drafted(PACKS, bundle.pack, bundle.model_id, {"indicator_sets": SET})


def prepared(datasets: Path, **changes: object) -> builds.Prepared:
    asked = {
        "packs_root": PACKS,
        "datasets_root": datasets,
        "pack": "swingsigma",
        "model_id": MODEL,
        "start": None,
        "end": None,
        "dataset": "demo",
        "default_dataset": None,
        "now": NOW,
    }
    return builds.prepare(**(asked | changes))


def test_a_build_starts_where_every_column_can_be_warm(datasets: Path) -> None:
    asked = prepared(datasets)
    times = asked.market.bars.axis.times
    assert asked.sessions == (times[63].item(), date(2023, 12, 29))  # ret_63: 64 bars
    built = builds.build(asked)
    assert built.coverage.status == "ok"


def test_a_build_has_the_bits_of_a_preview(datasets: Path, seen: Preview) -> None:
    built = builds.build(prepared(datasets))
    for name, values in seen.features.columns.items():
        rounded = values.astype(np.float32)
        assert built.matrix.columns[name][:, -2:].tobytes() == rounded.tobytes()


def test_a_build_of_holes_is_refused(datasets: Path) -> None:
    asked = prepared(datasets, start=date(2023, 1, 3), end=date(2023, 3, 1))
    with pytest.raises(MissingData) as caught:
        builds.build(asked)
    assert "'ret_63'" in str(caught.value)
    assert {problem.severity for problem in caught.value.problems} == {"error"}


def test_one_key_stands_for_one_matrix(datasets: Path) -> None:
    asked = prepared(datasets)
    assert prepared(datasets).key == asked.key
    assert prepared(datasets, end=date(2023, 12, 28)).key != asked.key
    assert prepared(datasets, start=date(2023, 6, 1)).key != asked.key
    later = datetime(2024, 3, 1, tzinfo=UTC)
    assert prepared(datasets, now=later).key == asked.key
