"""A draft's rows as YAML: comments of the file, or of the text it came from, stay."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from builder.draft import PARTS, Form, Texts
from packs_app import definitions
from packs_app.kinds import KINDS
from sigma_core.errors import SpecError, UnknownName
from sigma_core.specs.edit import merged, written


def as_yaml(form: Form) -> Texts:
    """The rows as YAML texts. Raises SpecError for what can't be written."""
    found = {
        part: _text(form, part, content) for part, content in form.contents().items()
    }
    return Texts(form.pack, saved=form.saved, **found)


def texts_of(draft: Form | Texts) -> dict[str, str]:
    """The texts that are to be written as they are: all of YAML, and of rows those that
    came from YAML, whose comments are in no file yet."""
    if isinstance(draft, Texts):
        return {part: getattr(draft, part) for part in PARTS}
    return {
        part: _text(draft, part, content)
        for part, content in draft.contents().items()
        if draft.base.get(part)
    }


def _text(form: Form, part: str, content: Mapping[str, Any]) -> str:
    base = form.base.get(part) or _on_disk(form.pack, part, content)
    if base:
        try:
            return merged(base, content)
        except SpecError:  # a text that is no definition: nothing of it can be kept
            return written(content)
    return written(content)


def _on_disk(pack: str, part: str, content: Mapping[str, Any]) -> str:
    kind = KINDS[part]
    try:
        name = str(content.get(kind.key, ""))
        return definitions.find(pack=pack, kind=kind, name=name).text
    except UnknownName:
        return ""
