"""A gbm's whole way as a subject: universe, features, predictions, scores, decisions.

1. `versions` of a model, if it was trained: each read, and held against its sha
2. its trees say what they say in one child for the whole proof, of rows that are made
   as a scan makes them
3. without a version a stand-in speaks instead of trees: what lies around them is
   proved, and the certificate says that they are not

A version is asked about sessions it has learned from, too: that the same rows give the
same predictions is proved, not that they are any good.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np

from sigma_core import run
from sigma_core.boosting import artifact
from sigma_core.boosting.artifact import Model
from sigma_core.boosting.process import Limits, Trees
from sigma_core.boosting.rows import Rows, as_kept, rows_of
from sigma_core.errors import DamagedData, Problem
from sigma_core.explain import Plain
from sigma_core.frames import Floats, Matrix
from sigma_core.market import Market
from sigma_core.proofs.pipeline import DECISIONS, Pipeline, crossing
from sigma_core.proofs.subjects import Column, Stepping, set_columns
from sigma_core.proofs.worlds import World
from sigma_core.results import ScanResult
from sigma_core.signal_models import gbm
from sigma_core.signal_models.base import Scores
from sigma_core.specs.schema import GbmConfig
from sigma_core.universe import Universe

#: rows → what trees, or what stands in for them, say of each
Say = Callable[[Rows], Floats]
NOT_TRAINED = (
    "Not trained: predictions not proved. Its lists are those of a stand-in that "
    "speaks where its trees would."
)


@dataclass(frozen=True)
class Version:
    """A trained version of a model: its folder, the sha of its trees as it was stored,
    the dataset and the run of its training, and what it is called.

    `require_whole` raises DamagedData where other files than the trees are not those
    that were stored.
    """

    folder: Path
    trees_sha: str
    dataset: str
    run: int
    words: str
    require_whole: Callable[[], None] = lambda: None

    @property
    def names(self) -> dict[str, float | str]:
        """As a certificate names it."""
        return {"dataset": self.dataset, "run": self.run, "trees_sha": self.trees_sha}


def stand_in(rows: Rows) -> Floats:
    """A number from each row's own values alone, large ones damped."""
    weights = 1.0 / np.arange(2, len(rows.columns) + 2)
    damped: Floats = np.sign(rows.values) * np.log1p(np.abs(rows.values))
    # summed column by column: a product of matrices rounds by the number of rows
    total = np.zeros(len(rows.values))
    for at, weight in enumerate(weights):
        total += weight * damped[:, at]
    return total


@dataclass(frozen=True)
class TrainedPipeline(Pipeline):
    """One gbm over a world; `say` speaks for its trees."""

    say: Say = field(default=stand_in)

    @property
    def single(self) -> bool:
        """Whether it is of one ticker, placed among its own predictions before."""
        config = self.bundle.model
        return isinstance(config, GbmConfig) and config.ticker is not None

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """universe, features, prediction, score, then decisions.

        From where a history begins may move a feature by a millionth, and that a
        prediction across a split of a tree: no `stable` is promised after the features.
        """
        features = set_columns(self.plan)
        among = (self.member, *features)
        said = Column(
            "prediction",
            stable=None,
            crosses=any(column.crosses for column in among),
            market=any(column.market for column in among),
        )
        after = [
            Column("score_total", 0, 0, 100, stable=None),
            Column("eligible", 0, 0, 1, stable=None),
            *(Column(name, stable=None, ties=True, decided=True) for name in DECISIONS),
        ]
        return (*among, said, *map(crossing, after))

    def stepped(self, world: World) -> Stepping | None:
        """A trained model is scanned in full on every bar."""
        return None

    def scan(self, market: Market) -> ScanResult:
        """One session alone."""
        return run.scan_market(self.bundle, self.plan, market, trained=_Asked(self))

    def features(self, market: Market, universe: Universe, first: int) -> Matrix:
        """The set's columns, of a single ticker from the first session on."""
        begin = 0 if self.single else first
        return run.build_features(self.plan, market, universe, begin)

    def scores(self, market: Market, features: Matrix) -> Scores:
        """Predictions, placed."""
        return self.placed(features)

    def placed(self, features: Matrix) -> Scores:
        """The scores of a matrix's sessions."""
        return gbm.scores(features, self.predicted(features), single=self.single)

    def predicted(self, features: Matrix) -> Floats:
        """`[ticker, session]`, NaN for those of whom nothing is said."""
        rows = rows_of(as_kept(features))
        said = self.say(rows) if len(rows.values) else np.zeros(0)
        return rows.spread(said, range(len(said)), features.axis.shape)

    def judged(self, scores: Scores) -> list[Floats]:
        """What the total rests on: the prediction."""
        assert scores.prediction is not None  # noqa: S101 # of a gbm it always is
        return [scores.prediction]


@dataclass(frozen=True)
class _Asked:
    """A pipeline as a scan asks a training."""

    pipeline: TrainedPipeline
    names: Mapping[str, object] = field(default_factory=dict)

    def reads_from(self, market: Market) -> int:
        return 0 if self.pipeline.single else market.column

    def transform(self, matrix: Matrix) -> Scores:
        return self.pipeline.placed(matrix)

    def why(self, matrix: Matrix, tickers: Sequence[str]) -> Mapping[str, Plain]:
        return {}


def read_version(version: Version, columns: tuple[str, ...]) -> Model:
    """The newest model of a version, once all its models were found whole.

    Raises DamagedData where a file is missing or another than was stored, BadInput
    `model.columns` where it reads other columns than the set has.
    """
    version.require_whole()
    model = artifact.read(version.folder)
    for folder in sorted((version.folder / "models").glob("*")):
        artifact.read(folder)
    if artifact.trees_sha(model.text) != version.trees_sha:
        where = f"{version.words}, {artifact.TEXT}"
        message = "its trees are not those that were stored."
        hint = "Train the model again; its definition is untouched."
        raise DamagedData(Problem("model.damaged", where, message, hint))
    model.require_columns(columns)
    return model


@contextmanager
def speaking(model: Model, scratch: Path) -> Iterator[Say]:
    """What a model's trees say, from one child that lives as long as this."""
    columns = model.card.columns
    nothing = np.zeros((0, len(columns)))
    with Trees(nothing, columns, Limits(scratch, threads=1)) as trees:
        yield lambda rows: trees.predict(model.text, values=rows.values)[0]
