"""The Builder: open a draft, look at it, turn it to YAML and back, add a row.

`save` and what follows it are in `saving.py`.
"""

from __future__ import annotations

import secrets
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from accounts.roles import requires
from builder import choices, forms, opening, page, previews
from builder.draft import Form, Texts
from builder.rows import SHAPES, GateRow, IndicatorRow, NamedRow
from packs_app import services as packs
from sigma_core.errors import BadInput, UnknownName


@require_GET
@requires("viewer")
def new(request: HttpRequest) -> HttpResponse:
    """A new model: from a first idea, a set (`set`) or a copy of a model (`clone`)."""
    with page.names_in_address():
        draft = _opened(request)
    return page.show(request, draft)


def _opened(request: HttpRequest) -> Form:
    asked = request.GET
    if "clone" in asked:
        pack, _, model_id = asked["clone"].partition("/")
        return opening.copy_of(pack, model_id)
    if "set" in asked:
        pack, _, name = asked["set"].partition("/")
        return opening.on_set(pack, name)
    known = [view.id for view in packs.list_packs() if view.manifest]
    pack = asked.get("pack") or page.first_pack(known)
    if pack not in known:
        raise UnknownName("pack", pack[:100], known)
    return opening.first_idea(pack)


@require_GET
@requires("viewer")
def edit(request: HttpRequest, pack: str, model_id: str) -> HttpResponse:
    """A saved model."""
    with page.names_in_address():
        draft = opening.saved(pack, model_id)
    return page.show(request, draft)


@require_POST
@requires("builder")
def turn(request: HttpRequest) -> HttpResponse:
    """The same draft the other way: rows as YAML, YAML as rows; or as it was sent.

    YAML that can't be read stays YAML, with its problems.
    """
    draft = forms.read_draft(request.POST)
    wanted = request.POST.get("to", "")
    try:
        if wanted == "yaml" and isinstance(draft, Form):
            draft = page.as_yaml(draft)
        elif wanted == "form" and isinstance(draft, Texts):
            draft = page.as_form(draft)
    except BadInput as error:
        return page.show(request, draft, dirty=True, problems=error.problems)
    return page.show(request, draft, dirty=True)


@require_POST
@requires("builder")
def panels(request: HttpRequest) -> HttpResponse:
    """What the draft gives now. Where it can't be computed, what is wrong with it: the
    last answer stays."""
    draft = forms.read_draft(request.POST)
    shown = page.context_of(draft) | {"live": True}
    shown |= page.panel_context(draft, previews.panel(draft, request.user))
    response = render(request, "builder/panels.html", shown)
    if shown["panel"].document is None:
        response["HX-Reswap"] = "none"  # what comes out of band is swapped all the same
    return response


@require_GET
@requires("builder")
def row(request: HttpRequest, kind: str) -> HttpResponse:
    """A new row of a kind, to be put into the form."""
    row_id = f"n{secrets.token_hex(4)}"
    with page.names_in_address():
        context = _new_row(request, kind, row_id)
    return render(request, f"builder/row_{kind}.html", context)


def _new_row(request: HttpRequest, kind: str, row_id: str) -> dict[str, Any]:
    asked = request.GET
    if kind == "indicator":
        return {"view": _new_indicator(row_id, asked.get("name", ""))}
    if kind == "gate":
        shape = asked.get("shape", "when")
        if shape not in (*SHAPES, "when"):
            raise Http404("There is no such group.")
        gate = GateRow(row_id, asked.get("parent", "all")[:16], shape)
        return {"gate": page.GateView(gate, []), "choices": {"signs": choices.SIGNS}}
    if kind in ("param", "part"):
        return {"row": NamedRow(row_id)}
    if kind == "policy":
        return {"form": _policy_form(asked.get("pack", ""), asked.get("name", ""))}
    raise Http404("There is no such row.")


def _new_indicator(row_id: str, name: str) -> page.IndicatorView:
    """A row with the defaults of a card; without a name, a column of one's own."""
    if not name:
        return page.indicator_view(IndicatorRow(row_id, own=True))
    card = packs.find_card(name)
    params = {key: f"{value}" for key, value in card.defaults.items()}
    return page.indicator_view(IndicatorRow(row_id, card.name, params))


def _policy_form(pack: str, name: str) -> Form:
    """A form that holds a saved policy's rules as its own."""
    known = choices.choices_for(pack, "", "").policies
    if name not in known:
        raise UnknownName("policy", name[:100], known)
    return page.with_policy(Form(pack=pack, policy=name))


@require_POST
@requires("builder")
def save(request: HttpRequest) -> HttpResponse:
    """Stand-in."""
    return page.show(request, forms.read_draft(request.POST), dirty=True)
