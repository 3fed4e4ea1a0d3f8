"""The fields of a section that is a list of settings: a policy's, a training's.

Each is read off the schema, so that a new key shows by itself: default and limits from
the schema, the meaning from `MEANINGS` (a test fails for a key without one). An empty
field means the default and is left out of the file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from builder.rows import number, shown
from sigma_core.specs.policies import PolicyRules
from sigma_core.specs.schema import Label, Training

MEANINGS: Mapping[str, str] = {
    "risk.capital": "dollars the book starts with",
    "risk.max_drawdown": "loss from the peak, as a share, at which all is sold",
    "risk.resume_after": "sessions without entries after that; 0 until resumed by hand",
    "risk.max_exposure": "dollars that may be invested at once",
    "selection.top_n": "signals at most in one list",
    "selection.weighting": "the same weight each, or in proportion to the score",
    "selection.hold": "sessions a position is kept",
    "selection.dropout": "names replaced in one session at most, worst first",
    "selection.min_score": "score below which a candidate is no signal",
    "selection.sector_cap": "largest share of the book in one sector; empty: no cap",
    "selection.side": "only long positions exist",
    "execution.fill": "when an order is filled",
    "execution.slippage_bps": "lost on each fill, in hundredths of a percent",
    "execution.commission_bps": "paid on each fill, in hundredths of a percent",
    "execution.size_by_conf": "scale a position by its score / 100",
    "execution.conf_cap": "largest factor that scaling may give",
    "execution.momentum_gate": "trade only with enough momentum",
    "execution.momentum_min": "least momentum that lets a trade pass",
    "execution.momentum_column": "column read as momentum",
    "execution.brackets.enabled": "give each position a stop and a target",
    "execution.brackets.atr_period": "bars of the ATR that measures both",
    "execution.brackets.stop_atr": "ATRs below the fill",
    "execution.brackets.target_atr": "ATRs above the fill",
    "execution.brackets.time_stop": "sessions after which a position is closed",
    "execution.brackets.min_rr": "least target ÷ stop that may be entered",
    "alerting.cooldown_minutes": "minutes before a ticker may be entered again",
    "alerting.max_trades_per_day": "entries on one exchange day at most",
    "run_gate.min_trades": "trades a backtest must show for the badge",
    "run_gate.max_drawdown": "drawdown it may have",
    "run_gate.min_sharpe": "Sharpe ratio it must reach",
    "label.kind": "what is predicted",
    "label.horizon": "sessions ahead",
    "label.at": "price the position is entered at",
    "train.window": "sessions a model is trained on",
    "train.refresh": "sessions until it is trained anew",
    "train.splits": "how the sessions are parted",
    "train.folds": "parts",
    "train.embargo": "sessions left out between training and test",
    "train.seed": "of every random choice",
    "train.start": "first session, YYYY-MM-DD; empty: as far back as the window",
    "train.end": "last session, YYYY-MM-DD; empty: the newest",
}
_SIGNS = ((Ge, "ge", "≥"), (Gt, "gt", ">"), (Le, "le", "≤"), (Lt, "lt", "<"))


@dataclass(frozen=True)
class Field:
    """One setting: how it is called in the form, what it takes, what it holds."""

    key: str
    label: str
    meaning: str
    default: str
    limits: str
    choices: tuple[str, ...]
    value: str = ""


def policy_fields(content: Mapping[str, Any]) -> list[tuple[str, list[Field]]]:
    """The sections of a policy with their fields, filled from its `policy:` part."""
    return [
        (name, list(_fields(section.annotation, f"{name}.", content.get(name) or {})))
        for name, section in PolicyRules.model_fields.items()
    ]


def training_fields(content: Mapping[str, Any]) -> list[Field]:
    """Label and training of a trainable model, filled from its definition."""
    label = _fields(Label, "label.", content.get("label") or {})
    return [*label, *_fields(Training, "train.", content.get("train") or {})]


def nested(flat: Mapping[str, str], prefix: str) -> dict[str, Any]:
    """The fields sent under a prefix as the tree they stand for; empty ones left out.

    `risk.capital` of prefix `policy.` becomes `{"risk": {"capital": …}}`.
    """
    tree: dict[str, Any] = {}
    for key in MEANINGS:
        text = flat.get(f"{prefix}{key}", "").strip()
        if not text:
            continue
        inside = tree
        *above, last = key.split(".")
        for step in above:
            inside = inside.setdefault(step, {})
        inside[last] = _value(text)
    return tree


def _value(text: str) -> object:
    return {"true": True, "false": False}.get(text, number(text))


def _fields(model: Any, prefix: str, content: Mapping[str, Any]) -> list[Field]:
    found: list[Field] = []
    for name, info in model.model_fields.items():
        inner = info.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            found += _fields(inner, f"{prefix}{name}.", content.get(name) or {})
        else:
            found.append(_field(prefix + name, info, content.get(name)))
    return found


def _field(key: str, info: FieldInfo, given: object) -> Field:
    return Field(
        key=key,
        label=key.rpartition(".")[2].replace("_", " "),
        meaning=MEANINGS[key],
        default="" if info.is_required() else _word(info.default),
        limits=_limits(info),
        choices=_choices(info),
        value=_word(given),
    )


def _word(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else shown(value)


def _choices(info: FieldInfo) -> tuple[str, ...]:
    if info.annotation is bool:
        return ("true", "false")
    bare = info.annotation
    return tuple(get_args(bare)) if get_origin(bare) is Literal else ()


def _limits(info: FieldInfo) -> str:
    """`1 to 5000`, `> 0`; empty where there are none."""
    rules = [*info.metadata]
    for inner in get_args(info.annotation):  # of `X | None`
        rules += getattr(inner, "__metadata__", ())
    flat = [part for rule in rules for part in getattr(rule, "metadata", [rule])]
    said = {
        sign: getattr(rule, name)
        for rule in flat
        for kind, name, sign in _SIGNS
        if isinstance(rule, kind)
    }
    if {"≥", "≤"} <= set(said):
        return f"{said['≥']:,.10g} to {said['≤']:,.10g}"
    return " and ".join(f"{sign} {limit:,.10g}" for sign, limit in said.items())
