"""D9: a bar that belongs to a later day of the same ticker.

Vendor files hold rows that are another day's bar. Where all four prices equal a later
row's, the earlier one told the future: it is taken out, the later one never is.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from sigma_core.frames import Bools, Floats, Ints
from sigma_core.quality.marks import Finds

#: How far ahead an equal row is looked for, in sessions.
WITHIN = 120
#: Two bars of few possible prices agree by chance: in five years of the S&P 500 six
#: pairs did, all within 20 cents and with volumes more than 45 % apart, while the
#: 1,036 foreign bars there differ by less than 40 %. A range of up to so many cents ...
CHANCE_RANGE = 0.255
#: ... with volumes further apart than this (larger over smaller) is left alone.
CHANCE_VOLUME = 1.1
#: Within a day so many shares in a narrow bar are a few round lots: chance again.
ODD_LOTS = 1000


def mark_foreign(
    fields: Mapping[str, Floats],
    usable: Bools,
    finds: Finds,
    *,
    same_volume: bool = False,
) -> Bools:
    """D9: the earlier rows of equal pairs within 120 bars, as `[ticker, time]`.

    `same_volume`: only pairs that agree in volume too. Within a day a bar spans a few
    cents, and its four prices come again by chance.
    """
    high, low = fields["high"], fields["low"]
    rows, columns, later = _pairs(fields, usable & (high > low))
    volume, other = fields["volume"][rows, columns], fields["volume"][rows, later]
    if same_volume:
        wide = high[rows, columns] - low[rows, columns] >= CHANCE_RANGE
        same = (volume == other) & (wide | (volume > ODD_LOTS))
        rows, columns, later = rows[same], columns[same], later[same]
        volume, other = volume[same], other[same]
    more, less = np.maximum(volume, other), np.minimum(volume, other)
    narrow = high[rows, columns] - low[rows, columns] < CHANCE_RANGE
    chance = narrow & (more > CHANCE_VOLUME * less)
    days = np.datetime_as_string(finds.axis.times[later])
    words = np.where(volume == other, "volume too", "volume differs").astype(object)
    words = "all four prices are those of " + days.astype(object) + " (" + words
    taken = words + "): a later day's bar."
    left = words + "): few prices were possible, taken for chance."
    bad = np.zeros(usable.shape, dtype=bool)
    bad[rows[~chance], columns[~chance]] = True
    at = rows[~chance], columns[~chance]
    finds.add("D9", "quarantine", at, later[~chance], taken[~chance])
    finds.add(
        "D9", "warn", (rows[chance], columns[chance]), later[chance], left[chance]
    )
    return bad


def _pairs(fields: Mapping[str, Floats], among: Bools) -> tuple[Ints, Ints, Ints]:
    """Rows, columns and the column of the nearest equal bar ahead, within reach."""
    rows, columns = np.nonzero(among)
    keys = _keys(fields, rows, columns)
    # stable: equal keys stay in order of time, so the next one is the nearest ahead
    order = np.argsort(keys, kind="stable")
    here, ahead = order[:-1], order[1:]
    near = (keys[here] == keys[ahead]) & (rows[here] == rows[ahead])
    near &= columns[ahead] - columns[here] <= WITHIN
    here, ahead = here[near], ahead[near]
    # equal keys are equal bars but for one chance in 2^64; look at the prices
    same = np.ones(len(here), dtype=bool)
    for name in ("open", "high", "low", "close"):
        values = fields[name]
        same &= values[rows[here], columns[here]] == values[rows[ahead], columns[ahead]]
    here, ahead = here[same], ahead[same]
    return rows[here], columns[here], columns[ahead]


def _keys(
    fields: Mapping[str, Floats], rows: Ints, columns: Ints
) -> npt.NDArray[np.uint64]:
    """One 64-bit key per bar from its ticker and its four prices."""
    odd = np.uint64(0x9E3779B97F4A7C15)  # 2^64 / golden ratio: spreads the bits
    keys = (rows.astype(np.uint64) + np.uint64(1)) * odd
    for name in ("open", "high", "low", "close"):
        keys ^= fields[name][rows, columns].view(np.uint64)
        keys *= odd
        keys ^= keys >> np.uint64(29)
    return keys
