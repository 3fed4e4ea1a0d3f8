"""The terms on which orders are filled, in words: the same for report, calibration and
comparison. Light: a page that says them needs no engine."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sigma_core.numerals import numeral

#: the terms where nothing is said of them, as `backtest.Terms` has them
STANDING: Mapping[str, Any] = {
    "participation": None,
    "delisting_return": 0.0,
    "whole_shares": True,
}
#: what is said where a side has the usual term
USUAL = {
    "participation": "entries of any size",
    "delisting_return": "delisted at the last price",
    "whole_shares": "whole shares",
}


def terms_words(
    *, participation: float | None, delisting_return: float, whole_shares: bool
) -> dict[str, str]:
    """Each term in a phrase, by its name, the usual ones as well (`USUAL`)."""
    said = dict(USUAL)
    if participation is not None:
        most = numeral(participation * 100, "g")
        said["participation"] = f"entries of at most {most} % of the average volume"
    if delisting_return:
        side = beyond_words(delisting_return)
        said["delisting_return"] = f"delisted {side} the last price"
    if not whole_shares:
        said["whole_shares"] = "fractions of shares"
    return said


def beyond_words(brings: float) -> str:
    """On which side of the last price a delisted share leaves: 30 % below."""
    return f"{numeral(abs(brings) * 100, 'g')} % {'below' if brings < 0 else 'above'}"
