"""Which header is which field, as people write it: `close=PX_LAST`."""

from __future__ import annotations

from collections.abc import Iterable

from sigma_core.errors import BadInput, Problem


def columns_of(pairs: Iterable[str]) -> dict[str, str]:
    """Field → header of texts FIELD=HEADER; BadInput for one that is none."""
    found = {}
    for pair in pairs:
        field, sign, header = (part.strip() for part in pair.partition("="))
        if not (field and sign and header):
            message = f"{pair[:60]!r} names no field and header."
            hint = "Write FIELD=HEADER, such as close=PX_LAST."
            raise BadInput(Problem("ingest.columns", "columns", message, hint))
        found[field.lower()] = header
    return found


def columns_in(text: str) -> dict[str, str]:
    """The same from one line, with commas between."""
    return columns_of(part for part in text.split(",") if part.strip())
