"""Every error of the API as one document: RFC 9457, `application/problem+json`.

    {"type": "about:blank", "title": "Unprocessable Entity", "status": 422,
     "code": "session.not_a_session", "detail": "2017-07-04 is not a session.",
     "errors": [{"pointer": "/as_of", "code": …, "message": …, "hint": …}]}

`pointer` is a JSON pointer into the body, `?name` for a query parameter, the name of
a header, or the place in a file. Status codes: 400 the request can't be read, 401, 403,
404, 405, 406, 409 a name or a state is in the way, 412 an ETag is missing or old, 413,
415, 422 it can be read but breaks a rule, 429, 500, 503 try again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from http import HTTPStatus
from typing import Any

from django.core.exceptions import (
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
)
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, JsonResponse
from django.http.request import UnreadablePostError
from rest_framework import exceptions
from rest_framework.response import Response

from sigma_core.errors import (
    BadInput,
    Cancelled,
    DamagedData,
    MissingData,
    Problem,
    SigmaError,
    UnknownName,
)

MEDIA_TYPE = "application/problem+json"
RETRY_SECONDS = 2
#: rules that are about the state of things, not about what was sent
CONFLICTS = frozenset(
    {
        "definition.exists",
        "definition.in_use",
        "idempotency.gone",
        "idempotency.reused",
        "run.ended",
        "universe.exists",
        "universe.in_use",
    }
)
#: what was edited is no longer what is there
STALE = frozenset({"etag.stale"})


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong with a request."""

    pointer: str
    code: str
    message: str
    hint: str = ""


class Refused(exceptions.APIException):
    """An answer of any status with its faults listed."""

    def __init__(self, status: int, faults: Sequence[Fault]) -> None:
        super().__init__(detail=faults[0].message, code=faults[0].code)
        self.status_code = status
        self.faults = list(faults)


class Hinted(exceptions.ErrorDetail):
    """A fault of a serializer that knows how it can be mended."""

    hint: str

    def __new__(cls, text: str, code: str, hint: str) -> Hinted:
        made: Hinted = super().__new__(cls, text, code)
        made.hint = hint
        return made


def malformed(pointer: str, code: str, message: str, hint: str = "") -> Refused:
    """400 with one fault."""
    return Refused(400, [Fault(pointer, code, message, hint)])


@contextmanager
def names_in_address() -> Iterator[None]:
    """Within it an unknown name is one of the address: 404, not 422."""
    try:
        yield
    except UnknownName as error:
        faults = [fault_of(problem) for problem in error.problems]
        raise Refused(404, faults) from None


def fault_of(problem: Problem) -> Fault:
    """A problem of the engine, in the API's words."""
    return Fault(problem.where, problem.code, problem.message, problem.hint)


def handle(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """DRF's exception handler; None lets Django log it and answer 500."""
    known = refusal_of(error)
    if known is None:
        return None
    faults = known.faults
    if isinstance(error, SigmaError):
        body = getattr(context["view"], "body", {})
        query = context["request"].query_params
        faults = [_located(fault, body, query) for fault in faults]
    headers = {}
    if known.status_code == 503:
        headers["Retry-After"] = str(RETRY_SECONDS)
    if wait := getattr(error, "wait", None):
        headers["Retry-After"] = str(int(wait) + 1)
    if authenticate := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = authenticate
    return Response(
        document(known.status_code, faults),
        status=known.status_code,
        headers=headers,
        content_type=MEDIA_TYPE,
    )


def refusal_of(error: Exception) -> Refused | None:
    """What an exception means to the caller; None where it is our own fault."""
    match error:
        case Refused():
            return error
        case SigmaError():
            return _engine_refusal(error)
        case exceptions.ValidationError():
            return Refused(400, list(flat(error.detail)))
        case exceptions.APIException():
            code = f"http.{error.get_codes()}"
            return Refused(error.status_code, [Fault("", code, _sentence(error))])
        case Http404():
            return _plain(404, "http.not_found", "There is nothing at this address.")
        case PermissionDenied():
            return _plain(403, "http.permission_denied", str(error) or "Not allowed.")
        case RequestDataTooBig():
            return _plain(413, "http.too_large", "The body is too large.")
        case SuspiciousOperation() | UnreadablePostError():
            return _plain(400, "http.unreadable", "The request can't be read.")
        case OperationalError() | InterfaceError():
            message = "The database can't answer now. Try again in a moment."
            return _plain(503, "database.busy", message)
    return None


def _engine_refusal(error: SigmaError) -> Refused | None:
    faults = [fault_of(problem) for problem in error.problems]
    if error.code in CONFLICTS or isinstance(
        error, MissingData | DamagedData | Cancelled
    ):
        return Refused(409, faults)
    if error.code in STALE:
        return Refused(412, faults)
    return Refused(422, faults) if isinstance(error, BadInput) else None


def _located(fault: Fault, body: Mapping[str, Any], query: Mapping[str, Any]) -> Fault:
    """The fault at the key of the body or query that it is about, where that is plain.

    The engine knows places in its own words: the name of a key, or a day.
    """
    is_day = fault.code.startswith("sessions.")
    for sign, given in (("/", body), ("?", query)):
        for key, value in given.items():
            if fault.pointer == key or (is_day and fault.pointer == value):
                return replace(fault, pointer=sign + escape(key))
    return fault


def _plain(status: int, code: str, message: str) -> Refused:
    return Refused(status, [Fault("", code, message)])


def _sentence(error: exceptions.APIException) -> str:
    return str(error.detail)


def flat(detail: Any, pointer: str = "") -> Iterator[Fault]:
    """The leaves of a serializer's nested errors, each with its pointer."""
    if isinstance(detail, Mapping):
        for key, below in detail.items():
            own = key == "non_field_errors"
            yield from flat(below, pointer if own else f"{pointer}/{escape(key)}")
    elif isinstance(detail, list | tuple):
        for index, below in enumerate(detail):
            nested = isinstance(below, Mapping | list)
            yield from flat(below, f"{pointer}/{index}" if nested else pointer)
    else:
        hint = getattr(detail, "hint", "")
        yield Fault(pointer, f"input.{detail.code}", str(detail), hint)


def escape(key: object) -> str:
    """A key as one step of a JSON pointer (RFC 6901)."""
    return str(key).replace("~", "~0").replace("/", "~1")


def document(status: int, faults: Sequence[Fault]) -> dict[str, Any]:
    """The body of a problem+json answer."""
    return {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "code": faults[0].code,
        "detail": " ".join(fault.message for fault in faults[:3]),
        "errors": [asdict(fault) for fault in faults],
    }


def is_api(request: HttpRequest) -> bool:
    """Whether an address is the API's, so that its errors are documents too."""
    return request.path.startswith("/api/")


def answer(status: int, code: str, message: str) -> JsonResponse:
    """A problem+json answer outside of DRF: Django's own 400, 403, 404 and 500."""
    body = document(status, [Fault("", code, message)])
    return JsonResponse(body, status=status, content_type=MEDIA_TYPE)
