"""Names: `<ticker>_<asset>_<horizon>_<cadence>[_<algo>|_<variant>]`, and plain ones.

A model's name is split on `_` and matched part by part: one regex for the whole would
be a denial-of-service trap. Names are lower case, so that no two differ by case alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from sigma_core.errors import Problem, SpecError, did_you_mean

ASSETS = ("eq", "opt")
HORIZONS = ("0dte", "intraday", "overnight", "swing", "long")
CADENCES = ("5m", "15m", "hourly", "daily")
#: how a cadence is said before the word "bars"
SPOKEN = {"5m": "5-minute", "15m": "15-minute", "hourly": "hourly", "daily": "daily"}
ALGOS = ("gbm",)
#: The ticker of a model over a universe.
UNIVERSE = "universe"
MODEL_ID_MAX = 128

_NAME = re.compile(r"[a-z0-9][a-z0-9_]{0,63}")
_SEGMENT = re.compile(r"[a-z0-9]+")
_PUNCTUATION = re.compile(r"[^a-z0-9]")
#: Names of devices on Windows, and words that stand for something in an address.
RESERVED = frozenset(
    ["con", "prn", "aux", "nul", "new", "api", "admin", "default"]
    + [f"{device}{number}" for device in ("com", "lpt") for number in range(1, 10)]
)
#: Pairs that exclude each other, with the reason; checked by `clashes`.
_SENSELESS = (
    ("0dte", "daily", "a position that ends the same day can't be decided on daily"),
    ("intraday", "daily", "an intraday position can't be decided on daily"),
    ("eq", "0dte", "shares do not expire, so there is no 0dte with"),
)


@dataclass(frozen=True)
class ModelName:
    """The parts of a model's name; at most one of `algo` and `variant` is set."""

    ticker: str
    asset: str
    horizon: str
    cadence: str
    algo: str = ""
    variant: str = ""

    @property
    def over_universe(self) -> bool:
        """Whether the model ranks a universe and not one ticker."""
        return self.ticker == UNIVERSE

    def __str__(self) -> str:
        parts = [self.ticker, self.asset, self.horizon, self.cadence]
        return "_".join([*parts, *filter(None, [self.algo or self.variant])])


def compose(
    ticker: str, asset: str, horizon: str, cadence: str, suffix: str = ""
) -> str:
    """The model name of these parts; a ticker loses its punctuation (`BRK.B` → `brkb`).

    Raises SpecError if the parts make no valid name or no sense together.
    """
    parts = [
        symbol_part(ticker),
        asset,
        horizon,
        cadence,
        *([suffix] if suffix else []),
    ]
    name = parse("_".join(parts))
    problems = clashes(name)
    if problems:
        raise SpecError(problems)
    return str(name)


def symbol_part(ticker: str) -> str:
    """A ticker as it stands in a model's name: `BRK.B` → `brkb`."""
    return _PUNCTUATION.sub("", ticker.lower())


def parse(model_id: str, *, where: str = "model_id") -> ModelName:
    """The parts of a model name. Raises SpecError naming the part that is wrong.

    What follows the cadence is one suffix: an algo if it is a known one, else a
    variant, which may itself contain `_`.
    """
    shown = model_id[:MODEL_ID_MAX]
    if len(model_id) > MODEL_ID_MAX:
        raise _wrong(where, shown, f"is longer than {MODEL_ID_MAX} characters.")
    parts = model_id.split("_")
    if len(parts) < 4:
        raise _wrong(where, shown, f"has {len(parts)} of at least 4 parts.")
    for part in parts:
        if not _SEGMENT.fullmatch(part):
            raise _wrong(where, shown, f"has a part {part!r}; parts are a–z and 0–9.")
    known = {"asset": ASSETS, "horizon": HORIZONS, "cadence": CADENCES}
    for (kind, words), part in zip(known.items(), parts[1:4], strict=True):
        if part not in words:
            hint = did_you_mean(part, words)
            raise _wrong(where, shown, f"has no {kind} {part!r}.", hint)
    suffix = "_".join(parts[4:])
    algo = suffix if suffix in ALGOS else ""
    ticker, asset, horizon, cadence = parts[:4]
    return ModelName(ticker, asset, horizon, cadence, algo, "" if algo else suffix)


def clashes(name: ModelName, *, where: str = "model_id") -> list[Problem]:
    """Combinations that make no sense, such as `0dte` with `daily`; empty if none."""
    parts = {name.asset, name.horizon, name.cadence}
    return [
        Problem(
            code="name.clash",
            where=where,
            message=f"{str(name)!r} joins {one!r} and {other!r}: {why} {end}.",
            hint="Change one of the two.",
        )
        for one, other, why in _SENSELESS
        for end in ("bars" if other == "daily" else one,)
        if {one, other} <= parts
    ]


def fault_of_name(name: str) -> str | None:
    """What is wrong with a plain name (pack, set, policy, universe, tag); else None."""
    if not _NAME.fullmatch(name):
        return "it must be 1–64 characters of a–z, 0–9 and _, not starting with _"
    if name in RESERVED:
        return "it is a reserved word"
    return None


def _wrong(where: str, model_id: str, what: str, hint: str = "") -> SpecError:
    form = "Write <ticker>_<asset>_<horizon>_<cadence>[_<algo>|_<variant>]."
    message = f"the model name {model_id!r} {what}"
    return SpecError(Problem("name.malformed", where, message, hint or form))
