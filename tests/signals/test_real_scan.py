"""Real bars through all three doors: the same list, and the one plain pandas gives.

On 2014-11-12 and 2017-08-15 there are faulty bars among those of the day.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import date
from io import StringIO
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client, override_settings
from django.urls import reverse

from sigma_core.sessions import exchange
from signals.models import Run, Signal
from signals.services import runs
from tests.home import ROOT
from tests.reference import breakout_scan

FILE = ROOT.parent / "shared" / "data" / "sp500_daily_2013_2018.parquet"
PACK, MODEL = "swingsigma", "universe_eq_swing_daily_breakout_scanner"
DAYS = ("2014-11-12", "2017-06-30", "2017-08-15")
FIRST = date(2013, 2, 8)

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.real_data,
    pytest.mark.skipif(not FILE.exists(), reason="the real market data is not here"),
]


@pytest.fixture(scope="module")
def real_home(
    tmp_path_factory: pytest.TempPathFactory, django_db_blocker: object
) -> Path:
    """A home whose dataset `main` holds the bars, stored once for all tests here."""
    home = tmp_path_factory.mktemp("real")
    (home / "uploads").mkdir()
    return home


@pytest.fixture
def own_home(real_home: Path) -> Iterator[Path]:
    """The same home for every test; the first one ingests, the others find it done."""
    with override_settings(SIGMA_HOME=real_home):
        if not (real_home / "datasets" / "main").exists():
            call_command(
                *("ingest_bars", str(FILE), "--adjustment", "split", "--json"),
                stdout=StringIO(),
                stderr=StringIO(),
            )
        yield real_home


@pytest.fixture
def kept(own_home: Path) -> pd.DataFrame:
    """The bars that `export_bars` says the product kept."""
    path = own_home / "kept.parquet"
    call_command("export_bars", str(path), "--dataset", "main", stdout=StringIO())
    bars = pd.read_parquet(path)
    return bars.assign(date=pd.to_datetime(bars["date"]))


def by_command(day: str) -> list[tuple[str, float]]:
    out = StringIO()
    call_command(
        *("scan", f"{PACK}/{MODEL}", "--as-of", day, "--dataset", "main", "--json"),
        stdout=out,
        stderr=StringIO(),
    )
    signals = json.loads(out.getvalue())["signals"]
    return [(signal["ticker"], signal["score_total"]) for signal in signals]


def by_api(client: Client, day: str) -> list[tuple[str, float]]:
    body = {"pack": PACK, "model_id": MODEL, "as_of": day, "dataset": "main"}
    answer = client.post("/api/scan", body, content_type="application/json")
    assert answer.status_code == 202, answer.content
    do_newest_run()
    query = {"session": day, "model": f"{PACK}/{MODEL}", "dataset": "main"}
    rows = client.get("/api/signals", query).json()["results"]
    return [(row["ticker"], row["score_total"]) for row in rows]


def by_page(client: Client, day: str) -> list[tuple[str, str]]:
    """Tickers and scores as the table prints them, read from its HTML."""
    form = {"pack": PACK, "model_id": MODEL, "as_of": day, "dataset": "main"}
    assert client.post(reverse("run_create"), form).status_code == 302
    do_newest_run()
    query = {"session": day, "model": f"{PACK}/{MODEL}", "dataset": "main"}
    html = client.get(reverse("signals"), query).content.decode()
    row = re.compile(
        r'class="ticker"[^>]*>([^<]+)</a>.*?class="score-cell">.*?<b>([^<]+)</b>',
        re.DOTALL,
    )
    return row.findall(html)


def do_newest_run() -> None:
    """What the worker does when the bell rings."""
    run = runs.execute_here(Run.objects.latest("pk"))
    assert run.status == Run.Status.SUCCEEDED, run.reason


@pytest.mark.parametrize("day", DAYS)
def test_it_lists_the_same_by_every_door_and_as_pandas_does(
    day: str,
    kept: pd.DataFrame,
    builder_user: User,
    client_of: Callable[..., Client],
    token_client: Callable[..., Client],
) -> None:
    sessions = exchange().between(FIRST, date.fromisoformat(day))
    expected = breakout_scan(kept, day, [str(session) for session in sessions])
    found = by_command(day)
    assert len(found) >= 3
    assert [ticker for ticker, _ in found] == list(expected["ticker"])
    np.testing.assert_allclose(
        [score for _, score in found], expected["score_total"], rtol=0, atol=1e-9
    )
    assert by_api(token_client(builder_user, "builder"), day) == found
    shown = [(ticker, f"{score:.1f}") for ticker, score in found]
    assert by_page(client_of(builder_user), day) == shown


def test_it_gives_the_same_output_sha_again(own_home: Path) -> None:
    by_command(DAYS[0])
    by_command(DAYS[0])
    first, again = Run.objects.filter(kind="scan").order_by("pk")
    assert first.fingerprint["output_sha"] == again.fingerprint["output_sha"]
    current = Signal.objects.current()
    assert set(current.values_list("run", "revision")) == {(again.pk, 1)}


def test_it_leaves_the_faulty_bars_of_the_day_out(kept: pd.DataFrame) -> None:
    stored = pd.read_parquet(FILE).assign(date=lambda t: pd.to_datetime(t["date"]))
    for day in (DAYS[0], DAYS[2]):
        of_day = stored[(stored["date"] == day) & stored["close"].notna()]
        left_out = set(of_day["ticker"]) - set(kept[kept["date"] == day]["ticker"])
        assert left_out, day
