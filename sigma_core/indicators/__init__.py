"""Indicators: one small function and one card each.

1. `registry.py`   cards, parameters, column names; reading them needs no compiler
2. `windows.py`, `averages.py`   the loops that the indicators share
3. `trend*.py`, `direction.py`, `momentum.py`, `*oscillators.py`, `*volatility*.py`,
   `volume.py`, `structure.py`
                   the indicators, each a textbook loop over one ticker's clean bars
4. `kernels.py`    runs them over all tickers: spans, gaps, blocks, threads
5. `compiled.py`   turns the loops into machine code; the only file that imports numba
"""

from sigma_core.indicators.registry import (
    Call,
    Card,
    ColumnSpec,
    card,
    cards,
    columns,
    resolve,
)

__all__ = ["Call", "Card", "ColumnSpec", "card", "cards", "columns", "resolve"]
