"""Idempotency-Key: a person's own word for a request, so that it may be sent twice."""

from __future__ import annotations

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request

from sigma_api.problems import malformed

KEY_MAX = 128
IDEMPOTENCY_KEY = OpenApiParameter(
    name="Idempotency-Key",
    type=OpenApiTypes.STR,
    location=OpenApiParameter.HEADER,
    description="The same key with the same body gives the answer of the first time.",
)


def key_of(request: Request) -> str | None:
    """The key in the header; None where there is none, 400 for one that may not be."""
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return None
    if not (
        key.strip() and len(key) <= KEY_MAX and key.isascii() and key.isprintable()
    ):
        message = f"A key is 1 to {KEY_MAX} printable ASCII characters."
        hint = "A random UUID does well."
        raise malformed("Idempotency-Key", "idempotency.invalid", message, hint)
    return key
