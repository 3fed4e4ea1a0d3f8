"""Sessions that were asked for and come before every column can be warm."""

from __future__ import annotations

from sigma_core.builds import Prepared


def cold_sentences(prepared: Prepared) -> list[str]:
    """What is to be read of them before a result is believed; nothing where there are
    none."""
    count = prepared.cold
    if not count:
        return []
    days = prepared.market.bars.axis.days
    if prepared.first + count > prepared.market.column:
        when = f"on none of the {count:,} sessions"
    else:
        when = f"from {days[prepared.first + count]} on, not on the {count:,} before"
    return [
        f"Every column can be warm {when}. Rules that read one that is not pass "
        "nobody, and days without a position count like others."
    ]
