"""What the page's forms send: the fields of a draft, or its YAML texts."""

from __future__ import annotations

from typing import Any

from django.http import QueryDict

from builder import draft
from builder.rows import number, read
from sigma_core.specs import naming
from sigma_core.specs.yaml_events import MAX_BYTES

#: fields of a request that hold one text of a `draft.Form`
_TEXTS = (
    "pack",
    "ticker",
    "description",
    "tags",
    "universe",
    "set_name",
    "set_description",
    "policy",
    "policy_description",
    "max_age_days",
    "saved",
)
_PREVIEW = ("warn_nan", "fail_nan")
_SETTINGS = ("policy.", "label.", "train.")


def read_draft(posted: QueryDict) -> draft.Form | draft.Texts:
    """What was typed, in the way it was edited; nothing is checked yet."""
    return read_texts(posted) if posted.get("mode") == "yaml" else read_form(posted)


def read_texts(posted: QueryDict) -> draft.Texts:
    """The YAML texts, each cut where no reader would go on."""
    said = {
        part: posted.get(f"yaml.{part}", "").replace("\r\n", "\n")[: MAX_BYTES + 1]
        for part in draft.PARTS
    }
    return draft.Texts(posted.get("pack", ""), saved=posted.get("saved", ""), **said)


def read_form(posted: QueryDict) -> draft.Form:
    """The fields of the form."""
    texts: dict[str, Any] = {key: posted.get(key, "").strip() for key in _TEXTS}
    own = posted.get("own_policy") == "on"
    name = posted.get("policy_name", "").strip() if own else ""
    if name and (texts["policy"] or name != posted.get("policy_from", "")):
        texts["policy"] = name  # else the model goes on leaving it to its pack
    settings = {
        key: posted[key] for key in posted if key.startswith(_SETTINGS) and posted[key]
    }
    form = draft.Form(
        **texts,
        kind="gbm" if posted.get("kind") == "gbm" else "scanner",
        own_policy=own,
        policy_name=name,
        policy_version=_version(posted.get("policy_version", "")),
        settings=settings,
        rows=read(posted),
        set_rest=_set_rest(posted),
        base={part: _base(posted, part) for part in draft.PARTS},
    )
    form.name = _name(posted, form)
    form.set_name = form.set_name or default_set_name(form.name)
    return form


def read_seen(posted: QueryDict) -> dict[str, str]:
    """What each file was when the draft was opened: `name:sha` by part."""
    return {
        part: posted.get(f"seen.{part}", "")
        for part in draft.PARTS
        if posted.get(f"seen.{part}")
    }


def _base(posted: QueryDict, part: str) -> str:
    return posted.get(f"base.{part}", "").replace("\r\n", "\n")[: MAX_BYTES + 1]


def default_set_name(name: naming.ModelName) -> str:
    """How the set of a model is called where nothing is said.

    As long as the model has no name of its own, by one that no shipped set has.
    """
    tail = name.algo or name.variant or "unnamed"
    return f"{name.horizon}_{name.asset}_{tail}"


def _name(posted: QueryDict, form: draft.Form) -> naming.ModelName:
    """The name's parts as typed; of a saved model, its own."""
    parts = [posted.get(f"name.{part}", "") for part in ("asset", "horizon", "cadence")]
    suffix = posted.get("name.suffix", "").strip().lower()
    if posted.get("scope") != "ticker":
        form.ticker = ""
    ticker = naming.symbol_part(form.ticker) if form.ticker else naming.UNIVERSE
    algo = suffix if suffix in naming.ALGOS else ""
    return naming.ModelName(ticker, *parts, algo, "" if algo else suffix)


def _set_rest(posted: QueryDict) -> dict[str, Any]:
    """What the form keeps of a set without showing it as rows."""
    rest: dict[str, Any] = {}
    if version := posted.get("set_version", ""):
        rest["version"] = number(version)
    limits = {key: posted.get(key, "").strip() for key in _PREVIEW}
    if any(limits.values()):
        rest["preview"] = {key: number(text) for key, text in limits.items() if text}
    return rest


def _version(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 10 else 1
