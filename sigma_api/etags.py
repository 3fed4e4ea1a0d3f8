"""ETags of definitions: who changes one says which he has read."""

from __future__ import annotations

from rest_framework.request import Request

from sigma_api.problems import Fault, Refused


def etag_of(sha: str) -> str:
    """A sha as the header `ETag` has it."""
    return f'"{sha}"'


def seen_by(request: Request, *, needed: bool) -> str | None:
    """The sha in `If-Match`, None for `*` or, where it is not `needed`, for none.

    Raises 412 for a header that is missing but needed, or is not one strong ETag.
    """
    header = request.headers.get("If-Match", "").strip()
    if header == "*" or (not header and not needed):
        return None
    plain = header[1:-1]
    if plain and header == etag_of(plain) and '"' not in plain:
        return plain
    message = "If-Match must be the one ETag that was read."
    hint = "Read it first and send its ETag, or If-Match: * to write whatever is there."
    raise Refused(412, [Fault("If-Match", "etag.missing", message, hint)])
