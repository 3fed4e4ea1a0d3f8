"""Files that come in through the web, kept by their content.

An upload is stored as `uploads/<sha>/<name>`: the same bytes land in the same place,
so that a request sent twice asks for the same run. The name is kept, as the ticker may
stand in it, reduced to plain characters.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile

from sigma_core.errors import BadInput, Problem
from sigma_core.paths import safe_join

SUFFIXES = (".csv", ".csv.gz", ".txt", ".parquet", ".zip")
MOST_FILES = 200
_ODD = re.compile(r"[^A-Za-z0-9._=^-]+")


def uploads_root() -> Path:
    """Where uploads are kept."""
    root: Path = settings.SIGMA_HOME / "uploads"
    return root


def keep_upload(*, file: UploadedFile[bytes]) -> str:
    """Store one file; its name below the uploads folder, `<sha>/<name>`."""
    digest = hashlib.sha256()
    with tempfile.NamedTemporaryFile(dir=uploads_root(), delete=False) as copy:
        for chunk in file.chunks():
            digest.update(chunk)
            copy.write(chunk)
        copy.flush()
        os.fsync(copy.fileno())
    folder = digest.hexdigest()[:32]
    target = safe_join(uploads_root(), folder, plain_name(str(file.name)))
    target.parent.mkdir(exist_ok=True)
    shutil.move(copy.name, target)
    return f"{folder}/{target.name}"


def find_upload(name: str) -> Path:
    """The file `<sha>/<name>` below the uploads folder; BadInput if there is none."""
    path = safe_join(uploads_root(), *name.split("/"))
    if not path.is_file():
        raise _bad("upload.unknown", name, "there is no such upload.", "Upload it.")
    return path


def check_uploads(files: Sequence[UploadedFile[bytes]]) -> None:
    """BadInput, naming each file that can't be taken and why."""
    if not files:
        raise _bad("upload.none", "file", "no file was sent.", "Choose a file.")
    if len(files) > MOST_FILES:
        message = f"{len(files)} files are more than the {MOST_FILES} taken at once."
        raise _bad("upload.many", "file", message, "Pack them into one zip.")
    problems = [problem for file in files if (problem := _fault(file))]
    if problems:
        raise BadInput(problems)


def _fault(file: UploadedFile[bytes]) -> Problem | None:
    name = plain_name(str(file.name))
    if not name.lower().endswith(SUFFIXES):
        message = "this kind of file is not known here."
        return Problem("upload.kind", name, message, f"Send {', '.join(SUFFIXES)}.")
    size, most = file.size or 0, settings.SIGMA_UPLOAD_BYTES
    if size > most:
        message = f"{size:,} bytes are more than the {most:,} that are taken."
        return Problem("upload.size", name, message, "Split it, or send Parquet.")
    if size == 0:
        return Problem("upload.empty", name, "the file is empty.")
    return None


def plain_name(name: str) -> str:
    """A file name of letters, digits and `. _ = ^ -`, at most 100 characters."""
    plain = _ODD.sub("_", name.rsplit("/", 1)[-1].rsplit("\\", 1)[-1])
    return plain.lstrip(".")[-100:] or "file"


def _bad(code: str, where: str, message: str, hint: str) -> BadInput:
    return BadInput(Problem(code, where, message, hint))
