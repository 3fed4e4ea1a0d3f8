"""A certificate of a trained model is of the trees that answer, and ends with them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from packs_app import certificates, trees
from packs_app.models import Certificate
from packs_app.trees import Answering, Trees
from signals.models import Run
from signals.services import runs
from tests.definitions import examples
from tests.signals.training import CONFIG, MODEL, NAME, PACK, learner, train
from tests.small_market import DATASET, make_market

(TABLE,) = examples("certificate")


def answering(cell: str) -> Trees:
    """What a cell of the table names."""
    named = [one.split() for one in cell.split(";") if one.strip() != "–"]
    return {dataset: Answering(int(run), sha) for dataset, run, sha in named}


@pytest.mark.parametrize("row", TABLE.rows, ids=lambda row: row["answer now"])
def test_it_is_out_of_date_as_written(row: dict[str, str]) -> None:
    before = answering(row["proved"])
    proved = [
        {"dataset": name, "run": one.run, "trees_sha": one.trees_sha}
        for name, one in before.items()
    ]
    found = trees.difference(proved, answering(row["answer now"]))
    said = f"Other trees answer than were proved: {row['stale']}. Prove it again."
    assert found == ("" if row["stale"] == "–" else said)


@pytest.fixture
def model(home: Path, settings: Any, db: None) -> Iterator[Path]:
    """Bars to learn from, and the file of a model that may."""
    settings.SIGMA_TRAIN_THREADS = 1
    make_market(home)
    with learner() as path:
        yield path


def prove() -> Run:
    run = runs.execute_here(runs.create_run(kind="prove", params={"name": NAME}))
    assert run.status == "succeeded", run.reason
    return run


def state() -> str:
    return certificates.model_standing(PACK, MODEL).state


def test_it_is_stale_once_other_trees_answer(
    model: Path, viewer, builder_user, client_of, token_client
) -> None:
    first = train()
    prove()
    (named,) = Certificate.objects.get().params
    sha = first.trained.trees_sha
    assert named == {"dataset": DATASET, "run": first.pk, "trees_sha": sha}
    assert state() == "certified"
    train()  # the same bars, the same trees
    train("--end", "2023-08-01")  # answers for older sessions alone
    assert state() == "certified"
    later = train("--end", "2023-09-29")
    assert later.trained.trees_sha != sha
    said = (
        f"Other trees answer than were proved: over {DATASET} those of run {later.pk} "
        f"(proved: those of run {first.pk}). Prove it again."
    )
    address = f"/api/models/{PACK}/{MODEL}"
    shown = token_client(viewer, "viewer").get(address).json()["certificate"]
    assert (shown["state"], shown["certified"]) == ("stale", False)
    assert shown["reason"] == said
    page = client_of(viewer).get(f"/models/{NAME}/").content.decode()
    assert f"○ stale. {said}" in page
    assert "Prove it</button>" not in page
    client = client_of(builder_user)
    assert "Prove it</button>" in client.get(f"/models/{NAME}/").content.decode()
    client.post("/indicators/prove/", {"name": NAME})
    runs.execute_here(Run.objects.latest("pk"))
    assert state() == "certified"
    assert said not in client.get(f"/models/{NAME}/").content.decode()


def test_a_stand_ins_certificate_ends_with_the_first_training(model: Path) -> None:
    prove()
    assert (state(), Certificate.objects.get().params) == ("certified", [])
    run = train()
    standing = certificates.model_standing(PACK, MODEL)
    assert standing.state == "stale"
    assert f"those of run {run.pk} (proved: none)" in standing.meaning


def test_a_draft_of_it_has_the_same_state(model: Path) -> None:
    from sigma_core.specs.bundle import load_bundle
    from tests.home import PACKS

    train()
    prove()
    bundle = load_bundle(PACKS, PACK, MODEL)
    assert certificates.of_draft(bundle)["model"] == "certified"
    train("--end", "2023-09-29")
    assert certificates.of_draft(bundle)["model"] == "stale"
    # what it learns from has changed: the code's sha says so first
    model.write_text(CONFIG.replace("horizon: 5", "horizon: 3"), encoding="utf-8")
    assert certificates.model_standing(PACK, MODEL).meaning.startswith("The code or")


def test_it_asks_for_trees_only_where_one_is_certified(
    model: Path, viewer, client_of, django_assert_num_queries
) -> None:
    client = client_of(viewer)
    with django_assert_num_queries(4):
        client.get("/api/models")
    train()
    prove()
    with django_assert_num_queries(5):
        client.get("/api/models")
