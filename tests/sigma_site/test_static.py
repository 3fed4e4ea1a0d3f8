"""Static files: compressed once, and served as the browser takes them."""

from __future__ import annotations

import gzip
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.http import HttpResponse
from django.test import RequestFactory
from whitenoise.middleware import WhiteNoiseMiddleware

from sigma_site.plotly import home

#: an answer that ends looks after connections to the database
pytestmark = pytest.mark.django_db
PLOTLY = "plotly/plotly.min.js"
MEGABYTE = 1_000_000


@pytest.fixture(scope="module")
def collected(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where they lie for all tests here: collecting them takes seconds."""
    return tmp_path_factory.mktemp("static")


@pytest.fixture
def collect(collected: Path, settings: Any) -> Callable[[], Path]:
    """Collects them."""
    settings.STATIC_ROOT = collected

    def run() -> Path:
        call_command("collectstatic", interactive=False, verbosity=0)
        return collected

    return run


@dataclass(frozen=True)
class Sent:
    """What went over the wire."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def served(path: str, **headers: str) -> Sent:
    """The answer of the site's own middleware."""
    middleware = WhiteNoiseMiddleware(lambda request: HttpResponse(status=404))
    answer = middleware(RequestFactory().get(f"/static/{path}", headers=headers))
    try:
        return Sent(answer.status_code, answer.headers, answer.getvalue())
    finally:
        answer.close()


def test_plotly_goes_over_the_wire_in_a_third(collect) -> None:
    collect()
    answer = served(PLOTLY, accept_encoding="gzip, br")
    assert answer.headers["Content-Encoding"] == "gzip"
    assert int(answer.headers["Content-Length"]) == len(answer.body) < 1.6 * MEGABYTE
    assert gzip.decompress(answer.body) == (home() / "plotly.min.js").read_bytes()


def test_who_takes_no_gzip_gets_the_file_itself(collect) -> None:
    collect()
    answer = served(PLOTLY)
    assert "Content-Encoding" not in answer.headers
    assert answer.body == (home() / "plotly.min.js").read_bytes()


@pytest.mark.parametrize("taken", ["gzip", "identity"])
def test_caches_keep_both_apart_and_ask_again(collect, taken) -> None:
    collect()
    answer = served(PLOTLY, accept_encoding=taken)
    assert "Accept-Encoding" in answer.headers["Vary"]
    assert answer.headers["Cache-Control"] == "max-age=60, public"
    when = answer.headers["Last-Modified"]
    known = served(PLOTLY, accept_encoding=taken, if_modified_since=when)
    assert (known.status, known.body) == (304, b"")


def test_what_has_not_changed_is_not_compressed_again(collect) -> None:
    root = collect()
    before = (root / f"{PLOTLY}.gz").stat()
    collect()
    after = (root / f"{PLOTLY}.gz").stat()
    assert (after.st_ino, after.st_ctime_ns) == (before.st_ino, before.st_ctime_ns)


def test_a_file_that_changed_has_a_new_gzip(collect) -> None:
    root = collect()
    style = root / "js" / "charts.js"
    style.write_text("old")
    (root / "js" / "charts.js.gz").write_bytes(gzip.compress(b"old"))
    os.utime(style, (0, 0))  # older than the source, so it is collected again
    now = collect() / "js" / "charts.js"
    assert gzip.decompress(Path(f"{now}.gz").read_bytes()) == now.read_bytes() != b"old"
