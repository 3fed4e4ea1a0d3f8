"""What a definition file says, as frozen models; `policies` has the policy's own.

- `PackManifest`   pack.yaml
- `IndicatorSet`   indicator_sets/<name>.yaml
- `ModelConfig`    model_configs/<model_id>.yaml: `ScannerConfig` or `GbmConfig`
- `UniverseSpec`   universes/<name>.yaml

Types are strict: a text field takes only text, a number only a number, and a key that
is not listed is an error. `files.read_spec` turns every fault into a `Problem`.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Literal, Self, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    model_validator,
)
from pydantic_core import PydanticCustomError

from sigma_core.errors import SpecError
from sigma_core.specs import naming


class Spec(BaseModel):
    """Base of all: strict, frozen, no unknown keys, no infinities."""

    model_config = ConfigDict(
        strict=True, frozen=True, extra="forbid", allow_inf_nan=False
    )


def _plain_name(value: str) -> str:
    fault = naming.fault_of_name(value)
    if fault:
        raise PydanticCustomError("name", "{fault}", {"fault": fault})
    return value


def _model_id(value: str) -> str:
    try:
        name = naming.parse(value)
        problems = naming.clashes(name)
    except SpecError as error:
        problems = error.problems
    if problems:
        first = problems[0]
        fault = f"{first.message} {first.hint}".rstrip(".")
        raise PydanticCustomError("name", "{fault}", {"fault": fault})
    return value


#: embeddings, overrides and isolates of the bidirectional algorithm (Unicode, UAX 9)
_TURNS = frozenset({"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"})


def _readable(value: str) -> str:
    """A database keeps no NUL, no reader sees the other signs below a blank, and what
    turns the direction of writing makes a text read as another."""
    if any(sign < " " and sign not in "\n\t\r" for sign in value):
        raise PydanticCustomError("text", "it may hold no control characters")
    if any(unicodedata.bidirectional(sign) in _TURNS for sign in value):
        raise PydanticCustomError(
            "text", "it may hold no signs that turn the direction of writing"
        )
    return value


def _semver(value: str) -> str:
    if not re.fullmatch(r"\d{1,6}\.\d{1,6}\.\d{1,6}", value):
        raise PydanticCustomError("semver", "it must be three numbers, such as 1.0.0")
    return value


def _iso_date(value: object) -> object:
    """YAML's core schema knows no dates, so a date arrives as text."""
    if not isinstance(value, str):
        return value
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise PydanticCustomError("date", "it must be a date: YYYY-MM-DD") from error


#: what a ticker is written of
TICKER_FORM = r"[A-Za-z0-9.\-^=/]{1,20}"


def _ticker(value: str) -> str:
    if not re.fullmatch(TICKER_FORM, value):
        raise PydanticCustomError("ticker", "it must be a symbol of 1–20 characters")
    return value


def _scalar(value: object) -> object:
    if not isinstance(value, (int, float, str)):
        raise PydanticCustomError("scalar", "it must be a number or a word")
    if isinstance(value, float) and not math.isfinite(value):
        raise PydanticCustomError("scalar", "it must be a finite number")
    return value


T = TypeVar("T")
#: A list in the file, a tuple here (strict tuples would refuse a list).
Items = Annotated[tuple[T, ...], Field(strict=False)]
Name = Annotated[str, AfterValidator(_plain_name)]
ModelId = Annotated[str, AfterValidator(_model_id)]
Ticker = Annotated[str, AfterValidator(_ticker)]
Text = Annotated[str, Field(max_length=2_000), AfterValidator(_readable)]
Day = Annotated[date, BeforeValidator(_iso_date)]
Param = Annotated[int | float | str, BeforeValidator(_scalar)]
Share = Annotated[float, Field(ge=0, le=1)]
Expression = Annotated[str, Field(min_length=1, max_length=2_000)]
Asset = Literal["eq", "opt"]
Horizon = Literal["0dte", "intraday", "overnight", "swing", "long"]
Cadence = Literal["5m", "15m", "hourly", "daily"]


class PackManifest(Spec):
    """What a pack is for and what its models use where they say nothing."""

    id: Name
    name: Annotated[str, Field(min_length=1, max_length=100)]
    version: Annotated[str, AfterValidator(_semver)]
    description: Text = ""
    assets: Items[Asset] = ("eq",)
    horizons: Items[Horizon] = ()
    cadences: Items[Cadence] = ("daily",)
    providers: Items[Literal["bars", "index", "options"]] = ("bars",)
    default_universe: Name | None = None
    default_policy: Name | None = None
    benchmark: Ticker | None = None
    tags: Items[Name] = ()


class IndicatorSpec(Spec):
    """One entry of a set: a registered indicator with parameters, or an expression.

    In the file the parameters stand beside the name: `{name: rsi, window: 14}`; here
    they are gathered in `params`. `alias` (in the file `as`) renames the columns.
    """

    name: Name | None = None
    expr: Expression | None = None
    alias: Name | None = Field(None, alias="as")
    cadence: Cadence | None = None
    params: Mapping[str, Param] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _gather_params(cls, data: object) -> object:
        if not isinstance(data, dict) or "expr" in data:
            return data  # beside `expr` any other key is unknown
        own = {key: value for key, value in data.items() if key in _INDICATOR_KEYS}
        rest = {key: value for key, value in data.items() if key not in own}
        return {**own, "params": rest}

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.name is None) == (self.expr is None):
            raise PydanticCustomError("indicator", "it needs either a name or an expr")
        if self.expr is not None and (self.alias is None or self.params):
            raise PydanticCustomError(
                "indicator", "an expr needs 'as' and nothing else"
            )
        return self


_INDICATOR_KEYS = ("name", "expr", "as", "cadence")


class PreviewLimits(Spec):
    """Share of missing cells of a column at which a preview warns or fails."""

    warn_nan: Share = 0.10
    fail_nan: Share = 0.30

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.warn_nan > self.fail_nan:
            raise PydanticCustomError("order", "warn_nan must not exceed fail_nan")
        return self


class IndicatorSet(Spec):
    """A named list of indicators with parameters."""

    name: Name
    version: Annotated[int, Field(ge=1)] = 1
    description: Text = ""
    indicators: Annotated[Items[IndicatorSpec], Field(min_length=1, max_length=500)]
    preview: PreviewLimits = PreviewLimits()


class ModelConfig(Spec):
    """What every kind of signal model says about itself."""

    model_id: ModelId
    kind: str
    description: Text = ""
    ticker: Ticker | None = None
    universe: Name | None = None
    indicator_set: Name
    policy: Name | None = None
    tags: Items[Name] = ()


class Gate(Spec):
    """A condition (`name` and `when`) or a group of gates (`all`, `any` or `none`).

    A group may carry a name; without one it is called after its members. `words`
    replaces the generated wording of a condition.
    """

    name: Name | None = None
    when: Expression | None = None
    words: Text | None = None
    all_of: Items[Gate] | None = Field(None, alias="all", min_length=1)
    any_of: Items[Gate] | None = Field(None, alias="any", min_length=1)
    none_of: Items[Gate] | None = Field(None, alias="none", min_length=1)

    @model_validator(mode="after")
    def _one_shape(self) -> Self:
        shapes = (self.when, self.all_of, self.any_of, self.none_of)
        if sum(shape is not None for shape in shapes) != 1:
            raise PydanticCustomError(
                "gate", "it needs exactly one of when, all, any, none"
            )
        if self.when is not None and self.name is None:
            raise PydanticCustomError("gate", "a condition needs a name")
        return self


class Gates(Spec):
    """The gates of a scanner: all that is said here must hold."""

    all_of: Items[Gate] = Field((), alias="all")
    any_of: Items[Gate] = Field((), alias="any")
    none_of: Items[Gate] = Field((), alias="none")


class ScorePart(Spec):
    """One part of the score: `value`, clipped to [0, 1], times `weight`."""

    weight: Annotated[float, Field(gt=0, le=1_000)]
    value: Expression


class ScannerConfig(ModelConfig):
    """A rule-based model: gates decide who may enter, the score decides the order."""

    kind: Literal["scanner"]
    params: Mapping[Name, float] = Field(default_factory=dict)
    gates: Gates = Gates()
    score: Annotated[Mapping[Name, ScorePart], Field(min_length=1, max_length=20)]


class Label(Spec):
    """What a trainable model predicts; `horizon` in sessions."""

    kind: Literal["fwd_ret", "fwd_rank", "close_to_open", "next_bar_ret", "none"]
    horizon: Annotated[int, Field(ge=1, le=252)] | None = None
    at: Literal["open", "close"] = "open"


class Training(Spec):
    """How a trainable model is trained; lengths in sessions."""

    window: Annotated[int, Field(ge=20)] = 756
    refresh: Annotated[int, Field(ge=1)] = 20
    splits: Literal["walk_forward", "purged_kfold"] = "walk_forward"
    folds: Annotated[int, Field(ge=2, le=20)] = 5
    embargo: Annotated[int, Field(ge=0)] = 10
    seed: Annotated[int, Field(ge=0, lt=2**31)] = 7
    start: Day | None = None
    end: Day | None = None


class GbmConfig(ModelConfig):
    """A trainable model (LightGBM)."""

    kind: Literal["gbm"]
    label: Label
    train: Training = Training()
    params: Mapping[Name, float] = Field(default_factory=dict)
    max_age_days: Annotated[int, Field(ge=1)] = 90


#: The kinds of signal model, by the word in the file.
MODEL_KINDS: Mapping[str, type[ModelConfig]] = {
    "scanner": ScannerConfig,
    "gbm": GbmConfig,
}


class UniverseBase(Spec):
    """Where a universe starts: all tickers, a list of them, or a membership file."""

    tickers: Items[Ticker] | None = Field(None, alias="list", min_length=1)
    membership: Name | None = None

    @model_validator(mode="before")
    @classmethod
    def _all_is_a_word(cls, data: object) -> object:
        if data == "all":
            return {}
        if data == {} or not isinstance(data, (dict, UniverseBase)):
            raise PydanticCustomError("base", "it must be all, a list, or a membership")
        return data

    @model_validator(mode="after")
    def _not_both(self) -> Self:
        if self.tickers is not None and self.membership is not None:
            raise PydanticCustomError(
                "base", "it takes a list or a membership, not both"
            )
        return self


class Block(Spec):
    """A ticker kept out from a day on, until (not including) another, and why."""

    ticker: Ticker
    since: Day | None = Field(None, alias="from")
    until: Day | None = None
    reason: Annotated[str, Field(min_length=1, max_length=200)]

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.since and self.until and self.until <= self.since:
            raise PydanticCustomError("order", "until must be later than from")
        return self


class TopBy(Spec):
    """Keep so many of those with the largest average traded on a day, the last step."""

    adv_dollars: Annotated[int, Field(ge=1)] | None = None
    adv_shares: Annotated[int, Field(ge=1)] | None = None

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.adv_dollars is None) == (self.adv_shares is None):
            raise PydanticCustomError(
                "top_by", "it needs either adv_dollars or adv_shares"
            )
        return self


#: Names of other universes.
Universes = Annotated[Items[Name], Field(max_length=20)]


class UniverseSpec(Spec):
    """Which tickers could be chosen on a session, judged on data up to the one before.

    Prices in dollars and raw, volumes in shares a day; `window` is the number of a
    ticker's last own bars over which volume is averaged, `min_age` is in sessions.
    `all_of`, `any_of` and `minus` name other universes: and, or, and not. Funds are
    out unless `exclude_etfs` says no; where nothing is said and other universes are
    taken in, those have decided. A watchlist is a universe that starts from a list.
    """

    name: Name
    version: Annotated[int, Field(ge=1)] = 1
    kind: Literal["universe", "watchlist"] = "universe"
    description: Text = ""
    base: UniverseBase = UniverseBase.model_construct()
    all_of: Universes = ()
    any_of: Universes = ()
    minus: Universes = ()
    dataset: Annotated[str, AfterValidator(_plain_name)] = "auto"
    asset: Asset = "eq"
    min_price: Annotated[float, Field(ge=0)] | None = None
    min_adv_shares: Annotated[float, Field(ge=0)] | None = None
    min_adv_dollars: Annotated[float, Field(ge=0)] | None = None
    window: Annotated[int, Field(ge=1, le=252)] = 20
    min_age: Annotated[int, Field(ge=0, le=10_000)] | None = None
    block: Items[Block] = ()
    top_by: TopBy | None = None
    exclude_etfs: bool | None = None

    @model_validator(mode="after")
    def _a_watchlist_lists(self) -> Self:
        if self.kind == "watchlist" and self.base.tickers is None:
            raise PydanticCustomError("base", "a watchlist starts from a list")
        return self

    @property
    def leaves_out_funds(self) -> bool:
        """Whether funds and the benchmark are left out by its own rule."""
        if self.exclude_etfs is None:
            return not (self.all_of or self.any_of)
        return self.exclude_etfs
