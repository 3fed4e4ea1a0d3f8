"""Long lists, a page at a time, by where the last page ended.

The cursor holds the sort values of the last row shown; the next page is what sorts
after them. Rows that arrive in between are neither shown twice nor skipped, and a deep
page costs what the first one costs.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TypeGuard, TypeVar
from urllib.parse import parse_qsl, urlencode, urlsplit

from django.core.exceptions import FieldError, ValidationError
from django.db.models import Field, Model, Q, QuerySet

from sigma_api.problems import Refused, malformed

T = TypeVar("T")
#: no number of a row is as large; whole numbers below the first are floats exactly
EXACT, BIGGEST = 2**53, 2**63


def page(
    rows: QuerySet[Any],
    *,
    order: Sequence[str],
    query: dict[str, Any],
    show: Callable[[Any], dict[str, Any]],
    address: str,
) -> dict[str, Any]:
    """`{"results": […], "next": URL or null}`.

    `order` names columns that are never null, the last of them unique; `query` has
    `limit` and maybe `cursor`; `address` is the URL of this page.
    """
    ordered = begun(rows.order_by(*order), order, query)
    found = list(ordered[: query["limit"] + 1])
    shown = page_of_rows(found, order=order, query=query, address=address)
    return shown | {"results": [show(row) for row in shown["results"]]}


def page_of_rows(
    found: Sequence[Any], *, order: Sequence[str], query: dict[str, Any], address: str
) -> dict[str, Any]:
    """The same with the rows themselves; `found` are those from where the page begins,
    one more than it holds if there are more."""
    limit = query["limit"]
    more = len(found) > limit
    return {
        "results": list(found[:limit]),
        "next": _next(address, encode(found[limit - 1], order)) if more else None,
    }


def begun(
    rows: QuerySet[Any], order: Sequence[str], query: dict[str, Any]
) -> QuerySet[Any]:
    """The rows from where the page begins that `query` asks for."""
    if cursor := query.get("cursor"):
        return _after(rows, order, decode(cursor, len(order)))
    return rows


def page_of_list(
    items: Sequence[T],
    *,
    key: Callable[[T], list[str]],
    width: int,
    query: dict[str, Any],
    show: Callable[[T], dict[str, Any]],
    address: str,
) -> dict[str, Any]:
    """The same for a list in memory, sorted by `key`, which has `width` texts."""
    limit = query["limit"]
    rest = list(items)
    if cursor := query.get("cursor"):
        start = [str(value) for value in decode(cursor, width)]
        rest = [item for item in items if key(item) > start]
    shown = rest[:limit]
    more = len(rest) > limit
    return {
        "results": [show(item) for item in shown],
        "next": _next(address, pack(key(shown[-1]))) if more else None,
    }


def _after(
    rows: QuerySet[Any], order: Sequence[str], values: Sequence[Any]
) -> QuerySet[Any]:
    """Rows that sort after the values: (a > A) or (a = A and b > B) or …"""
    wanted, equal = Q(), Q()
    for name, value in zip(order, values, strict=True):
        column = name.lstrip("-")
        if not _fits(value, _field_of(rows, column)):
            raise invalid_cursor()
        side = "lt" if name.startswith("-") else "gt"
        wanted |= equal & Q(**{f"{column}__{side}": value})
        equal &= Q(**{column: value})
    try:
        return rows.filter(wanted)
    except (ValidationError, ValueError, TypeError, FieldError):
        raise invalid_cursor() from None


def _field_of(rows: QuerySet[Any], column: str) -> Field[Any, Any]:
    """The field of a column, the rows' own or one they are annotated with."""
    annotated = rows.query.annotations.get(column)
    if annotated is not None:
        found: Field[Any, Any] = annotated.output_field
        return found
    field = rows.model._meta.get_field(column)
    return getattr(field, "target_field", field)


def _fits(value: object, field: Field[Any, Any]) -> bool:
    """Whether a row could have had the value: a database takes no other, or worse."""
    match field.get_internal_type():
        case "BooleanField":
            return isinstance(value, bool)
        case "FloatField":
            return isinstance(value, float) or (_is_whole(value) and abs(value) < EXACT)
        case "DateTimeField":
            return isinstance(value, str) and _is_moment(value)
        case name if name.endswith(("IntegerField", "AutoField")):
            return _is_whole(value) and abs(value) < BIGGEST
    return isinstance(value, str)


def _is_whole(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_moment(value: str) -> bool:
    """With its zone, as ours are."""
    try:
        return datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False


def encode(row: Model, order: Sequence[str]) -> str:
    """The row's sort values as text for a URL."""
    return pack([getattr(row, name.lstrip("-")) for name in order])


def pack(values: Sequence[Any]) -> str:
    """Values as text for a URL."""
    packed = json.dumps(values, default=str, separators=(",", ":"))
    return base64.urlsafe_b64encode(packed.encode()).decode().rstrip("=")


def decode(cursor: str, wanted: int) -> list[Any]:
    """The sort values in a cursor; raises `Refused`."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        values = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError):
        raise invalid_cursor() from None
    plain = isinstance(values, list) and all(_is_plain(value) for value in values)
    if not plain or len(values) != wanted:
        raise invalid_cursor()
    return list(values)


def _is_plain(value: object) -> bool:
    """What a sort value may be: a text, a number of any size but no NaN."""
    if isinstance(value, float):
        return math.isfinite(value)
    return isinstance(value, str | int) and "\0" not in str(value)


def invalid_cursor() -> Refused:
    """400 for a cursor that is not one of ours."""
    hint = "Follow `next` as it stands, or leave the cursor out to start anew."
    return malformed("?cursor", "cursor.invalid", "This is not a cursor.", hint)


def _next(address: str, cursor: str) -> str:
    parts = urlsplit(address)
    query = [(key, value) for key, value in parse_qsl(parts.query) if key != "cursor"]
    return parts._replace(query=urlencode([*query, ("cursor", cursor)])).geturl()
