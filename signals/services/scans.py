"""What the end of a scan writes: its signals, its definitions, the list's new state."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from packs_app import days
from signals.jobs.base import Context, Outcome
from signals.models import ConfigSnapshot, Run, Signal, SignalList
from signals.services.plain import plain
from signals.services.standings import AsOf, standing_of

if TYPE_CHECKING:  # numba and deltalake: the type alone is wanted here
    from sigma_core.results import ScanResult

PATHS = "decision_paths.parquet"
#: columns of a signal that are the engine's own
FROM_ENGINE = (
    "ticker",
    "name",
    "sector",
    "side",
    "rank",
    "score_total",
    "parts",
    "gates",
    "weight",
    "verdict",
    "verdict_value",
    "verdict_limit",
    "tradeable",
    "open",
    "high",
    "low",
    "close",
    "change",
    "volume",
    "volume_ratio",
    "closes",
)
FROM_FINGERPRINT = ("pack_sha", "indicator_set_sha", "model_config_sha", "policy_sha")


def outcome(result: ScanResult, context: Context, *, asked: AsOf) -> Outcome:
    """What the run keeps of a scan; stages the decision paths of all tickers.

    `asked`: the session that was asked for, None for "the last one held".
    """
    standing = standing_of(
        result.market, result.bundle.universe, asked=asked, now=context.now
    )
    # page checksums: a flipped bit is an error when read, not another number
    result.paths.to_parquet(
        context.staging / PATHS, index=False, write_page_checksum=True
    )
    return Outcome(
        summary=result.summary() | standing,
        fingerprint={**result.fingerprint, "output_sha": result.output_sha},
        fields={"session": result.session, "dataset": result.dataset},
        artifacts=(PATHS,),
        save=partial(_save, result=result, marks=standing["marks"]),
    )


def _save(run: Run, *, result: ScanResult, marks: list[str]) -> Mapping[str, object]:
    """All rows of a scan."""
    return {**save_scan(run, result=result), **save_universe(result, marks)}


def save_scan(run: Run, *, result: ScanResult) -> Mapping[str, object]:
    """Write the signals, and make them the current ones of their list.

    To be called in the transaction that ends the run. Runs of one list queue up for
    the list's row. A run that started before the one whose list is current, but ended
    after it, has read older bars: its signals are kept as revision 0, never current.

    Rows are research rows, one of each run, ticker and bar. `revision` is the state
    of the list: a run whose output equals the one before writes its rows under the same
    revision, and its summary says `unchanged` and which run it is the `same_as`.
    """
    of_list = {
        "dataset": result.dataset,
        "pack": run.pack,
        "model_id": run.model_id,
        "session": result.session,
        "ts": result.ts,
    }
    save_inputs(run, result.contents)
    revision, before = _take_list(run, of_list, result.output_sha)
    if revision:
        Signal.objects.filter(**of_list).current().update(current=False)
    shared = of_list | {name: result.fingerprint[name] for name in FROM_FINGERPRINT}
    Signal.objects.bulk_create(
        (
            Signal(
                run=run,
                revision=revision,
                current=revision > 0,
                output_sha=result.output_sha,
                **shared,
                **{name: plain(getattr(signal, name)) for name in FROM_ENGINE},
            )
            for signal in result.signals
        ),
        batch_size=500,
    )
    if before is None:
        return {"revision": revision}
    return {"revision": revision, "unchanged": True, "same_as": before}


def save_universe(result: ScanResult, marks: list[str]) -> Mapping[str, object]:
    """Keep the day's list of the model's universe; a single ticker has none."""
    bundle = result.bundle
    if bundle.model.ticker is not None:
        return {}
    found = days.found_in(
        result.market.days,
        result.judged,
        name=bundle.universe.name,
        sha=bundle.shas["universe_sha"],
        benchmark=bundle.manifest.benchmark,
        marks=marks,
    )
    day = days.record(found)
    return {"universe_day": {"revision": day.revision, "list_sha": day.list_sha}}


def _take_list(
    run: Run, of_list: Mapping[str, object], output_sha: str
) -> tuple[int, int | None]:
    """Make the list this run's; its revision, and the run before if output is equal.

    Revision 0, and the list stays as it is, if a run that started later has it.
    """
    first = {"run": run, "output_sha": output_sha}
    known, created = SignalList.objects.get_or_create(**of_list, defaults=first)
    if created:
        return known.revision, None
    # runs of one list meet here; whoever comes second sees what the first wrote
    known = SignalList.objects.select_for_update(of=("self",)).get(pk=known.pk)
    same_as = known.run_id if known.output_sha == output_sha else None
    if _started(known.run) > _started(run):
        return 0, same_as
    if same_as is None:
        known.revision += 1
    known.run, known.output_sha = run, output_sha
    known.save(update_fields=["run", "output_sha", "revision"])
    return known.revision, same_as


def _started(run: Run) -> tuple[Any, int]:
    """Order of runs by what they could have read."""
    return run.started_at or run.created_at, run.pk


def save_inputs(
    run: Run, contents: Iterable[tuple[str, str, str, Mapping[str, object]]]
) -> None:
    """Freeze the definitions; equal content is stored once, whoever comes first."""
    by_sha = {sha: (kind, name, content) for kind, name, sha, content in contents}
    ConfigSnapshot.objects.bulk_create(
        # sorted: two transactions that insert the same rows in one order can't deadlock
        (
            ConfigSnapshot(kind=kind, name=name, sha=sha, content=plain(content))
            for sha, (kind, name, content) in sorted(by_sha.items())
        ),
        ignore_conflicts=True,
    )
    run.inputs.add(*ConfigSnapshot.objects.filter(sha__in=by_sha))
