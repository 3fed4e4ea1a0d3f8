"""Indicators that forget: their cores run over the last bars, from a block's start.

No second formula stands here. Behind a name are the parameters by which its loops cut
the series into blocks (`windows.py`); where there is none, bars are summed up or
compared within the window alone.
"""

from __future__ import annotations

from sigma_core.indicators.steps.carry import tail

# one window, cut at block ends
for _name in (
    *("cci", "cmo", "efficiency_ratio", "chop", "dpo", "qstick", "vortex", "lr_r2"),
    *("rv_close", "rv_parkinson", "rv_garman_klass", "rv_rogers_satchell"),
    *("rv_yang_zhang", "downside_vol", "cmf", "mfi", "obv", "vol_zscore"),
    *("adv_dollar", "amihud", "vwap_rolling", "price_extremes", "price_line"),
    *("price_moments", "price_moves", "price_ranks", "price_volume_corr"),
    *("volume_moments", "volume_moves", "wvma"),
):
    tail(_name, "window")

# several
tail("awesome_osc", "fast", "slow")
tail("stochastic", "smooth", "signal")
tail("ultimate_oscillator", "short", "medium", "long")
tail("vol_of_vol", "window", "over")

# none
for _name in (
    *("wma", "hma", "linreg_slope", "aroon", "ichimoku", "days_since_high", "max_ret"),
    *("reversal_1m", "mom_12_1", "pivot_floor", "inside_bar", "nr7", "kbar"),
    *("ref_close", "session_minute", "calendar_flags"),
):
    tail(_name)
