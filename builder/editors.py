"""The YAML side: an ace editor for each part, and problems as marks on its lines."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from django.forms import Media
from django.utils.safestring import SafeString
from django_ace import AceWidget

from builder.draft import PARTS, Form, Texts
from sigma_core.errors import Problem

LABELS = {
    "model_config": "Model",
    "indicator_set": "Indicator set",
    "policy": "Policy (empty: the one the model names, as it is saved)",
}
#: `draft model_config:3`, or `swingsigma/model_configs/x.yaml:3` of what was refused
_LINE = re.compile(r"(?:draft |[a-z0-9_]+/)?(?P<part>\w+)(?:/\w+\.yaml)?:(?P<line>\d+)")
_FOLDERS = {"model_configs": "model_config", "indicator_sets": "indicator_set"}
_FOLDERS |= {"policies": "policy"}


@dataclass(frozen=True)
class Editor:
    """One text: the part it is of, its label, its field."""

    part: str
    label: str
    text: str
    widget: SafeString


def widget(lines: int) -> AceWidget:
    """An editor for YAML that runs no worker: the marks are the linter's own."""
    return AceWidget(
        mode="yaml",
        theme=None,
        width="100%",
        height="auto",
        minlines=lines,
        maxlines=max(lines, 32),
        showprintmargin=False,
        tabsize=2,
        fontsize="12px",
        toolbar=False,
        useworker=False,
    )


def media() -> Media:
    """The scripts and styles of the editors."""
    return widget(8).media


def editors(draft: Form | Texts) -> list[Editor]:
    """An editor for each part of a draft in YAML."""
    if isinstance(draft, Form):
        return []
    texts = [(part, getattr(draft, part)) for part in PARTS]
    return [
        Editor(part, LABELS[part], text, _render(part, text)) for part, text in texts
    ]


def _render(part: str, text: str) -> SafeString:
    lines = min(max(text.count("\n") + 2, 4), 12)
    attrs = {
        "rows": str(lines),
        "id": f"yaml-{part}",
        "aria-label": LABELS[part],
        "spellcheck": "false",
    }
    return SafeString(widget(lines).render(f"yaml.{part}", text, attrs))


def marks(draft: Form | Texts, problems: Sequence[Problem]) -> list[dict[str, object]]:
    """Where ace marks a line: part, row (from 0), text, error or warning."""
    if isinstance(draft, Form):
        return []
    found: list[dict[str, object]] = []
    for problem in problems:
        said = _LINE.match(problem.where)
        part = _FOLDERS.get(said["part"], said["part"]) if said else ""
        if said and part in PARTS:
            found.append(
                {
                    "part": part,
                    "row": int(said["line"]) - 1,
                    "text": f"{problem.message} {problem.hint}".strip(),
                    "type": problem.severity,
                }
            )
    return found
