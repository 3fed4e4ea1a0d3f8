"""The Signals DB's back door: browse, filter, search and export; nothing is changed.

1. `base`      rows that are shown and exported
2. `lists`     signals, runs and what they have read
3. `evidence`  trained models, backtests, calibrations and the ledger of trials
"""

from signals.admin import evidence, lists

__all__ = ["evidence", "lists"]
