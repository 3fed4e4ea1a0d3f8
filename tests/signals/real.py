"""Commands on a home with real bars, and a shipped model made quick."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.management import call_command

from tests.home import PACKS


def command(*arguments: str) -> dict[str, Any]:
    """The document that a command prints."""
    out = io.StringIO()
    call_command(*arguments, "--json", stdout=out, stderr=io.StringIO())
    printed: dict[str, Any] = json.loads(out.getvalue())
    return printed


@contextmanager
def quick_home(
    home: Path, settings: Any, *, model: str, quick: Mapping[str, str]
) -> Iterator[Path]:
    """An empty home, while a model of SwingSigma has other texts than it is shipped
    with."""
    settings.SIGMA_HOME, settings.SIGMA_TRAIN_THREADS = home, 1
    (home / "uploads").mkdir()
    file = PACKS / "swingsigma" / "model_configs" / f"{model}.yaml"
    shipped = changed = file.read_text(encoding="utf-8")
    for before, after in quick.items():
        assert before in changed
        changed = changed.replace(before, after)
    file.write_text(changed, encoding="utf-8")
    try:
        yield home
    finally:
        file.write_text(shipped, encoding="utf-8")
