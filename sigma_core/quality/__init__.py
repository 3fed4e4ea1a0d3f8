"""Data quality: which stored bars are wrong, and which tickers must wait for someone.

1. `check_file` (files.py): may a file's rows come in? D1 two rows that disagree and
   D2 too many impossible bars refuse a ticker; exact duplicates are counted.
2. `derive` (derive.py): marks on the bars of one dataset, from the bars and the
   recorded actions alone: D2, D3, D5 (cells.py), D6 (moves.py), D9 (foreign.py), and
   D4 for the rows that stand off the calendar.

A mark either takes one bar out (`quarantine`), takes a ticker out from a session on
until someone decides (`block`), or only says so (`warn`). Nothing is ever mended.
Each rule has its page of hand-made rows in docs/definitions/quality-*.md.
"""

from sigma_core.quality.derive import derive
from sigma_core.quality.files import FileVerdict, check_file
from sigma_core.quality.marks import MARK_COLUMNS, Marks

__all__ = ["MARK_COLUMNS", "FileVerdict", "Marks", "check_file", "derive"]
