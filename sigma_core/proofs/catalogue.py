"""What there is to prove, and proving it: indicators, sets, models and canaries."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from sigma_core.errors import Cancelled, Problem, SigmaError, UnknownName
from sigma_core.indicators.registry import Card, card
from sigma_core.proofs import code
from sigma_core.proofs.bench import Bench, bench
from sigma_core.proofs.canaries import Canary, canaries
from sigma_core.proofs.params import calls, provable_cards
from sigma_core.proofs.pipeline import Pipeline
from sigma_core.proofs.prove import prove
from sigma_core.proofs.report import Finding, Kind, Verdict
from sigma_core.proofs.subjects import FeatureSet, Indicator
from sigma_core.proofs.trained import (
    NOT_TRAINED,
    TrainedPipeline,
    Version,
    read_version,
    speaking,
)
from sigma_core.run import plan_of
from sigma_core.specs.bundle import Bundle, list_models, load_bundle

Progress = Callable[[str, float, str], None]
Part = Literal["indicators", "sets", "models", "canaries"]
PARTS: tuple[Part, ...] = ("indicators", "sets", "models", "canaries")


def quiet(step: str, fraction: float, words: str) -> None:
    """For callers that want no progress."""


@dataclass(frozen=True)
class Flight:
    """What became of a canary."""

    name: str
    leak: str
    proof: str
    caught: bool
    finding: Finding | None

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        found = self.finding.as_dict() if self.finding else None
        return {**vars(self), "finding": found}


@dataclass(frozen=True)
class Report:
    """Verdicts and canaries of one run of the proofs."""

    indicators: tuple[Verdict, ...] = ()
    sets: tuple[Verdict, ...] = ()
    models: tuple[Verdict, ...] = ()
    canaries: tuple[Flight, ...] = ()

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        """Those of all kinds."""
        return (*self.indicators, *self.sets, *self.models)

    @property
    def sound(self) -> bool:
        """Something was proved, everything certified, every canary caught."""
        certified = all(verdict.certified for verdict in self.verdicts)
        caught = all(canary.caught for canary in self.canaries)
        return bool(self.verdicts) and certified and caught

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {
            "indicators": [verdict.as_dict() for verdict in self.indicators],
            "canaries": [canary.as_dict() for canary in self.canaries],
            "sets": [verdict.as_dict() for verdict in self.sets],
            "models": [verdict.as_dict() for verdict in self.models],
        }


@dataclass(frozen=True)
class Target:
    """What is to be proved: one thing, or (no name) everything and the canaries."""

    kind: Kind | None = None
    name: str = ""


def find(name: str, packs_root: Path) -> Target:
    """What a name means: an indicator, or a set or model as `pack/name`.

    Raises UnknownName.
    """
    if "/" not in name:
        return Target("indicator", card(name, where="name").name)
    bundles = list(_bundles(packs_root))
    models = {f"{one.pack}/{one.model_id}" for one in bundles}
    sets = {f"{one.pack}/{one.indicator_set.name}" for one in bundles}
    if name in models:
        return Target("model", name)
    if name in sets:
        return Target("set", name)
    raise UnknownName("set or model", name[:200], models | sets, where="name")


#: the trained versions of a gbm as it is now, the newest first
FindVersions = Callable[[Bundle], Sequence[Version]]


def no_versions(bundle: Bundle) -> Sequence[Version]:
    """For callers that know of no training."""
    return ()


def prove_all(
    target: Target,
    *,
    packs_root: Path,
    progress: Progress = quiet,
    find_versions: FindVersions = no_versions,
    keep: Callable[[Report], None] = lambda report: None,
) -> Report:
    """Prove a target. Raises UnknownName for what is not there.

    `keep` is given the verdicts before any canary flies, so that what ends the flight
    takes no proof with it.
    """
    with bench() as table:
        work = _Work(table, packs_root, progress, find_versions)
        report = work.report(target)
        keep(report)
        if target.kind is None:
            report = replace(report, canaries=work.canaries())
        return report


def _bundles(packs_root: Path) -> Iterator[Bundle]:
    """Every model that can be read."""
    for pack, model_id in list_models(packs_root)[0]:
        try:
            yield load_bundle(packs_root, pack, model_id)
        except SigmaError:  # shown with its problems where packs are linted
            continue


class _Work:
    """Verdicts in the making."""

    def __init__(
        self,
        table: Bench,
        packs_root: Path,
        progress: Progress,
        find_versions: FindVersions,
    ) -> None:
        self.table = table
        self.packs_root = packs_root
        self.progress = progress
        self.find_versions = find_versions

    def report(self, target: Target) -> Report:
        """The verdicts on a target."""
        if target.kind is None:
            return Report(
                indicators=self.indicators(list(provable_cards().values())),
                sets=self.sets(),
                models=self.models(),
            )
        if target.kind == "indicator":
            return Report(indicators=self.indicators([card(target.name)]))
        if target.kind == "set":
            return Report(sets=self.sets(target.name))
        return Report(models=self.models(target.name))

    def indicators(self, chosen: list[Card]) -> tuple[Verdict, ...]:
        """Each with its parameter sets, as one verdict."""
        found = []
        for done, one in enumerate(chosen):
            self.progress("indicators", done / len(chosen), one.name)
            tried = calls(one)
            verdicts = [prove(Indicator(call), self.table) for call in tried]
            found.append(_joined(verdicts, code.indicator_sha(tried)))
        return tuple(found)

    def sets(self, name: str = "") -> tuple[Verdict, ...]:
        """Every indicator set that a model uses."""
        bundles = {f"{b.pack}/{b.indicator_set.name}": b for b in self._bundles()}
        chosen = [key for key in sorted(bundles) if name in ("", key)]
        found = []
        for done, key in enumerate(chosen):
            self.progress("sets", done / len(chosen), key)
            bundle = bundles[key]
            plan = plan_of(bundle)
            sha = code.set_sha(bundle.contents["indicator_set"], plan)
            found.append(prove(FeatureSet(key, plan), self.table, code_sha=sha))
        return tuple(found)

    def models(self, name: str = "") -> tuple[Verdict, ...]:
        """Every model, from the universe to the decisions."""
        chosen = [b for b in self._bundles() if name in ("", f"{b.pack}/{b.model_id}")]
        found = []
        for done, bundle in enumerate(chosen):
            self.progress(
                "models", done / len(chosen), f"{bundle.pack}/{bundle.model_id}"
            )
            plan = plan_of(bundle)
            sha = code.model_sha(bundle, plan)
            if bundle.model.kind == "gbm":
                found.append(self._trained(TrainedPipeline(bundle, plan), sha))
            else:
                found.append(prove(Pipeline(bundle, plan), self.table, code_sha=sha))
        return tuple(found)

    def _trained(self, pipeline: TrainedPipeline, sha: str) -> Verdict:
        """A gbm with each of its versions; refuted by name where one can't be asked."""
        versions = self.find_versions(pipeline.bundle)
        params = tuple(one.names for one in versions)
        try:
            found = [self._version(pipeline, one, sha) for one in versions]
        except Cancelled:
            raise
        except SigmaError as error:
            verdict = _unreadable(pipeline, self.table, sha, error.problems[0])
            return replace(verdict, params=params)
        if found:
            notes = tuple(dict.fromkeys(note for one in found for note in one.notes))
            return replace(_joined(found, sha), notes=notes, params=params)
        verdict = prove(pipeline, self.table, code_sha=sha)
        return replace(verdict, notes=(*verdict.notes, NOT_TRAINED))

    def _version(
        self, pipeline: TrainedPipeline, version: Version, sha: str
    ) -> Verdict:
        names = tuple(column.name for column in pipeline.plan.columns)
        model = read_version(version, names)
        with speaking(model, self.table.root) as say:
            verdict = prove(replace(pipeline, say=say), self.table, code_sha=sha)
        said = f"Predictions proved of {version.words}, trees {version.trees_sha[:8]}."
        return replace(verdict, notes=(*verdict.notes, said))

    def canaries(self) -> tuple[Flight, ...]:
        """Each against the proof that must catch it."""
        # leaks in a stage are planted in the model that the quick start runs; where
        # there is none, in the first
        pipelines = sorted(self._pipelines(), key=lambda p: "quickstart" not in p.tags)
        if not pipelines:
            return ()
        planted = list(canaries(pipelines[0], self._gbm()))
        found = []
        for done, canary in enumerate(planted):
            self.progress("canaries", done / len(planted), canary.name)
            found.append(fly(canary, self.table))
        return tuple(found)

    def _bundles(self) -> list[Bundle]:
        return list(_bundles(self.packs_root))

    def _gbm(self) -> TrainedPipeline | None:
        """A gbm over a universe, for the leak in a prediction."""
        gbms = [b for b in self._bundles() if b.model.kind == "gbm"]
        gbms.sort(key=lambda bundle: bundle.model.ticker is not None)
        return TrainedPipeline(gbms[0], plan_of(gbms[0])) if gbms else None

    def _pipelines(self) -> list[Pipeline]:
        scanners = [b for b in self._bundles() if b.model.kind == "scanner"]
        return [Pipeline(b, plan_of(b)) for b in scanners]


def fly(canary: Canary, table: Bench) -> Flight:
    """Whether the named proof catches a canary."""
    verdict = prove(canary.subject, table, only=canary.proof)
    caught = canary.caught(verdict)
    first = next(iter(verdict.findings), None)
    return Flight(canary.name, canary.leak, canary.proof, caught, first)


def _unreadable(
    pipeline: TrainedPipeline, table: Bench, sha: str, problem: Problem
) -> Verdict:
    """The verdict on a model whose trained version can't be asked."""
    finding = Finding(
        proof="prefix",
        trial="the trained version, as it was stored",
        column="prediction",
        ticker="",
        session="",
        expected=None,
        found=None,
        cells=0,
        cause=f"{problem.where}: {problem.message} [{problem.code}]",
        repair=problem.hint,
    )
    return Verdict(
        kind="model",
        name=pipeline.name,
        params=(),
        columns=tuple(column.name for column in pipeline.columns),
        findings=(finding,),
        proofs=(),
        cells=0,
        data_sha=table.data_sha,
        code_sha=sha,
    )


def _joined(verdicts: list[Verdict], code_sha: str) -> Verdict:
    """One verdict over several parameter sets."""
    return replace(
        verdicts[0],
        params=tuple(params for one in verdicts for params in one.params),
        columns=tuple(dict.fromkeys(c for one in verdicts for c in one.columns)),
        findings=tuple(finding for one in verdicts for finding in one.findings),
        cells=sum(one.cells for one in verdicts),
        code_sha=code_sha,
    )
