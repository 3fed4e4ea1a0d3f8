"""Trees that were fitted past a training, kept so that nobody fits the same again.

    further/<sha>.txt    the sha256 of what follows, as a line; then LightGBM's text

The name is the sha of all that the trees depend on (`name_of`), so a kept file never
answers for other rows, parameters, code or libraries: those have another name. A file
is whole or not there, and one that is not what was written is fitted anew. Where files
can't be read or written, trees are fitted all the same; the log says so.
"""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import numpy as np
import structlog

from sigma_core.boosting.params import Params
from sigma_core.boosting.rows import Rows
from sigma_core.frames import Floats
from sigma_core.paths import write_atomic
from sigma_core.specs import fingerprint

FOLDER = "further"
log = structlog.get_logger(__name__)


def name_of(rows: Rows, labels: Floats, train: Sequence[range], params: Params) -> str:
    """One sha of what trees are fitted from: the rows `train` with their labels (one a
    row of all, NaN where there is none), columns, parameters (seed and threads among
    them), code, libraries and kind of machine."""
    return fingerprint.sha_of(
        {
            "columns": list(rows.columns),
            "rows": [_sha(rows.values[part.start : part.stop]) for part in train],
            "labels": [_sha(labels[part.start : part.stop]) for part in train],
            "params": dict(params),
            "code": fingerprint.code(),
            "libraries": fingerprint.libraries(),
            "lightgbm": metadata.version("lightgbm"),
            "machine": platform.machine(),
        }
    )


def _sha(values: Floats) -> str:
    plain = np.ascontiguousarray(values)
    head = f"{plain.dtype.str} {plain.shape}\n".encode()
    return hashlib.sha256(head + plain.tobytes()).hexdigest()


@dataclass(frozen=True)
class Kept:
    """The kept trees of a training; of None: none are, and none will be."""

    training: Path | None = None

    def read(self, name: str) -> str | None:
        """LightGBM's text; None where there is none that can be read, or it is not what
        was written."""
        path = self._path(name)
        if path is None:
            return None
        try:
            sha, _, content = path.read_bytes().partition(b"\n")
        except FileNotFoundError:
            return None
        except OSError as error:
            log.warning("kept trees can't be read", path=str(path), error=str(error))
            return None
        whole = fingerprint.sha_of_bytes(content).encode() == sha
        return content.decode("utf-8") if whole else None

    def write(self, name: str, text: str) -> None:
        """Keep a text, if that is possible. Two that keep the same at once write the
        same file, whole."""
        path = self._path(name)
        if path is None:
            return
        content = text.encode("utf-8")
        sha = fingerprint.sha_of_bytes(content)
        try:
            path.parent.mkdir(exist_ok=True)
            write_atomic(path, sha.encode() + b"\n" + content)
        except OSError as error:
            log.warning("trees can't be kept", path=str(path), error=str(error))

    def _path(self, name: str) -> Path | None:
        return None if self.training is None else self.training / FOLDER / f"{name}.txt"
