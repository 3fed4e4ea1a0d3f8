"""The models of all packs, as the pages show them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.urls import reverse

from packs_app import services
from packs_app.services import ModelView
from sigma_core.errors import BadInput, Problem
from sigma_core.paths import safe_join


@dataclass(frozen=True)
class Model:
    """One model, with what a page says of it."""

    view: ModelView

    @property
    def pack(self) -> str:
        """The pack it is in."""
        return self.view.pack

    @property
    def model_id(self) -> str:
        """Its name within the pack."""
        return self.view.model_id

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What keeps it from being read; empty for a sound one."""
        return self.view.problems

    @property
    def address(self) -> str:
        """pack/model_id."""
        return f"{self.pack}/{self.model_id}"

    @property
    def key(self) -> tuple[str, str]:
        """(pack, model_id)."""
        return self.pack, self.model_id

    @property
    def url(self) -> str:
        """Its page."""
        return reverse("model", args=[self.pack, self.model_id])

    @property
    def kind(self) -> str:
        """scanner or gbm; empty for a broken one."""
        return str(self.contents("model_config").get("kind", ""))

    @property
    def description(self) -> str:
        """A sentence from its definitions."""
        said = self.contents("model_config").get("description")
        return str(said or self.contents("indicator_set").get("description") or "")

    def contents(self, part: str) -> Mapping[str, Any]:
        """The parsed content of one of its definitions; empty for a broken model."""
        return self.view.bundle.contents[part] if self.view.bundle else {}

    @property
    def config(self) -> Mapping[str, Any]:
        """The model's own definition."""
        return self.contents("model_config")

    @property
    def shas(self) -> list[tuple[str, str]]:
        """(label, sha) of its definitions as they lie on disk."""
        if self.view.bundle is None:
            return []
        labels = ("pack", "indicator_set", "model_config", "policy", "universe")
        held = self.view.bundle.shas
        return [(label.replace("_", " "), held[f"{label}_sha"]) for label in labels]


def models() -> list[Model]:
    """Every model of every pack, sorted; broken ones come with their problems."""
    return [Model(view) for view in services.list_models()]


def problems() -> list[Problem]:
    """What is wrong with whole packs."""
    return [
        problem
        for pack in services.list_packs()
        if pack.manifest is None
        for problem in pack.problems
    ]


def model(pack: str, model_id: str) -> Model:
    """One model; UnknownName if there is no such pack or model."""
    return Model(services.find_model(pack, model_id))


def source_of(model: Model) -> str:
    """The model's YAML as it lies on disk; empty if it is not there."""
    root = Path(settings.SIGMA_PACKS)
    try:
        path = safe_join(root, model.pack, "model_configs", f"{model.model_id}.yaml")
        return path.read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, BadInput):
        return ""
