"""What the Builder's form sends, made from a draft."""

from __future__ import annotations

from django.http import QueryDict

from builder import opening
from builder.draft import Form
from builder.rows import Rows
from tests.builders import MODEL

PACK = "swingsigma"


def saved_form(model_id: str = MODEL) -> Form:
    """A model as it is saved; the breakout scanner."""
    form = opening.saved(PACK, model_id)
    assert isinstance(form, Form)
    return form


def new_form(suffix: str = "idea") -> dict[str, str | list[str]]:
    """What the form of a new scanner sends, under a name of its own."""
    return posted(opening.first_idea(PACK)) | {"name.suffix": suffix}


def posted(form: Form) -> dict[str, str | list[str]]:
    """The fields a browser would send for a form."""
    sent: dict[str, str | list[str]] = {
        "mode": "form",
        "pack": form.pack,
        "saved": form.saved,
        "kind": form.kind,
        "name.asset": form.name.asset,
        "name.horizon": form.name.horizon,
        "name.cadence": form.name.cadence,
        "name.suffix": form.name.algo or form.name.variant,
        "scope": "ticker" if form.ticker else "universe",
        "ticker": form.ticker,
        "description": form.description,
        "tags": form.tags,
        "universe": form.universe,
        "set_name": form.set_name,
        "set_description": form.set_description,
        "set_version": str(form.set_rest.get("version", "")),
        "policy": form.policy,
        "max_age_days": form.max_age_days,
    }
    if form.own_policy:
        sent |= {"own_policy": "on", "policy_name": form.policy}
        sent["policy_description"] = form.policy_description
        sent["policy_version"] = str(form.policy_version)
    return sent | form.settings | _rows(form.rows)


def _rows(rows: Rows) -> dict[str, str | list[str]]:
    kinds = {"indicator": rows.indicator, "gate": rows.gate}
    kinds |= {"param": rows.param, "part": rows.part}
    sent: dict[str, str | list[str]] = {
        kind: [row.id for row in found] for kind, found in kinds.items()
    }
    for entry in rows.indicator:
        head = f"indicator.{entry.id}."
        sent |= {f"{head}p.{key}": value for key, value in entry.params.items()}
        sent[f"{head}as"] = entry.alias
        sent[f"{head}cadence"] = entry.cadence
        sent |= (
            {f"{head}expr": entry.expr} if entry.own else {f"{head}name": entry.name}
        )
    for gate in rows.gate:
        fields = ("parent", "shape", "name", "left", "sign", "right", "when", "words")
        sent |= {f"gate.{gate.id}.{name}": getattr(gate, name) for name in fields}
        sent[f"gate.{gate.id}.form"] = "free" if gate.free else "sides"
    for kind in ("param", "part"):
        for row in getattr(rows, kind):
            head = f"{kind}.{row.id}."
            sent |= {f"{head}name": row.name, f"{head}value": row.value}
            sent[f"{head}weight"] = row.weight
    return sent


def query(sent: dict[str, str | list[str]]) -> QueryDict:
    """The same as a view gets it."""
    made = QueryDict(mutable=True)
    for key, value in sent.items():
        made.setlist(key, value if isinstance(value, list) else [value])
    return made
