"""Trainings: what the end of one writes, and which of them answers for a model.

    runs/<id>/model.txt, card.json      the newest model
    runs/<id>/models/<number>/…         those of the walk forward, oldest first
    runs/<id>/predictions.parquet       what they said out of sample
    runs/<id>/report.json               how good it was

Of a model's definition as it is now the training that may speak of a session predicts
it (`answering`). A change of what it learned from (`specs.learned`) makes it an old
one; a comment, a tag or another policy does not.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings

from packs_app import datasets
from sigma_core.errors import BadInput, DamagedData, MissingData, Problem
from sigma_core.specs import fingerprint
from sigma_core.specs.learned import learned_sha
from sigma_core.specs.schema import GbmConfig
from signals.jobs.base import Context, Outcome
from signals.models import Run, TrainedModel
from signals.services import scans
from signals.services.answering import answering, predicts_until, trainings_of
from signals.services.endings import run_folder
from signals.services.plain import plain
from signals.services.standings import standing_of

if TYPE_CHECKING:  # lightgbm's parents, numba and deltalake: the types alone
    from sigma_core.builds import Prepared
    from sigma_core.market import Market
    from sigma_core.proofs.trained import Version
    from sigma_core.specs.bundle import Bundle
    from sigma_core.training import Limits, Trained
    from sigma_core.training.scorer import Scorer

TABLE = "predictions.parquet"
Document = dict[str, Any]  # Any: JSON


def limits_for(context: Context) -> Limits:
    """What the child of a training may take; its files lie in the attempt's folder."""
    from sigma_core.training import Limits

    return Limits(
        scratch=context.staging,
        threads=settings.SIGMA_TRAIN_THREADS,
        seconds=float(settings.SIGMA_RUN_SECONDS),
        memory=settings.SIGMA_RUN_MEMORY_BYTES,
    )


def outcome(
    trained: Trained, prepared: Prepared, context: Context, *, asked: date | None
) -> Outcome:
    """What the run keeps of a training; stages models, predictions and report.

    `asked`: the last session that was asked for, None for "the last one held".
    """
    names = trained.write(context.staging)
    summary: Document = plain(trained.summary())
    bundle = prepared.bundle
    card = _card(trained, summary, context.staging, learned_sha(bundle))
    first, last = prepared.sessions
    lineage = trained.model.card.lineage
    return Outcome(
        summary=summary
        | {
            "dataset": prepared.market.dataset.name,
            "synthetic": prepared.market.dataset.synthetic,
            "first_session": str(first),
            "last_session": str(last),
            "splits": card["splits"],
            "threads": card["params"]["num_threads"],
        }
        | standing_of(prepared.market, bundle.universe, asked=asked, now=context.now),
        fingerprint={
            **lineage,
            "trees_sha": summary["trees_sha"],
            "output_sha": summary["output_sha"],
        },
        fields={
            "session": prepared.market.session,
            "dataset": prepared.market.dataset.name,
        },
        artifacts=names,
        save=partial(_save, prepared=prepared, card=card, lineage=lineage),
    )


def _card(trained: Trained, summary: Document, folder: Path, learned: str) -> Document:
    """The newest model's card, with the report, the splits, and what names them."""
    table = (folder / TABLE).read_bytes()
    return {
        **plain(trained.model.card.as_dict()),
        "report": summary["report"],
        "splits": _splits(trained),
        "test_first": summary["test_first"],
        "test_last": summary["test_last"],
        "backtestable": summary["backtestable"],
        "output_sha": summary["output_sha"],
        "predictions_sha": fingerprint.sha_of_bytes(table),
        "learned_sha": learned,
    }


def _splits(trained: Trained) -> list[Document]:
    """Each model of the walk forward: what it was trained on, and what it tested."""
    found = []
    days, model = trained.predictions.axis.days, trained.predictions.model
    for number, one in enumerate(trained.models):
        tested = days[model == number]
        found.append(
            {
                "number": number,
                "train_first": str(one.card.train_first),
                "train_last": str(one.card.train_last),
                "test_first": str(tested[0]),
                "test_last": str(tested[-1]),
                "rows": one.card.rows,
                "trees_sha": one.card.trees_sha,
            }
        )
    return found


def _save(
    run: Run, *, prepared: Prepared, card: Document, lineage: Mapping[str, Any]
) -> Mapping[str, object]:
    """Freeze the definitions, and write the row by which the training is found."""
    bundle = prepared.bundle
    scans.save_inputs(run, prepared.contents)
    TrainedModel.objects.create(
        run=run,
        dataset=prepared.market.dataset.name,
        pack=bundle.pack,
        model_id=bundle.model_id,
        first=date.fromisoformat(card["train_first"]),
        last=date.fromisoformat(card["train_last"]),
        pack_sha=bundle.shas["pack_sha"],
        indicator_set_sha=bundle.shas["indicator_set_sha"],
        model_config_sha=bundle.shas["model_config_sha"],
        matrix_sha=lineage["matrix_sha"],
        trees_sha=card["trees_sha"],
        card=card,
    )
    return {}


def versions(bundle: Bundle) -> list[Version]:
    """The training that answers for a model as it is now, of each dataset it was
    trained over; one query. A version is whole only with the predictions that were
    written."""
    from sigma_core.proofs.trained import Version  # numba

    found: dict[str, Version] = {}
    for row in trainings_of(bundle):
        if row.dataset in found:
            continue
        found[row.dataset] = Version(
            folder=run_folder(row.run_id),
            trees_sha=row.trees_sha,
            dataset=row.dataset,
            run=row.run_id,
            words=f"run {row.run_id}, trained to {row.last} over {row.dataset}",
            require_whole=partial(require_whole, row),
        )
    return list(found.values())


def require_trained(bundle: Bundle, wanted: str | None, session: date | None) -> None:
    """BadInput for a model to be trained that has no training as it is now, or one that
    is too old for a session (None: not asked).

    What a run that waits or works may yet bring is not refused, nor is a dataset that
    is not there: then the run itself says what is missing.
    """
    if not isinstance(bundle.model, GbmConfig) or _is_coming(bundle):
        return
    try:
        dataset = datasets.resolve_dataset(wanted)
    except MissingData:
        return
    row = answering(bundle, dataset, session)
    if row is None:
        from sigma_core.run import untrained  # numba

        raise untrained(bundle)
    until = predicts_until(row.last, bundle.model.max_age_days)
    if session is not None and session > until:
        message = (
            f"its training ended on {row.last}; with max_age_days "
            f"{bundle.model.max_age_days} it says nothing of sessions after {until}."
        )
        hint = "Train it again, or raise max_age_days."
        raise BadInput(Problem("model.age", "model_id", message, hint))


def _is_coming(bundle: Bundle) -> bool:
    """Whether a training of the model waits or works."""
    active = Run.objects.active().filter(kind=Run.Kind.TRAIN)
    return active.filter(pack=bundle.pack, model_id=bundle.model_id).exists()


def find_scorer(bundle: Bundle, market: Market, context: Context) -> Scorer | None:
    """The training that answers for a market's bar; None where there is none.

    Raises BadInput where it may not speak of that session, DamagedData where its files
    are not what it left.
    """
    from sigma_core.training.scorer import open_scorer

    row = answering(bundle, market.dataset.name, market.session)
    if row is None or not isinstance(bundle.model, GbmConfig):
        return None
    require_whole(row)
    return open_scorer(
        run_folder(row.run_id),
        market,
        bundle.model,
        limits_for(context),
        {"trained_run": row.run_id},
    )


def require_whole(row: TrainedModel) -> None:
    """DamagedData where the predictions are not those that were written."""
    path = run_folder(row.run_id) / TABLE
    found = fingerprint.sha_of_bytes(path.read_bytes()) if path.is_file() else ""
    if found != row.card["predictions_sha"]:
        message = "it is missing, or not what the training wrote."
        where = f"run {row.run_id}, {TABLE}"
        hint = "Train the model again; its definition is untouched."
        raise DamagedData(Problem("model.damaged", where, message, hint))
