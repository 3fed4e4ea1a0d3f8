"""A gbm is proved whole with the trees it was trained to, and never left out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from sigma_core.boosting.artifact import Card, Model, read, trees_sha
from sigma_core.boosting.params import params_of
from sigma_core.boosting.process import Limits, Trees
from sigma_core.boosting.rows import as_kept, rows_of
from sigma_core.proofs.canaries import Canary
from sigma_core.proofs.catalogue import Report, Target, fly, prove_all
from sigma_core.proofs.leaky_stages import NormalisedPredictions
from sigma_core.proofs.report import Verdict
from sigma_core.proofs.trained import (
    NOT_TRAINED,
    TrainedPipeline,
    Version,
    speaking,
)
from sigma_core.run import plan_of
from sigma_core.specs.bundle import load_bundle
from sigma_core.specs.fingerprint import sha_of_bytes
from tests.core.training.toy import MODEL, PACK, write_pack

NAME = f"{PACK}/{MODEL}"
DAY = date(2015, 6, 1)


@pytest.fixture(scope="module")
def packs(tmp_path_factory) -> Path:
    return write_pack(tmp_path_factory.mktemp("packs"))


@pytest.fixture(scope="module")
def pipeline(packs: Path) -> TrainedPipeline:
    bundle = load_bundle(packs, PACK, MODEL)
    return TrainedPipeline(bundle, plan_of(bundle))


@pytest.fixture(scope="module")
def trained(pipeline, table, tmp_path_factory) -> Model:
    """Real trees, fitted to the next day's sign on the sample itself."""
    world = table.stage(60).world
    market = world.market(world.bars.axis.shape[1] - 1)
    features = pipeline.features(market, pipeline.universe(market), 0)
    rows = rows_of(as_kept(features))
    labels = np.sin(np.arange(len(rows.values)) / 9) + np.sign(rows.values[:, 0])
    params = params_of({"rounds": 8, "min_data_in_leaf": 20}, seed=7, threads=1)
    with Trees(rows.values, rows.columns, Limits(tmp_path_factory.mktemp("t"))) as t:
        every = range(len(labels))
        text = t.fit(t.label(labels), [every], params, range(0)).text
    return Model(text, card_of(text, rows.columns))


def card_of(text: str, columns: tuple[str, ...]) -> Card:
    return Card(
        *(PACK, MODEL, columns, "fwd_ret_5", DAY, DAY, DAY, 100, 100, {}, 60),
        text_sha=sha_of_bytes(text.encode()),
        trees_sha=trees_sha(text),
        ranges={},
        metrics={},
        lineage={},
    )


@pytest.fixture
def version(trained: Model, tmp_path: Path) -> Version:
    trained.write(tmp_path)
    return Version(tmp_path, trained.card.trees_sha, "demo", 7, "run 7")


def verdict_on(packs: Path, *versions: Version) -> Verdict:
    found = prove_all(
        Target("model", NAME), packs_root=packs, find_versions=lambda bundle: versions
    )
    (verdict,) = found.models
    return verdict


def test_with_its_trees_it_is_proved_from_universe_to_list(packs, version):
    verdict = verdict_on(packs, version)
    assert verdict.certified, [str(one) for one in verdict.findings]
    wanted = {"universe", "rsi_14", "prediction", "score_total", "rank", "selected"}
    assert wanted <= set(verdict.columns)
    said = f"Predictions proved of run 7, trees {version.trees_sha[:8]}."
    assert said in verdict.notes
    named = {"dataset": "demo", "run": 7, "trees_sha": version.trees_sha}
    assert verdict.params == (named,)
    assert NOT_TRAINED not in verdict.notes


def test_without_a_version_it_says_that_predictions_are_not_proved(packs):
    verdict = verdict_on(packs)
    assert verdict.certified
    assert NOT_TRAINED in verdict.notes
    assert "prefix" in verdict.proofs


def changed_text(folder: Path) -> None:
    path = folder / "model.txt"
    path.write_text(path.read_text().replace("leaf_value=", "leaf_value=9", 1))


def no_text(folder: Path) -> None:
    (folder / "model.txt").unlink()


def no_card(folder: Path) -> None:
    (folder / "card.json").write_text("{")


def other_trees(folder: Path) -> None:
    """Trees with a card of their own, which are not those that were stored."""
    model = read(folder)
    text = model.text.replace("leaf_value=", "leaf_value=9", 1)
    Model(text, card_of(text, model.card.columns)).write(folder)


def other_columns(folder: Path) -> None:
    card = json.loads((folder / "card.json").read_text())
    card["columns"] = card["columns"][::-1]
    (folder / "card.json").write_text(json.dumps(card))


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (changed_text, "model.damaged"),
        (no_text, "model.damaged"),
        (no_card, "model.damaged"),
        (other_trees, "model.damaged"),
        (other_columns, "model.columns"),
    ],
)
def test_a_version_that_is_not_what_was_stored_refutes_it(packs, version, spoil, code):
    spoil(version.folder)
    verdict = verdict_on(packs, version)
    (finding,) = verdict.findings
    assert (verdict.name, verdict.certified) == (NAME, False)
    assert code in finding.cause
    assert [one["run"] for one in verdict.params] == [7]
    assert "prediction" in str(finding)


def test_trees_that_lightgbm_cannot_read_refute_it(packs, version):
    model = read(version.folder)
    start = model.text.index("\nTree=0\n")
    text = f"nonsense{model.text[start:]}"
    Model(text, card_of(text, model.card.columns)).write(version.folder)
    (finding,) = verdict_on(packs, version).findings
    assert "train.lost" in finding.cause


def test_trees_scaled_over_all_dates_are_caught(pipeline, trained, table, tmp_path):
    with speaking(trained, tmp_path) as say:
        leak = NormalisedPredictions(pipeline.bundle, pipeline.plan, say=say)
        flight = fly(Canary("leak", "", "prefix", "whole sample", leak), table)
    assert flight.caught, flight.finding
    assert flight.finding is not None
    assert flight.finding.column == "prediction"


def test_verdicts_are_kept_before_a_canary_falls(packs, monkeypatch):
    from sigma_core.proofs import catalogue

    def fall(work: object) -> Sequence[object]:
        raise OSError("no more air")

    monkeypatch.setattr(catalogue, "provable_cards", dict)
    monkeypatch.setattr(catalogue._Work, "canaries", fall)
    kept: list[Report] = []
    with pytest.raises(OSError, match="air"):
        prove_all(Target(), packs_root=packs, keep=kept.append)
    assert [one.name for one in kept[0].models] == [NAME]
