"""`manage.py universe`, and the list that a scan keeps."""

from __future__ import annotations

import json
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from packs_app.models import UniverseDay
from tests.small_market import SCAN, make_market

pytestmark = pytest.mark.django_db
DAY = SCAN["as_of"]


@pytest.fixture(autouse=True)
def market(home: Path) -> None:
    """Bars to judge."""
    make_market(home)


def universe(*args: str, name: str = "us_liquid") -> str:
    """What the command prints."""
    out = StringIO()
    call_command("universe", name, "--dataset", "summer", *args, stdout=out)
    return out.getvalue()


def document(*args: str) -> dict[str, Any]:
    """The command's one JSON document."""
    printed: dict[str, Any] = json.loads(universe("--json", *args))
    return printed


def scan() -> dict[str, Any]:
    """A scan of the same day; its summary."""
    out = StringIO()
    model = f"{SCAN['pack']}/{SCAN['model_id']}"
    options = ["--as-of", DAY, "--dataset", "summer", "--json"]
    call_command("scan", model, *options, stdout=out, stderr=StringIO())
    summary: dict[str, Any] = json.loads(out.getvalue())["run"]["summary"]
    return summary


def test_it_prints_steps_members_and_names() -> None:
    answer = universe("--on", DAY)
    day = UniverseDay.objects.get()
    assert f"us_liquid on {DAY}, dataset summer" in answer
    assert all(ticker in answer for ticker in day.members)
    assert f"list {day.list_sha[:8]}" in answer


def test_its_document_is_the_one_of_the_api(client_of, viewer) -> None:
    query = {"dataset": "summer", "on": DAY, "against": "2023-03-15"}
    address = "/api/universes/us_liquid/members"
    answer = client_of(viewer).get(address, query).json()
    assert document("--on", DAY, "--against", "2023-03-15") == answer
    assert answer["changes"]["entered"]


def test_it_says_who_entered_and_left() -> None:
    answer = universe("--on", DAY, "--against", "2023-03-15")
    changes = document("--on", DAY, "--against", "2023-03-15")["changes"]
    assert f"{len(changes['entered'])} entered since 2023-03-15" in answer
    assert all(one["ticker"] in answer for one in changes["left"])


def test_a_scan_keeps_the_list_it_used_and_a_question_gets_that_one() -> None:
    summary = scan()
    day = UniverseDay.objects.get()
    assert summary["universe_day"] == {"revision": 1, "list_sha": day.list_sha}
    assert len(day.members) == summary["members"]
    assert document("--on", DAY)["list_sha"] == day.list_sha
    scan()
    assert UniverseDay.objects.count() == 1


def test_page_api_and_command_say_that_today_gives_another_list(
    client_of, viewer
) -> None:
    """As after bars that let the first member back in."""
    universe("--on", DAY)
    day = UniverseDay.objects.get()
    first, *kept = day.members
    early = day.known_by - timedelta(days=9)
    new = {"members": kept, "list_sha": "0" * 64, "known_by": early}
    UniverseDay.objects.update(**new, data_sha="1" * 64)
    client, query = client_of(viewer), {"dataset": "summer", "on": DAY}
    answer = client.get("/api/universes/us_liquid/members", query).json()
    assert answer["members"] == kept
    today = answer["today"]
    assert today["members"] == day.members
    assert [one["ticker"] for one in today["entered"]] == [first]
    assert today["left"] == []
    assert today["reason"] == "other bars before the session count"
    said = universe("--on", DAY)
    assert f"Computed again today it has {len(kept) + 1:,} members" in said
    assert "1 entered if computed today" in said
    page = client.get("/universes/us_liquid/", query).content.decode()
    assert f"Computed again today it has {len(kept) + 1} members" in page
    assert "kept out then: " in page
    assert UniverseDay.objects.filter(session=DAY).count() == 1


@pytest.mark.parametrize(
    "args",
    [
        ("--on", "2023-06-17"),
        ("--on", "yesterday"),
        ("--revision", "1"),
        ("--on", DAY, "--revision", "4"),
    ],
)
def test_bad_input_is_exit_2(args: tuple[str, ...]) -> None:
    with pytest.raises(CommandError) as caught:
        universe(*args)
    assert caught.value.returncode == 2


def test_an_unknown_universe_is_exit_2_and_suggests_one() -> None:
    with pytest.raises(CommandError, match="us_liquid") as caught:
        universe(name="us_liqid")
    assert caught.value.returncode == 2
