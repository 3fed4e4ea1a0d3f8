"""Packs: all of them, one of them, and one definition with its history."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from accounts.roles import requires
from packs_app import definitions, journal, linting, recipes, services
from packs_app import packs as service
from packs_app.certificates import of_models, of_set
from packs_app.definitions import Definition, Draft
from packs_app.kinds import MODEL, PACK, SET, Kind, kind_of
from sigma_core.errors import BadInput, Problem, SigmaError, UnknownName
from signals.pack_forms import CloneForm, NewPackForm, TextForm
from signals.queries import packs as queries


@require_GET
@requires("viewer")
def packs(request: HttpRequest) -> HttpResponse:
    """Every pack: what is in it, what is wrong with it."""
    return _list_page(request, NewPackForm(packs=linting.pack_names()))


@require_POST
@requires("builder")
def create(request: HttpRequest) -> HttpResponse:
    """Make a pack and go to it."""
    form = NewPackForm(request.POST, packs=linting.pack_names())
    if not form.is_valid():
        return _list_page(request, form)
    source, new_id = form.cleaned_data["clone_of"], form.cleaned_data["id"]
    try:
        made = (
            service.clone_pack(pack=source, new_id=new_id, user=request.user)
            if source
            else service.create_pack(content=form.content(), user=request.user)
        )
    except BadInput as error:
        _show(form, error.problems)
        return _list_page(request, form)
    messages.success(request, f"{made.pack} is made.")
    return redirect("pack", pack=made.pack)


@require_GET
@requires("viewer")
def pack(request: HttpRequest, pack: str) -> HttpResponse:
    """One pack: manifest, files, what the linter says, what changed beside the site."""
    view = _found(lambda: services.find_pack(pack))
    drift = journal.drifted(pack)
    context = {
        "view": view,
        "manifest": queries.manifest_rows(view),
        "report": linting.report(pack),
        "rows": queries.file_rows(pack, drift),
        "drift": drift,
        "recipes": recipes.list_recipes(pack),
    }
    return render(request, "signals/pack.html", context)


@require_GET
@requires("viewer")
def recipe(request: HttpRequest, pack: str, name: str) -> HttpResponse:
    """A recipe's file, as it lies in the pack."""
    content = _found(lambda: recipes.bytes_of(pack=pack, name=name))
    answer = HttpResponse(content, content_type="application/json")
    answer["Content-Disposition"] = f'attachment; filename="{name}.json"'
    return answer


@require_GET
@requires("viewer")
def export(request: HttpRequest, pack: str) -> HttpResponse:
    """The pack as a zip."""
    content = _found(lambda: service.export_pack(pack=pack))
    answer = HttpResponse(content, content_type="application/zip")
    answer["Content-Disposition"] = f'attachment; filename="{pack}.zip"'
    return answer


@require_POST
@requires("builder")
def take_in(request: HttpRequest, pack: str) -> HttpResponse:
    """Make versions of what was changed on disk."""
    taken = _found(lambda: journal.take_in(pack=pack, user=request.user))
    messages.success(request, f"{len(taken)} file(s) taken into the history.")
    return redirect("pack", pack=pack)


@require_GET
@requires("viewer")
def definition(request: HttpRequest, pack: str, kind: str, name: str) -> HttpResponse:
    """One definition: its lines with their faults, its history, its users."""
    return _page(request, _one(pack, kind, name))


@require_POST
@requires("builder")
def save(request: HttpRequest, pack: str, kind: str, name: str) -> HttpResponse:
    """Write the YAML as it was sent; on a fault it stays in the form."""
    one = _one(pack, kind, name)
    form = TextForm(request.POST)
    if not form.is_valid():
        return _page(request, one, text_form=form)
    asked = form.cleaned_data
    draft = Draft(
        one.kind,
        name,
        text=asked["text"].replace("\r\n", "\n"),
        if_match=asked["if_match"],
    )
    try:
        (saved,) = definitions.save(
            pack=pack, drafts=[draft], user=request.user, note=asked["note"]
        )
    except BadInput as error:
        return _page(request, one, text_form=form, faults=error.problems)
    version = f" as version {saved.version}" if saved.version else ""
    same = saved.sha == one.sha
    messages.success(request, "Nothing changed." if same else f"Saved{version}.")
    return redirect("definition", pack=pack, kind=kind, name=name)


@require_POST
@requires("builder")
def restore(request: HttpRequest, pack: str, kind: str, name: str) -> HttpResponse:
    """Bring back an earlier state as a new one."""
    revision = request.POST.get("revision", "")
    try:
        found = definitions.restore(
            pack=pack,
            kind=_kind(kind),
            name=name,
            revision=int(revision) if revision.isdecimal() else 0,
            if_match=request.POST.get("if_match") or None,
            user=request.user,
        )
    except BadInput as error:
        _say(request, error)
        return redirect("definition", pack=pack, kind=kind, name=name)
    messages.success(request, f"It is as in revision {revision} again.")
    if found is None:
        return redirect("pack", pack=pack)
    return redirect("definition", pack=pack, kind=kind, name=name)


@require_POST
@requires("builder")
def clone(request: HttpRequest, pack: str, kind: str, name: str) -> HttpResponse:
    """A copy under another name, here or in another pack."""
    one = _one(pack, kind, name)
    form = CloneForm(request.POST, packs=linting.pack_names())
    if not form.is_valid():
        return _page(request, one, clone_form=form)
    try:
        made = service.clone_definition(
            kind=one.kind, pack=pack, name=name, user=request.user, **form.cleaned_data
        )
    except BadInput as error:
        _show(form, error.problems)
        return _page(request, one, clone_form=form)
    messages.success(request, f"{made.path} is made.")
    return redirect("definition", pack=made.pack, kind=kind, name=made.name)


@require_POST
@requires("builder")
def delete(request: HttpRequest, pack: str, kind: str, name: str) -> HttpResponse:
    """Take it away; its history stays."""
    one = _one(pack, kind, name)
    try:
        definitions.delete_definition(
            pack=pack,
            kind=one.kind,
            name=name,
            if_match=request.POST.get("if_match") or None,
            user=request.user,
        )
    except BadInput as error:
        _say(request, error)
        return redirect("definition", pack=pack, kind=kind, name=name)
    messages.success(request, f"{one.path} is deleted; its history stays.")
    return redirect("pack", pack=pack)


def _list_page(request: HttpRequest, form: NewPackForm) -> HttpResponse:
    context = {"rows": queries.pack_rows(), "form": form}
    return render(request, "signals/packs.html", context)


def _page(
    request: HttpRequest,
    one: Definition,
    *,
    text_form: TextForm | None = None,
    clone_form: CloneForm | None = None,
    faults: list[Problem] | None = None,
) -> HttpResponse:
    versions = queries.versions_of(one)
    names = linting.pack_names()
    context: dict[str, Any] = {
        "one": one,
        "lines": queries.lines_of(one),
        "versions": versions,
        "shown": _shown(request, versions),
        "users": queries.usage.users_of(pack=one.pack, kind=one.kind, name=one.name),
        "standing": _standing(one),
        "faults": faults,
        "editing": text_form is not None,
        "form": text_form or TextForm(initial={"text": one.text, "if_match": one.sha}),
        "clone_form": clone_form
        or CloneForm(packs=names, initial={"to_pack": one.pack, "new_name": one.name}),
        "is_manifest": one.kind is PACK,
    }
    return render(request, "signals/definition.html", context)


def _shown(request: HttpRequest, versions: list[Any]) -> dict[str, Any] | None:
    """The revision the address asks for, beside the one before it."""
    asked = request.GET.get("revision", "")
    at = next((i for i, row in enumerate(versions) if str(row.revision) == asked), None)
    if at is None:
        return None
    before = versions[at + 1].text if at + 1 < len(versions) else ""
    return {
        "row": versions[at],
        "lines": queries.changed_lines(before, versions[at].text),
    }


def _standing(one: Definition) -> Any:
    if one.kind is SET:
        return of_set(one)
    if one.kind is MODEL:
        view = services.find_model(one.pack, one.name)
        return of_models([view])[f"{one.pack}/{one.name}"]
    return None


def _one(pack: str, kind: str, name: str) -> Definition:
    found = _kind(kind)
    one: Definition = _found(lambda: definitions.find(pack=pack, kind=found, name=name))
    return one


def _kind(name: str) -> Kind:
    found: Kind = _found(lambda: kind_of(name))
    return found


def _found(look: Any) -> Any:  # Any: whatever is looked for
    """What was looked for; 404 in words for a name that is not there."""
    try:
        return look()
    except UnknownName as error:
        problem = error.problems[0]
        raise Http404(f"{problem.message} {problem.hint}".strip()) from error


def _say(request: HttpRequest, error: SigmaError) -> None:
    for problem in error.problems[:3]:
        messages.error(request, f"{problem.message} {problem.hint}".strip())


def _show(form: Form, problems: list[Problem]) -> None:
    """Each problem beside the field it is about, else above the form."""
    for problem in problems:
        name = problem.where.strip("/").split("/")[0]
        words = f"{problem.message} {problem.hint}".strip()
        form.add_error(name if name in form.fields else None, words)
