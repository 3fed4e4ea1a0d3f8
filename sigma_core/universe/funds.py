"""What is no share of a company: funds, and the benchmark things are measured by."""

from __future__ import annotations

import pandas as pd

_FUND_SYMBOLS = """
SPY IVV VOO VTI QQQ IWM DIA EEM EFA VEA VWO AGG BND TLT IEF SHY LQD HYG GLD SLV USO VXX
UVXY TQQQ SQQQ XLB XLC XLE XLF XLI XLK XLP XLRE XLU XLV XLY SMH SOXX XBI IBB KRE XOP GDX
ARKK RSP MDY IJH IJR
"""
#: Well-known funds: left out even where no reference data names the assets.
FUNDS = frozenset(_FUND_SYMBOLS.split())
_FUND_WORDS = ("etf", "etn", "fund", "index", "benchmark")


def funds_of(reference: pd.DataFrame | None, benchmark: str | None) -> set[str]:
    """The benchmark, the funds everyone knows, and those the reference data names."""
    found = {benchmark} | FUNDS if benchmark else set(FUNDS)
    if reference is None or "asset" not in reference:
        return found
    words = reference["asset"].astype("str").str.lower()
    return found | set(reference.loc[words.isin(_FUND_WORDS), "ticker"])
