"""The Builder: open a draft, look at it, turn it to YAML and back, save it, scan it."""

from __future__ import annotations

import secrets
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from accounts.roles import requires
from builder import choices, forms, opening, page, previews, services, writing
from builder.draft import Form, Texts, as_form
from builder.rows import SHAPES, GateRow, IndicatorRow, NamedRow
from packs_app import model_versions
from packs_app import services as packs
from packs_app.definitions import Definition
from sigma_core.errors import BadInput, SigmaError, UnknownName
from signals.models import Run
from signals.views.starting import sentences

#: cookie that tells the page's script that what it keeps was saved
SAVED = "sigma_saved"


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
    return opening.first_idea(pack, asked.get("kind", ""))


@require_GET
@requires("viewer")
def edit(request: HttpRequest, pack: str, model_id: str) -> HttpResponse:
    """A saved model."""
    with page.names_in_address():
        draft = opening.saved(pack, model_id)
    if asked := request.GET.get("version"):
        return _as_it_was(request, pack, model_id, asked)
    return page.show(request, draft)


def _as_it_was(
    request: HttpRequest, pack: str, model_id: str, asked: str
) -> HttpResponse:
    """The model, its set and its policy as in a version; nothing is written yet."""
    versions = model_versions.versions_of(pack=pack, model_id=model_id)
    for one in versions:
        if str(one.number) == asked:
            draft = opening.as_it_was(pack, model_id, one)
            return page.show(
                request, draft, dirty=True, versions=versions, taken_up=one
            )
    raise Http404("There is no such version.")


@require_http_methods(["GET", "POST"])
@requires("builder")
def turn(request: HttpRequest) -> HttpResponse:
    """The same draft the other way: rows as YAML, YAML as rows; or as it was sent.

    YAML that can't be read stays YAML, with its problems.
    """
    if request.method == "GET":
        return _back(request)
    draft, seen = forms.read_draft(request.POST), forms.read_seen(request.POST)
    wanted = request.POST.get("to", "")
    try:
        if wanted == "yaml" and isinstance(draft, Form):
            draft = writing.as_yaml(draft)
        elif wanted == "form" and isinstance(draft, Texts):
            draft = as_form(draft)
    except BadInput as error:
        return page.show(request, draft, dirty=True, problems=error.problems, seen=seen)
    return page.show(request, draft, dirty=True, seen=seen)


@require_http_methods(["GET", "POST"])
@requires("builder")
def look(request: HttpRequest) -> HttpResponse:
    """The whole page with what the draft gives, for those without a script."""
    if request.method == "GET":
        return _back(request)
    draft, seen = forms.read_draft(request.POST), forms.read_seen(request.POST)
    shown = previews.panel(draft, request.user)
    return page.show(
        request, draft, dirty=True, problems=shown.errors, seen=seen, panel=shown
    )


@require_http_methods(["GET", "POST"])
@requires("builder")
def panels(request: HttpRequest) -> HttpResponse:
    """What the draft gives now. Where it can't be computed, what is wrong with it: the
    last answer stays."""
    if request.method == "GET":
        return _back(request)
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
        view = _new_indicator(row_id, asked.get("name", ""))
        return {"view": view, "intraday": asked.get("cadence", "daily") != "daily"}
    if kind == "gate":
        shape = asked.get("shape", "when")
        if shape not in (*SHAPES, "when"):
            raise Http404("There is no such group.")
        gate = GateRow(row_id, asked.get("parent", "all")[:16], shape)
        return {"gate": page.GateView(gate, []), "choices": {"signs": choices.SIGNS}}
    if kind in ("param", "part"):
        return {"row": NamedRow(row_id)}
    if kind == "policy":
        form = _policy_form(asked.get("pack", ""), asked.get("name", ""))
        return {"form": form, "policy_seen": services.seen_policy(form)}
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


@require_http_methods(["GET", "POST"])
@requires("builder")
def save(request: HttpRequest) -> HttpResponse:
    """Write the draft and, if asked, run it. What is refused changes nothing and comes
    back with all that was typed."""
    if request.method == "GET":
        return _back(request)
    draft, seen = forms.read_draft(request.POST), forms.read_seen(request.POST)
    token, note = request.POST.get("page", "")[:32], request.POST.get("note", "")
    try:
        saved = services.save_draft(
            draft=draft, seen=seen, user=request.user, note=note
        )
    except BadInput as error:
        return page.show(request, draft, dirty=True, problems=error.problems, seen=seen)
    answer = _after(request, saved, token)
    # the script drops the draft it keeps when it sees the page's own word come back
    answer.set_cookie(SAVED, token, max_age=3600, samesite="Lax")
    return answer


def _back(request: HttpRequest) -> HttpResponse:
    """To the draft that was sent by someone who had to log in first: what was typed is
    kept by the page's script and offered there."""
    pack, _, model_id = request.GET.get("at", "").partition("/")
    if pack and model_id and "/" not in model_id:
        return redirect("builder_edit", pack=pack, model_id=model_id)
    return redirect("builder")


def _after(request: HttpRequest, saved: Definition, token: str) -> HttpResponse:
    """The run that was asked for, or the saved model."""
    messages.success(request, f"{saved.name} is saved.")
    kind = request.POST.get("then", "")
    if kind not in (Run.Kind.SCAN, Run.Kind.TRAIN, Run.Kind.BACKTEST):
        return redirect("builder_edit", pack=saved.pack, model_id=saved.name)
    try:
        run = services.run_saved(saved=saved, kind=kind, user=request.user, page=token)
    except SigmaError as error:
        for said in sentences(error):
            messages.error(request, said)
        return redirect("builder_edit", pack=saved.pack, model_id=saved.name)
    return redirect(f"{reverse('run', args=[run.pk])}?then=result")
