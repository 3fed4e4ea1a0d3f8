"""Paths → the files that hold bars, each as bytes with a name, within the caps.

A path may be a CSV or Parquet file, a zip of such files, or a folder of any of them
(below it too; hidden files are passed over). Nothing of a zip is ever written to disk.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path, PurePosixPath

from sigma_core.errors import IngestRefused, Problem, did_you_mean

CSV_ENDINGS = (".csv", ".txt", ".tsv")
PARQUET_ENDINGS = (".parquet", ".pq")
ENDINGS = (*CSV_ENDINGS, *PARQUET_ENDINGS, ".zip")


@dataclass(frozen=True)
class Limits:
    """Caps on what one ingest reads; a file beyond one is refused, naming the cap."""

    file_bytes: int = 2 << 30
    rows: int = 50_000_000
    zip_members: int = 20_000
    #: Unpacked over packed size: CSV packs 3 to 20 times, a bomb a thousand.
    zip_ratio: int = 200


@dataclass(frozen=True)
class Source:
    """One file: the name it has in messages, its bytes, and its last name's stem."""

    name: str
    content: bytes

    @property
    def ending(self) -> str:
        """The last ending, lower case, with its dot."""
        return PurePosixPath(self.name).suffix.lower()

    @property
    def stem(self) -> str:
        """The file's own name without folders and its ending."""
        name = PurePosixPath(self.name).name
        return name[: -len(self.ending)] if self.ending else name


def read_sources(paths: Iterable[Path], limits: Limits) -> Iterator[Source]:
    """The files at these paths, sorted below folders; IngestRefused for a bad one."""
    for path in files_at(paths):
        content = _bounded(path, limits)
        kind = path.suffix.lower()
        _refuse_wrong_kind(path.name, kind, content)
        if kind == ".zip":
            yield from _members(path.name, content, limits)
        else:
            yield Source(path.name, content)


def files_at(paths: Iterable[Path]) -> list[Path]:
    """Every file with a known ending at or below these paths."""
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            inside = _inside(path)
            if not inside:
                raise _refused(
                    "ingest.nothing_there",
                    path.name,
                    "the folder holds no file of bars.",
                    _ENDINGS_HINT,
                )
            found += inside
        elif not path.is_file():
            raise _refused("ingest.no_such_file", str(path), "there is no such file.")
        elif path.suffix.lower() not in ENDINGS:
            raise _refused(
                "ingest.wrong_ending",
                path.name,
                f"files that end in {path.suffix or 'nothing'} are not read.",
                f"{did_you_mean(path.suffix.lower(), ENDINGS)} {_ENDINGS_HINT}",
            )
        else:
            found.append(path)
    return found


_ENDINGS_HINT = "Give CSV (.csv .txt .tsv), Parquet (.parquet .pq) or a .zip of them."


def _inside(folder: Path) -> list[Path]:
    return sorted(
        path
        for path in folder.rglob("*")
        if path.suffix.lower() in ENDINGS
        and path.is_file()
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    )


def _bounded(path: Path, limits: Limits) -> bytes:
    if path.stat().st_size > limits.file_bytes:
        raise _too_large(path.name, limits)
    return path.read_bytes()


def _members(name: str, content: bytes, limits: Limits) -> Iterator[Source]:
    """The files in a zip; each is read no further than its cap, whatever it claims."""
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            entries = sorted(archive.infolist(), key=lambda entry: entry.filename)
            wanted = [entry for entry in entries if _is_wanted(entry)]
            if not wanted or len(wanted) > limits.zip_members:
                held = f"the zip holds {len(wanted)} files of bars."
                hint = f"It must hold 1 to {limits.zip_members:,}."
                raise _refused("ingest.zip_members", name, held, hint)
            for entry in wanted:
                inner = f"{name}/{entry.filename}"
                unpacked = _unpacked(archive, entry, inner, limits)
                ending = PurePosixPath(entry.filename).suffix.lower()
                _refuse_wrong_kind(inner, ending, unpacked)
                yield Source(inner, unpacked)
    # RuntimeError and NotImplementedError: encrypted, or packed in an unknown way
    except (zipfile.BadZipFile, zlib.error, RuntimeError, EOFError) as error:
        message = f"the zip can't be unpacked: {error}."
        raise _refused("ingest.damaged", name, message, "Make the zip anew.") from error


def _is_wanted(entry: zipfile.ZipInfo) -> bool:
    path = PurePosixPath(entry.filename)
    hidden = any(part.startswith((".", "__MACOSX")) for part in path.parts)
    known = path.suffix.lower() in (*CSV_ENDINGS, *PARQUET_ENDINGS)
    return known and not hidden and not entry.is_dir()


def _unpacked(
    archive: zipfile.ZipFile, entry: zipfile.ZipInfo, inner: str, limits: Limits
) -> bytes:
    most = min(limits.file_bytes, limits.zip_ratio * max(entry.compress_size, 4096))
    with archive.open(entry) as member:
        content = member.read(most + 1)
    if len(content) > limits.file_bytes:
        raise _too_large(inner, limits)
    if len(content) > most:
        message = f"it unpacks to more than {limits.zip_ratio} times its size."
        raise _refused("ingest.zip_ratio", inner, message, "Give the file unpacked.")
    return content


def _refuse_wrong_kind(name: str, ending: str, content: bytes) -> None:
    """A file must be what its ending says."""
    if not content.strip(b"\xef\xbb\xbf \r\n\t"):
        hint = "Was the download cut off? Get the file again."
        raise _refused("ingest.empty", name, "the file is empty.", hint)
    kinds = {b"PAR1": "Parquet", b"PK\x03\x04": "a zip", b"PK\x05\x06": "a zip"}
    holds = kinds.get(content[:4], "text")
    said = (
        "text" if ending in CSV_ENDINGS else "a zip" if ending == ".zip" else "Parquet"
    )
    if holds != said:
        message = f"it ends in {ending} but holds {holds}."
        raise _refused("ingest.wrong_kind", name, message, _ENDINGS_HINT)
    if said == "text" and b"\0" in content[:65536] and content[:2] not in _UTF16:
        raise _refused("ingest.not_text", name, "it holds binary data, not text.")


_UTF16 = (b"\xff\xfe", b"\xfe\xff")


def _too_large(name: str, limits: Limits) -> IngestRefused:
    message = f"the file is larger than {limits.file_bytes >> 20:,} MB."
    return _refused("ingest.too_large", name, message, "Give it in parts.")


def _refused(code: str, where: str, message: str, hint: str = "") -> IngestRefused:
    return IngestRefused(Problem(code, where, message, hint))
