"""Files → a dataset: parsed, checked by quality, stored in one commit, with a report.

- bars.py     `ingest` and `dry_run`: bars from CSV, Parquet, zips and folders
- records.py  `ingest_table`: actions, reference data and memberships from CSV
- parse.py    `read_files`: the table of bars that files hold, nothing judged yet
- sources.py tables.py aliases.py moments.py   the steps of parsing
- report.py   what is told of an ingest
"""

from sigma_core.ingest.bars import dry_run, ingest
from sigma_core.ingest.parse import Parsed, read_files
from sigma_core.ingest.records import TableReport, ingest_table
from sigma_core.ingest.report import IngestReport
from sigma_core.ingest.sources import Limits

__all__ = [
    "IngestReport",
    "Limits",
    "Parsed",
    "TableReport",
    "dry_run",
    "ingest",
    "ingest_table",
    "read_files",
]
