"""Delta Lake tables whose data files are named after their own content.

A `Table` is a folder with a Delta log. Each write makes one Parquet file, whole and
on disk before the log names it, and one commit. The file's name ends in the sha256 of
its bytes, so the sha is recorded *by* the commit: there is no moment at which a file is
committed and its sha is not, and a checkpoint of the log can't lose it. Every read
compares the bytes with the name and raises `DamagedData` if they differ.

Writers take turns (`Table.lock`); readers need no lock. A crash before the commit
leaves a file that no log entry names: readers don't see it and `vacuum` removes it.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

# pandas 3 has loaded pyarrow already; deltalake is heavy and imported where used.
import pyarrow as pa
import pyarrow.parquet as pq

from sigma_core.errors import DamagedData, Problem
from sigma_core.paths import write_atomic

if TYPE_CHECKING:
    from deltalake import DeltaTable
    from deltalake.transaction import AddAction

NEVER = -1


@dataclass(frozen=True)
class Table:
    """One Delta table in one folder, with a fixed schema."""

    root: Path
    schema: pa.Schema

    @property
    def exists(self) -> bool:
        """Whether anything was ever committed."""
        return self.version() != NEVER

    def version(self) -> int:
        """Number of the last commit, −1 before the first; one directory listing."""
        return latest_commit(self.root)[0]

    def stamp(self) -> tuple[int, int, int]:
        """(version, size, mtime) of the last commit: equal stamps, equal content."""
        version, entry = latest_commit(self.root)
        if entry is None:
            return NEVER, 0, 0
        status = entry.stat()
        return version, status.st_size, status.st_mtime_ns

    @contextmanager
    def lock(self) -> Iterator[None]:
        """One writer at a time, over threads and processes; freed if it dies."""
        with locked(self.root / ".lock"):
            yield

    def files(self) -> list[str]:
        """Names of the data files of the last version, in order of writing."""
        if not self.exists:
            return []
        return sorted(Path(uri).name for uri in self._delta().file_uris())

    def read(
        self, columns: Sequence[str] | None = None, *, strict: bool = True
    ) -> pa.Table:
        """All rows, in order of writing; text columns come dictionary-encoded.

        Every file's bytes are compared with its sha first: DamagedData names the
        files that differ or are gone (`strict=False` reads what is sound).
        """
        wanted = list(columns or self.schema.names)
        parts, damaged = [], []
        for name in self.files():
            content = self._content(name)
            if content is None:
                damaged.append(name)
            else:
                parts.append(_parse(content, wanted))
        if damaged and strict:
            raise DamagedData([self._damage(name) for name in damaged])
        if not parts:
            return pa.schema([self.schema.field(name) for name in wanted]).empty_table()
        return pa.concat_tables(
            parts, promote_options="permissive"
        ).unify_dictionaries()

    def append(self, rows: pa.Table) -> int:
        """Add rows in one commit; gives the new version. Call it under `lock`."""
        return self._commit(rows, mode="append")

    def replace(self, rows: pa.Table) -> int:
        """Make `rows` the whole content in one commit. Call it under `lock`."""
        return self._commit(rows, mode="overwrite")

    def vacuum(self, *, retention_hours: int | None = None) -> list[str]:
        """Delete files that no version of the last week (or so) names."""
        if not self.exists:
            return []
        removed: list[str] = self._delta().vacuum(
            retention_hours=retention_hours,
            enforce_retention_duration=retention_hours is None,
            dry_run=False,
            full=True,
        )
        return removed

    def _commit(self, rows: pa.Table, *, mode: str) -> int:
        import deltalake
        from deltalake.transaction import create_table_with_add_actions

        version = self.version() + 1
        added = [self._add_action(rows.cast(self.schema), version)]
        schema = deltalake.Schema.from_arrow(self.schema)
        if version == 0:
            create_table_with_add_actions(str(self.root), schema, added, mode="error")
        else:
            self._delta().create_write_transaction([*added], mode, schema)
        self._sync_log()
        return version

    def _sync_log(self) -> None:
        """Make the commit survive a power cut: deltalake leaves that to the system."""
        _, entry = latest_commit(self.root)
        for path in (entry.path if entry else None, self.root / "_delta_log"):
            if path is not None:
                handle = os.open(path, os.O_RDONLY)
                os.fsync(handle)
                os.close(handle)

    def _add_action(self, rows: pa.Table, version: int) -> AddAction:
        """The file, written and synced, as the log will name it."""
        from deltalake.transaction import AddAction

        content = _encode(rows)
        name = f"{version:08d}-{hashlib.sha256(content).hexdigest()}.parquet"
        path = self.root / name
        write_atomic(path, content)
        return AddAction(
            path=name,
            size=len(content),
            partition_values={},
            modification_time=path.stat().st_mtime_ns // 1_000_000,
            data_change=True,
            stats=json.dumps({"numRecords": rows.num_rows}),
        )

    def _content(self, name: str) -> pa.Buffer | None:
        """Bytes of a file, None if they are not what was written."""
        try:
            content = (self.root / name).read_bytes()
        except FileNotFoundError:
            return None
        recorded = name.removesuffix(".parquet").rpartition("-")[2]
        sound = hashlib.sha256(content).hexdigest() == recorded
        return pa.py_buffer(content) if sound else None

    def _damage(self, name: str) -> Problem:
        return Problem(
            "bars.damaged",
            str(Path(self.root.name) / name),
            "the stored bytes are not those that were written (sha256 differs).",
            hint="Restore this file from a backup, or ingest its source again.",
        )

    def _delta(self) -> DeltaTable:
        from deltalake import DeltaTable

        return DeltaTable(self.root)


def latest_commit(root: Path) -> tuple[int, os.DirEntry[str] | None]:
    """The last entry of a Delta log, (−1, None) where there is no table."""
    try:
        entries = [
            (int(entry.name[:20]), entry)
            for entry in os.scandir(root / "_delta_log")
            if entry.name.endswith(".json") and entry.name[:20].isdigit()
        ]
    except FileNotFoundError:
        return NEVER, None
    return max(entries, key=lambda found: found[0], default=(NEVER, None))


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold an exclusive lock on a file; the system frees it when the process ends."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _encode(rows: pa.Table) -> pa.Buffer:
    sink = pa.BufferOutputStream()
    pq.write_table(
        rows,
        sink,
        compression="zstd",
        write_page_checksum=True,
        use_dictionary=[
            column.name for column in rows.schema if pa.types.is_string(column.type)
        ],
    )
    return sink.getvalue()


def _parse(content: pa.Buffer, columns: list[str]) -> pa.Table:
    source = pa.BufferReader(content)
    texts = [
        column.name
        for column in pq.read_schema(source)
        if pa.types.is_string(column.type)
    ]
    source.seek(0)
    return pq.read_table(source, columns=columns, read_dictionary=texts)
