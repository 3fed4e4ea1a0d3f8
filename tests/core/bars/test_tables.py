"""Delta tables whose files are named after their content."""

import subprocess
import sys
import threading

import pyarrow as pa
import pytest

from sigma_core.bars.tables import Table
from sigma_core.errors import DamagedData

SCHEMA = pa.schema([("ticker", pa.string()), ("close", pa.float64())])


def rows(*closes):
    return pa.table({"ticker": ["AAA"] * len(closes), "close": list(closes)}, SCHEMA)


@pytest.fixture
def table(tmp_path):
    return Table(tmp_path / "a table", SCHEMA)


def add(table, *closes):
    with table.lock():
        return table.append(rows(*closes))


def closes(table):
    return table.read()["close"].to_pylist()


def test_a_table_that_was_never_written_is_empty(table):
    assert not table.exists
    assert table.version() == -1
    assert closes(table) == []


def test_it_reads_back_in_order_of_writing(table):
    assert [add(table, 2.0, 1.0), add(table, 3.0)] == [0, 1]
    assert closes(table) == [2.0, 1.0, 3.0]


def test_a_replacement_is_the_whole_content(table):
    add(table, 1.0, 2.0)
    with table.lock():
        table.replace(rows(9.0))

    assert closes(table) == [9.0]


def test_its_stamp_changes_with_each_commit(table):
    stamps = {table.stamp(), (add(table, 1.0), table.stamp())[1]}
    add(table, 1.0)

    assert table.stamp() not in stamps


def test_other_delta_readers_read_it(table):
    from deltalake import DeltaTable

    add(table, 1.0, 2.0)
    assert DeltaTable(table.root).to_pyarrow_table()["close"].to_pylist() == [1.0, 2.0]


@pytest.mark.parametrize("share", [0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 0.999])
def test_a_flipped_bit_is_found_wherever_it_is(table, share):
    add(table, *map(float, range(500)))
    (name,) = table.files()
    content = bytearray((table.root / name).read_bytes())
    content[int(share * len(content))] ^= 1
    (table.root / name).write_bytes(content)

    with pytest.raises(DamagedData, match=name):
        table.read()


def test_a_file_that_is_gone_is_damage_too(table):
    add(table, 1.0)
    (name,) = table.files()
    (table.root / name).unlink()

    with pytest.raises(DamagedData, match=name):
        table.read()


KILLED = """
import os, sys
from pathlib import Path
import deltalake
from sigma_core.bars.tables import Table
from tests.core.bars.test_tables import SCHEMA, rows
deltalake.DeltaTable.create_write_transaction = lambda *a, **k: os._exit(9)
table = Table(Path(sys.argv[1]), SCHEMA)
with table.lock():
    table.append(rows(2.0))
"""


def test_a_kill_between_file_and_commit_leaves_the_old_content(table):
    add(table, 1.0)
    died = subprocess.run([sys.executable, "-c", KILLED, str(table.root)], check=False)

    assert died.returncode == 9
    assert len(list(table.root.glob("*.parquet"))) == 2
    assert closes(table) == [1.0]
    assert add(table, 3.0) == 1  # the lock died with its holder
    assert closes(table) == [1.0, 3.0]


def test_vacuum_removes_what_no_version_names(table):
    add(table, 1.0)
    (table.root / "00000001-left-behind.parquet").write_bytes(b"half a file")
    with table.lock():
        table.vacuum(retention_hours=0)

    assert [path.name for path in table.root.glob("*.parquet")] == table.files()


def test_writers_take_turns(table):
    def write(value):
        for _ in range(5):
            add(table, value)

    threads = [threading.Thread(target=write, args=(float(n),)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert table.version() == 19
    assert sorted(closes(table)) == sorted([0.0, 1.0, 2.0, 3.0] * 5)
