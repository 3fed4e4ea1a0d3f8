"""Static files beside their gzip, so that a browser loads a third of plotly.

`collectstatic` runs at each start; what has not changed since is not compressed again.
WhiteNoise serves the one or the other, as the browser says what it takes.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from whitenoise.compress import Compressor
from whitenoise.storage import CompressedStaticFilesStorage

#: beside what is compressed already: read by a browser's developer tools alone
NOT_WORTH_IT = (*Compressor.SKIP_COMPRESS_EXTENSIONS, "map")
#: two times of one file may differ by so many seconds: WhiteNoise sets them as floats
SAME = 0.001


class GzipStorage(CompressedStaticFilesStorage):
    """Files in STATIC_ROOT; `NAME.gz` lies beside each that is worth it."""

    def post_process(
        self, paths: dict[str, Any], dry_run: bool = False, **options: Any
    ) -> Iterator[Any]:
        """Compress what was collected, unless its gzip is of the same file."""
        due = {name: found for name, found in paths.items() if self._is_due(name)}
        if not dry_run:
            for name in due:  # one that is not worth it any more would stay as it was
                self._gzip_of(name).unlink(missing_ok=True)
        yield from super().post_process(due, dry_run, **options)

    def create_compressor(self, **options: Any) -> Compressor:
        """WhiteNoise's, for fewer files."""
        return Compressor(**options | {"extensions": NOT_WORTH_IT})

    def _gzip_of(self, name: str) -> Path:
        return Path(self.path(name) + ".gz")

    def _is_due(self, name: str) -> bool:
        """Whether there is no gzip, or its time is not that of the file."""
        made, kept = Path(self.path(name)), self._gzip_of(name)
        if not kept.is_file():
            return True
        return abs(kept.stat().st_mtime - made.stat().st_mtime) > SAME
