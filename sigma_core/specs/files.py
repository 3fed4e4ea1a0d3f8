"""One YAML file → one frozen model, or every problem at once with file and line.

1. `yaml_events.parse` reads the text safely into plain values.
2. The kind's pydantic model checks them.
3. Each fault becomes a `Problem`: what came, what was wanted, what to do.

The only door to YAML: nothing else in the project reads it.
"""

from __future__ import annotations

import typing
from collections.abc import Mapping
from pathlib import Path
from types import UnionType
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from sigma_core.errors import Problem, SpecError, did_you_mean
from sigma_core.specs import schema
from sigma_core.specs.yaml_events import MAX_BYTES, Document, Place, parse

SpecT = TypeVar("SpecT", bound=schema.Spec)


def read_document(path: Path, *, where: str = "") -> Document:
    """The content of a YAML file with its lines. Raises SpecError.

    `where` is how the file is called in messages; its path if empty.
    """
    shown = where or path.as_posix()
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        message = f"the file can't be read: {error.strerror}."
        raise SpecError(Problem("file.unreadable", shown, message)) from error
    return parse(content, where=shown)


def read_spec(path: Path, kind: type[SpecT], *, where: str = "") -> SpecT:
    """The file as a model of `kind`. Raises SpecError with all problems."""
    return to_spec(read_document(path, where=where), kind)


def parse_spec(text: str, kind: type[SpecT], *, where: str) -> SpecT:
    """Text as it would stand in a file, as a model of `kind`. Raises SpecError."""
    content = text.encode("utf-8", "surrogatepass")  # refused by the reader, in words
    return to_spec(parse(content, where=where), kind)


def to_spec(document: Document, kind: type[SpecT]) -> SpecT:
    """Parsed content as a model of `kind`; `ModelConfig` becomes its `kind:`'s own.

    Raises SpecError with one problem for each fault.
    """
    chosen = kind
    if kind is schema.ModelConfig:
        chosen = typing.cast("type[SpecT]", _model_kind(document))
    try:
        return chosen.model_validate(document.value)
    except ValidationError as error:
        problems = [
            _problem(document, chosen, one)
            for one in error.errors(include_url=False)
            if not _follows_from_others(one)
        ]
        raise SpecError(sorted(problems, key=_line_of)) from error


def _follows_from_others(error: ErrorDetails) -> bool:
    """Whether a list is "too short" only because its faulty items don't count."""
    limit = error.get("ctx", {}).get("min_length", 0)
    came = error["input"]
    return (
        error["type"] == "too_short" and isinstance(came, list) and len(came) >= limit
    )


def _model_kind(document: Document) -> type[schema.ModelConfig]:
    """The model behind the word in `kind:`."""
    word = document.value.get("kind")
    if isinstance(word, str) and word in schema.MODEL_KINDS:
        return schema.MODEL_KINDS[word]
    choices = ", ".join(schema.MODEL_KINDS)
    if "kind" not in document.value:
        missing = _missing(document, schema.ModelConfig)
        first = Problem(
            "spec.missing_key",
            document.at(("kind",)),
            "key 'kind' is missing.",
            f"Add it: one of {choices}.",
        )
        raise SpecError([first, *missing])
    message = f"kind is {str(word)[:60]!r}; it must be one of {choices}."
    hint = did_you_mean(str(word), schema.MODEL_KINDS)
    raise SpecError(Problem("spec.choice", document.at(("kind",)), message, hint))


def _missing(document: Document, kind: type[BaseModel]) -> list[Problem]:
    """The keys that every model needs, whatever its kind, and this one lacks."""
    keys = [
        key
        for key, field in kind.model_fields.items()
        if field.is_required() and key not in document.value and key != "kind"
    ]
    return [
        Problem(
            "spec.missing_key",
            document.at((key,)),
            f"key {key!r} is missing.",
            "Add it.",
        )
        for key in keys
    ]


def _line_of(problem: Problem) -> int:
    tail = problem.where.rpartition(":")[2]
    return int(tail) if tail.isdigit() else 0


def _problem(document: Document, kind: type[BaseModel], error: ErrorDetails) -> Problem:
    """One pydantic error as a Problem with its line, in our words."""
    place = _place(document, error["loc"])
    name = _spelled(place) or "the file"
    code, message, hint = _in_words(document, kind, error, place, name)
    # of a key that is missing, where it would stand: a pointer can say that
    missing = (*place, error["loc"][-1]) if error["type"] == "missing" else place
    return Problem(code, document.at(missing), message, hint)


def _in_words(
    document: Document,
    kind: type[BaseModel],
    error: ErrorDetails,
    place: Place,
    name: str,
) -> tuple[str, str, str]:
    """(code, message, hint) of one pydantic error."""
    sort, limits = error["type"], error.get("ctx", {})
    if sort == "extra_forbidden":
        known = _known_keys(kind, error["loc"][:-1])
        hint = did_you_mean(str(place[-1]), known)
        return "spec.unknown_key", f"unknown key {name!r}.", hint
    if sort == "missing":
        key = str(error["loc"][-1])
        inside = f" in {name}" if place else ""
        return "spec.missing_key", f"key {key!r} is missing{inside}.", "Add it."
    came = _shown(document, place, error["input"])
    if sort == "string_type":
        return "spec.type", f"{name} takes text; {came} is not.", _quote_hint(came)
    if sort == "literal_error":
        choices = str(limits["expected"]).replace("'", "").replace(" or ", ", ")
        words = [word.strip() for word in choices.split(",")]
        hint = did_you_mean(str(error["input"]), words)
        return "spec.choice", f"{name} is {came}; it must be one of {choices}.", hint
    for key, sign in _LIMITS.items():
        if key in limits and sort != "finite_number":
            limit = f"{sign} {limits[key]}"
            return "spec.range", f"{name} is {came}; it must be {limit}.", ""
    if sort in _CUSTOM:
        return f"spec.{sort}", f"{name} is {came}: {error['msg']}.", ""
    wanted = _TYPES.get(sort, error["msg"])
    return "spec.type", f"{name} takes {wanted}; {came} is not.", ""


_LIMITS = {
    "ge": "at least",
    "gt": "more than",
    "le": "at most",
    "lt": "less than",
    "min_length": "of length at least",
    "max_length": "of length at most",
}
_TYPES = {
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "finite_number": "a finite number",
    "bool_type": "true or false",
    "tuple_type": "a list in [ ]",
    "dict_type": "keys with values",
    "mapping_type": "keys with values",
    "model_type": "keys with values",
    "model_attributes_type": "keys with values",
}
_CUSTOM = {
    "name", "semver", "date", "ticker", "scalar", "indicator", "order", "gate", "base",
    "top_by", "text",
}  # fmt: skip


def _place(document: Document, loc: tuple[int | str, ...]) -> Place:
    """The part of a pydantic location that exists in the file.

    pydantic's locations also name things of its own (a field's gathering place, `[key]`
    for a fault in a key), which are stepped over.
    """
    place: Place = ()
    value: object = document.value
    for step in loc:
        if isinstance(value, dict) and step in value:
            value = value[str(step)]
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            continue
        place = (*place, step)
    return place


def _spelled(place: Place) -> str:
    """A place as people write it: `gates.all[0].when`."""
    text = "".join(
        f"[{step}]" if isinstance(step, int) else f".{step}" for step in place
    )
    return text[:200].lstrip(".")


def _shown(document: Document, place: Place, value: object) -> str:
    """A value as it stands in the file, short enough for a sentence."""
    if isinstance(value, dict):
        return "a group of keys"
    if isinstance(value, (list, tuple)):
        return f"a list of {len(value)}"
    text = document.texts.get(place, str(value))
    return text[:60] + ("…" if len(text) > 60 else "") or "empty"


def _quote_hint(came: str) -> str:
    plain = not came.startswith(("a ", "empty"))
    return f'Write it in quotes: "{came}".' if plain else ""


def _known_keys(kind: type[BaseModel], loc: tuple[int | str, ...]) -> list[str]:
    """The keys a mapping at `loc` may have, for a did-you-mean."""
    inner: object = kind
    for step in loc:
        inner = _inside(inner, step)
    if not (isinstance(inner, type) and issubclass(inner, BaseModel)):
        return []
    gathered = {"params"} if inner is schema.IndicatorSpec else set()
    return [
        field.alias or name
        for name, field in inner.model_fields.items()
        if name not in gathered
    ]


def _inside(outer: object, step: int | str) -> object:
    """The type found at one step (a key or a position) inside another."""
    if isinstance(outer, type) and issubclass(outer, BaseModel):
        for name, field in outer.model_fields.items():
            if (field.alias or name) == step:
                return _bare(field.annotation)
        return None
    arguments = typing.get_args(outer)
    if typing.get_origin(outer) is tuple:
        return _bare(arguments[0])
    if typing.get_origin(outer) is Mapping and len(arguments) == 2:
        return _bare(arguments[1])
    return None


def _bare(annotation: object) -> object:
    """An annotation without `| None` and without `Annotated`."""
    if typing.get_origin(annotation) is typing.Annotated:
        return _bare(typing.get_args(annotation)[0])
    if typing.get_origin(annotation) in (typing.Union, UnionType):
        some = [one for one in typing.get_args(annotation) if one is not type(None)]
        return _bare(some[0]) if len(some) == 1 else None
    return annotation
