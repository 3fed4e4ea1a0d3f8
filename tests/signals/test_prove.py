"""The job `prove`: certificates, what they cost, when they are stale; the command."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from packs_app import certificates
from packs_app.models import Certificate
from packs_app.services import find_card, find_model
from sigma_core.errors import UnknownName
from sigma_core.proofs.catalogue import Report
from sigma_core.proofs.params import calls
from sigma_core.specs.bundle import load_bundle
from sigma_core.specs.learned import learned_sha
from signals.models import Run, TrainedModel
from signals.services import runs
from tests.builders import MODEL, make_run
from tests.core.training import toy as toys

pytestmark = pytest.mark.django_db


def prove(name: str) -> Run:
    return runs.execute_here(runs.create_run(kind="prove", params={"name": name}))


def test_it_writes_a_certificate_with_both_shas_and_its_cost():
    run = prove("rsi")
    assert run.status == Run.Status.SUCCEEDED
    (held,) = Certificate.objects.all()
    assert (held.kind, held.name, held.certified) == ("indicator", "rsi", True)
    assert held.params == [dict(call.params) for call in calls(find_card("rsi"))]
    assert held.run_id == run.pk
    assert held.proved_at == run.started_at
    assert len(held.data_sha) == len(held.code_sha) == 64
    assert 0 < held.cost < 10_000
    assert held.cells > 100_000


def test_the_cost_is_measured_once_for_each_state_of_the_code():
    prove("sma")
    first = Certificate.objects.get()
    Certificate.objects.update(cost=123.0)
    prove("sma")
    assert Certificate.objects.first().cost == 123.0
    Certificate.objects.update(code_sha="0" * 64)
    prove("sma")
    assert Certificate.objects.first().cost != 123.0
    assert Certificate.objects.first().code_sha == first.code_sha


def test_a_certificate_is_stale_when_the_code_is_another():
    card = find_card("sma")
    assert certificates.of_indicator(card).state == "none"
    prove("sma")
    assert certificates.of_indicator(card).state == "certified"
    Certificate.objects.update(code_sha="0" * 64)
    assert certificates.of_indicator(card).state == "stale"


def test_the_newest_certificate_counts():
    prove("sma")
    held = Certificate.objects.get()
    held.pk, held.certified = None, False
    held.save()
    assert certificates.of_indicator(find_card("sma")).state == "failed"


def test_a_set_is_certified_until_its_definition_changes(packs):
    name = "swing_eq_breakout_scanner"
    prove(f"swingsigma/{name}")
    view = find_model("swingsigma", MODEL)
    assert certificates.of_sets([view])[f"swingsigma/{name}"].state == "certified"
    path = packs / "swingsigma" / "indicator_sets" / f"{name}.yaml"
    before = path.read_text()
    try:
        path.write_text(before.replace("window: 63", "window: 62"))
        changed = find_model("swingsigma", MODEL)
        assert certificates.of_sets([changed])[f"swingsigma/{name}"].state == "stale"
    finally:
        path.write_text(before)


def test_a_model_is_certified_whole():
    run = prove(f"swingsigma/{MODEL}")
    (row,) = run.summary["models"]
    assert row["certified"]
    assert {"universe", "score_total", "selected", "reason"} <= set(row["columns"])
    standing = certificates.model_standing("swingsigma", MODEL)
    assert standing.state == "certified"


def test_it_suggests_the_name_that_was_meant():
    with pytest.raises(UnknownName, match="'rsi'"):
        runs.create_run(kind="prove", params={"name": "rsx"})
    with pytest.raises(UnknownName, match=MODEL):
        runs.create_run(kind="prove", params={"name": f"swingsigma/{MODEL}s"})


@pytest.fixture
def toy(tmp_path, settings) -> str:
    """A pack of one gbm and nothing else."""
    settings.SIGMA_PACKS = toys.write_pack(tmp_path)
    return f"{toys.PACK}/{toys.MODEL}"


def test_a_gbm_that_is_not_trained_says_so(toy):
    run = prove(toy)
    (row,) = run.summary["models"]
    assert row["certified"]
    assert any(note.startswith("Not trained: predictions not") for note in row["notes"])
    standing = certificates.model_standing(toys.PACK, toys.MODEL)
    assert standing.state == "certified"


def test_a_training_whose_files_are_gone_refutes_the_model(toy, settings):
    bundle = load_bundle(settings.SIGMA_PACKS, toys.PACK, toys.MODEL)
    card = {"learned_sha": learned_sha(bundle), "predictions_sha": "0" * 64}
    trained = make_run(kind="train")
    TrainedModel.objects.create(
        run=trained,
        dataset="main",
        pack=toys.PACK,
        model_id=toys.MODEL,
        first=date(2020, 1, 2),
        last=date(2023, 1, 3),
        card=card,
    )
    run = prove(toy)
    assert (run.status, run.summary["sound"]) == (Run.Status.SUCCEEDED, False)
    (row,) = run.summary["models"]
    assert (row["name"], row["certified"]) == (toy, False)
    assert f"run {trained.pk}, predictions.parquet" in row["findings"][0]["cause"]
    assert not Certificate.objects.get(name=toy).certified


def test_what_ends_the_canaries_takes_no_certificate_with_it(toy, monkeypatch):
    from sigma_core.proofs import catalogue

    def fall(work: object) -> None:
        raise OSError("no more air")

    monkeypatch.setattr(catalogue, "provable_cards", dict)
    monkeypatch.setattr(catalogue._Work, "canaries", fall)
    run = runs.create_run(kind="prove", params={"name": None})
    assert runs.execute_here(run).status == Run.Status.FAILED
    assert Certificate.objects.get(kind="model").name == toy


def test_a_report_without_a_verdict_is_not_sound() -> None:
    assert not Report().sound


def test_the_command_prints_the_document():
    out = StringIO()
    call_command("prove", "rsi", "--json", stdout=out, stderr=StringIO())
    document = json.loads(out.getvalue())
    assert document["sound"] is True
    assert [row["name"] for row in document["indicators"]] == ["rsi"]
    assert document["indicators"][0]["certified"] is True
    assert document["canaries"] == document["sets"] == document["models"] == []


@pytest.mark.parametrize("given", [(), ("rsi", "--all")])
def test_the_command_wants_one_name_or_all(given):
    with pytest.raises(CommandError) as caught:
        call_command("prove", *given, stdout=StringIO(), stderr=StringIO())
    assert caught.value.returncode == 2


def test_the_command_fails_when_something_is_refuted(monkeypatch):
    from sigma_core.proofs import catalogue
    from sigma_core.proofs.leaky_cores import Planted, planted_call, tomorrow

    leak = planted_call("leak", tomorrow)
    leak = replace(leak, card=replace(leak.card, name="rsi"))
    monkeypatch.setattr(catalogue, "Indicator", lambda call: Planted(leak))
    out = StringIO()
    with pytest.raises(CommandError) as caught:
        call_command("prove", "rsi", stdout=out, stderr=StringIO())
    assert caught.value.returncode == 1
    assert "shift(-1)" in out.getvalue()
    assert not Certificate.objects.get().certified
