"""plotly's script, out of its own wheel, as one static file: `plotly/plotly.min.js`.

The package is found and not imported: that would take a second, and the pages need
nothing else of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from django.contrib.staticfiles.finders import BaseFinder
from django.core.exceptions import ImproperlyConfigured
from django.core.files.storage import FileSystemStorage, Storage

FOLDER, SCRIPT = "plotly", "plotly.min.js"


class OneFile(BaseFinder):
    """Finds that one file, and lists nothing else of its folder."""

    def check(self, **kwargs: Any) -> list[Any]:
        """Nothing can be set wrongly."""
        return []

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> str | list[str]:
        """The file's place; [] for any other path."""
        if path != f"{FOLDER}/{SCRIPT}":
            return []
        found = str(home() / SCRIPT)
        return [found] if find_all else found

    def list(
        self, ignore_patterns: Iterable[str] | None
    ) -> Iterator[tuple[str, Storage]]:
        """The file and where it lies, for `collectstatic`."""
        storage = FileSystemStorage(location=home())
        storage.prefix = FOLDER  # type: ignore[attr-defined] # Django's own way
        yield SCRIPT, storage


def home() -> Path:
    """The folder of the installed package that holds the script."""
    spec = find_spec("plotly")
    if spec is None or spec.origin is None:
        raise ImproperlyConfigured("plotly is not installed; its script draws charts.")
    return Path(spec.origin).parent / "package_data"
