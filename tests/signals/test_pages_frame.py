"""What all pages share: glossary, rail, palette, themes, errors, and no raw markup."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.test import Client

from sigma_core.quality.labels import MARKS
from signals import csv_templates, navigation, svg
from signals.backtest_terms import METRIC_TERMS
from signals.glossary import TERMS
from signals.templatetags.sigma import _key_of
from tests.builders import make_run
from tests.signals.lists import make_two_lists

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))


@pytest.fixture
def reader(db, viewer, client_of) -> Client:
    return client_of(viewer)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_every_column_head_is_in_the_glossary(path):
    text = path.read_text()
    if path.name != "head.html":  # the one place that draws them
        assert not re.search(r"<th[ >]", text)
    for line in text.splitlines():
        for found in re.findall(r'{%\s*(?:head|term)\s+"([a-z_]+)"', line):
            assert found in TERMS
        for found in re.findall(r"{%\s*terms\s+([^%]+)%}", line):
            assert set(re.findall(r'"([a-z_]+)"', found)) <= set(TERMS)


@pytest.mark.parametrize("key", TERMS)
def test_every_term_has_a_sentence_a_formula_and_an_example(key):
    term = TERMS[key]
    assert term.meaning.endswith(".")
    assert term.formula
    assert term.example


def test_no_term_is_left_over():
    used = " ".join(path.read_text() for path in TEMPLATES)
    # looked up by name: marks of datasets, and the columns of each kind of file
    named = {_key_of(mark) for mark in MARKS}
    named |= {f"metric_{name}" for name in METRIC_TERMS}
    for text in csv_templates.TEMPLATES.values():
        named |= set(text.splitlines()[0].split(","))
    left = [key for key in TERMS if f'"{key}"' not in used and key not in named]
    assert left == []


def test_no_template_or_tag_trusts_markup():
    sources = [*TEMPLATES, *(ROOT / "signals").rglob("*.py")]
    for path in sources:
        text = path.read_text()
        assert "|safe" not in text, path
        assert "mark_safe" not in text, path
        assert "autoescape off" not in text, path


def test_no_page_has_a_script_or_a_handler_within():
    for path in TEMPLATES:
        assert not re.search(r"<script(?![^>]*\bsrc=)|\son[a-z]+=", path.read_text()), (
            path
        )


def test_the_rail_marks_the_page_one_is_on(reader):
    for page in navigation.PAGES:
        if page.name == "health":  # its checks are tested with the site
            continue
        answer = reader.get({"today": "/"}.get(page.name, f"/{page.name}/"))
        rail = answer.content.decode().split("</nav>")[0]
        assert rail.count('aria-current="page"') == 1, page.name


def test_the_theme_of_the_cookie_is_in_the_page_from_the_start(reader):
    reader.cookies["sigma_theme"] = "dark"
    assert '<html lang="en" data-theme="dark">' in reader.get("/").content.decode()


def test_a_cookie_that_is_no_theme_is_left_out(reader):
    reader.cookies["sigma_theme"] = "x onload=alert(1)"
    assert "onload" not in reader.get("/").content.decode()


def test_the_switch_works_without_script(reader):
    answer = reader.post("/theme/", {"theme": "dark", "next": "/runs/"})
    assert answer.cookies["sigma_theme"].value == "dark"
    assert answer.headers["Location"] == "/runs/"


def test_the_switch_leads_nowhere_else(reader):
    answer = reader.post("/theme/", {"theme": "dark", "next": "//evil.example/"})
    assert answer.headers["Location"] == "/"


def test_the_palette_finds_pages_models_tickers_and_runs(reader):
    run = make_two_lists()
    for q, url in (
        ("heal", "/health/"),
        ("breakout", "/models/swingsigma/universe_eq_swing_daily_breakout_scanner/"),
        ("DD", "/signals/"),
        (f"run {run.pk}", f"/runs/{run.pk}/"),
    ):
        answer = reader.get(f"/palette/?q={q}", headers={"HX-Request": "true"})
        assert url in answer.content.decode(), q
        assert "<html" not in answer.content.decode()


def test_the_palette_says_when_it_finds_nothing(reader):
    answer = reader.get("/palette/?q=<zzz>").content.decode()
    assert "Nothing is called “&lt;zzz&gt;”" in answer


def test_a_missing_page_keeps_the_frame(reader):
    answer = reader.get("/nothing/")
    assert answer.status_code == 404
    assert "To Today" in answer.content.decode()
    assert "There is nothing at this address." in answer.content.decode()
    assert "Resolver404" not in answer.content.decode()


def test_a_missing_page_shows_a_stranger_no_rail(client, db):
    answer = client.get("/nothing/")
    assert answer.status_code == 404
    text = answer.content.decode()
    assert "There is nothing at this address." in text
    assert "/models/" not in text
    assert "Resolver404" not in text


def test_a_page_asks_a_stranger_to_log_in(client):
    for page in ("/", "/models/", "/runs/", "/data/", "/palette/"):
        assert client.get(page).headers["Location"].startswith("/login/")


def test_every_page_has_one_title_and_a_way_past_the_rail(reader):
    make_run()
    for page in ("/", "/signals/", "/models/", "/runs/", "/data/"):
        answer = reader.get(page).content.decode()
        assert answer.count("<h1>") == 1
        assert 'class="skip" href="#content"' in answer


def test_a_sparkline_needs_two_values():
    assert svg.sparkline([1.0]) == ""
    assert 'd="M2.0 17.0L77.0 3.0"' in svg.sparkline([1.0, None, 2.0])


def test_a_score_bar_stacks_its_parts():
    parts = [
        {"name": "<a>", "weight": 40, "points": 30},
        {"name": "b", "weight": 60, "points": 20},
    ]
    bar = svg.score_bar(parts, 50)
    assert 'x="0.0" width="30.0"' in bar
    assert 'x="30.0" width="20.0"' in bar
    assert "&lt;a&gt; 30.0 of 40" in bar


def contrast(one: str, other: str) -> float:
    """Contrast of two colours as WCAG 2 defines it."""

    def light(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        r, g, b = (
            p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts
        )
        return 0.2126 * r + 0.7152 * g + 0.0722 * b

    high, low = sorted((light(one), light(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_contrast_is_what_the_definition_says():
    assert contrast("#ffffff", "#000000") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)


PAIRS = [
    (ink, paper)
    for ink in ("ink", "muted", "accent", "up", "down", "warn")
    for paper in ("paper", "surface", "sunken", "accent-soft")
] + [
    ("up", "up-soft"),
    ("down", "down-soft"),
    ("warn", "warn-soft"),
    ("accent-ink", "accent"),
]


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("ink", "paper"), PAIRS)
def test_words_can_be_read_on_every_ground(ink, paper, theme):
    style = (ROOT / "static" / "css" / "base.css").read_text()
    colours = dict(re.findall(r"--([\w-]+): light-dark\((#\w+, #\w+)\)", style))
    both = [colours[name].split(", ")[theme] for name in (ink, paper)]
    assert contrast(*both) >= 4.5
