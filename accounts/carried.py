"""What someone typed and sent after their session had ended, carried over the login.

1. a form that is posted by nobody gets the login page, which holds its fields
2. once they are logged in, they stand on a page with one button that sends them again

The fields travel in the pages: nothing is stored, and nothing is done in anybody's name
before the button is pressed. Files can't be carried.
"""

from __future__ import annotations

import json

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render

from accounts.login_form import LoginForm

FIELD = "carried"
#: characters; no page of this site sends more
MOST = 1_000_000
Fields = list[tuple[str, str]]


def may_carry(request: HttpRequest) -> bool:
    """Whether a request is a form sent by nobody, with fields that can be kept."""
    return (
        request.method == "POST"
        and not request.user.is_authenticated
        and "HX-Request" not in request.headers
        and not request.FILES
        and 0 < len(packed(request.POST)) <= MOST
    )


def ask(request: HttpRequest) -> HttpResponse:
    """The login page, with what was sent in it."""
    context = {
        "form": LoginForm(request),
        "next": request.get_full_path(),
        FIELD: packed(request.POST),
    }
    return render(request, "accounts/login.html", context, status=401)


def packed(posted: QueryDict) -> str:
    """Fields as one text, in their order; empty for none."""
    pairs = [
        (name, value)
        for name, values in posted.lists()
        for value in values
        if name != "csrfmiddlewaretoken"
    ]
    return json.dumps(pairs) if pairs else ""


def unpacked(text: str) -> Fields:
    """The fields of such a text; none for any other."""
    try:
        pairs = json.loads(text[: MOST + 1]) if text else []
    except (ValueError, RecursionError):
        return []
    if not isinstance(pairs, list):
        return []
    whole = [pair for pair in pairs if isinstance(pair, list) and len(pair) == 2]
    texts = [(n, v) for n, v in whole if isinstance(n, str) and isinstance(v, str)]
    return texts if len(texts) == len(pairs) else []
