"""The report of a backtest, the form that starts one, and where they are found."""

from __future__ import annotations

import re

import pytest
from django.contrib.staticfiles import finders
from django.test import Client

from signals.models import Backtest, Run
from signals.services import judging
from tests.signals.backtests import DAYS, NAME, done
from tests.small_market import make_market

pytestmark = pytest.mark.django_db
PAGE = f"/models/{NAME}/"


@pytest.fixture(autouse=True)
def market(home) -> None:
    make_market(home)


@pytest.fixture
def reader(viewer, client_of) -> Client:
    return client_of(viewer)


@pytest.fixture
def maker(builder_user, client_of) -> Client:
    return client_of(builder_user)


def text(answer) -> str:
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_the_report_shows_every_part_without_a_script(reader) -> None:
    run = done()
    judging.judge_due()
    page = text(reader.get(f"/backtests/{run.pk}/"))
    for words in (
        *("Equity", "Drawdown", "Exposure", "Month by month", "Metrics", "Run gate"),
        *("At other costs", "Year by year", "By regime", "By sector"),
        *("Luck", "Without its best days", "The rules it was filled by", "Fingerprint"),
    ):
        assert f">{words}</h2>" in page, words
    assert page.count('<svg class="curves"') == 4
    for rule in run.summary["rules"]:
        assert rule.replace("'", "&#x27;") in page
    assert 'src="/static/plotly/plotly.min.js" nonce="' in page
    assert "synthetic data" in page
    luck = reader.get(f"/api/backtests/{run.pk}").json()["luck"]
    assert luck["line"].startswith("1 variant tried; a lucky one")
    assert luck["judged_on"] is None
    assert luck["line"] in page


def test_fractions_of_shares_have_their_points_below_each_other(reader) -> None:
    for whole, form in ((True, r"[\d,]+"), (False, r"[\d,]+\.\d{4}")):
        run = done(whole_shares=whole)
        answer = reader.get(f"/backtests/{run.pk}/?table=fills")
        rows = re.findall(
            r"<td>(?:buy|sell)</td> <td class=\"num\">(.*?)<", text(answer)
        )
        assert len(rows) > 5
        assert all(re.fullmatch(form, shares) for shares in rows), rows


def test_checks_have_their_units_and_months_are_heads(reader) -> None:
    run = done()
    checks = run.summary["gate"]["checks"]
    drawdown = next(one for one in checks if one["check"] == "max_drawdown")
    page = text(reader.get(f"/backtests/{run.pk}/"))
    assert f"≤ {drawdown['limit']:.1%}".replace("%", " %") in page
    months = re.findall(r'<th scope="col"[^>]*>([A-Z][a-z]{2})</th>', page)
    assert months[:2] == ["Jan", "Feb"]


def test_the_report_says_over_whom_scores_are_judged(reader) -> None:
    run = done()
    page = text(reader.get(f"/backtests/{run.pk}/"))
    assert "Over all members with a score, whether they pass the gates" in page
    run.summary["skill"]["ticker"] = "SPY"  # as of a model of one ticker
    run.save()
    page = text(reader.get(f"/backtests/{run.pk}/"))
    assert "Across the sessions on which SPY has a score, whether it passes" in page
    assert "what followed is 10 sessions long" in page


def test_the_curves_are_those_of_the_daily_table(reader) -> None:
    run = done()
    drawn = reader.get(f"/backtests/{run.pk}/curves/").json()
    days = reader.get(f"/api/backtests/{run.pk}/daily?limit=500").json()["results"]
    lines = drawn["figures"]["equity"]["lines"]
    assert drawn["sessions"] == [day["session"] for day in days]
    assert lines[0]["values"] == [round(day["equity"], 2) for day in days]
    names = [curve["name"] for curve in run.summary["curves"]]
    assert [line["name"] for line in lines[2:]] == [f"universe {names[0]}", *names[1:]]


@pytest.mark.parametrize("table", ["trades", "orders", "fills", "signals", "daily"])
def test_each_table_is_shown_alone_for_htmx(reader, table) -> None:
    run = done()
    headers = {"HX-Request": "true", "HX-Target": "tables"}
    address = f"/backtests/{run.pk}/?table={table}"
    page = text(reader.get(address, headers=headers))
    assert page.startswith('<section class="panel" id="tables">')
    assert "<html" not in page
    assert '<table class="compact dense">' in page


def test_refusals_are_filtered_by_their_reason(reader) -> None:
    run = done()
    first = run.summary["counts"]["refused_by"][0]
    address = f"/backtests/{run.pk}/?table=refusals&reason={first['reason']}"
    page = text(reader.get(address))
    assert f"of {first['count']:,}" in page or first["count"] <= 50
    assert f"<code>{first['reason']}</code>" in page
    others = {one["reason"] for one in run.summary["counts"]["refused_by"][1:]}
    assert not any(f"<code>{other}</code>" in page for other in others)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("table=daily&reason=policy.cash", "reason: rows of daily have no reason."),
        (
            "table=fills&reason=fill.stops",
            "reason: unknown reason &#x27;fill.stops&#x27;.",
        ),
        ("table=trades&session=June", "session: Enter a valid date."),
    ],
)
def test_a_filter_that_is_none_is_said_and_shows_no_rows(reader, query, said) -> None:
    run = done()
    address = f"/backtests/{run.pk}/?{query}"
    headers = {"HX-Request": "true", "HX-Target": "tables"}
    page = text(reader.get(address, headers=headers))
    assert f"No table: {said}" in page
    assert '<table class="compact dense">' not in page
    table, _, rest = query.removeprefix("table=").partition("&")
    leads = reader.get(f"/backtests/{run.pk}/{table}.csv?{rest}")
    assert leads.headers["Location"] == f"{address}#tables"


def test_a_table_has_pages(reader) -> None:
    run = done()
    total = run.summary["counts"]["orders"]
    assert total > 50
    page = text(reader.get(f"/backtests/{run.pk}/?table=orders&page=2"))
    assert f"51 to {min(100, total)} of {total:,}" in page


def test_the_model_page_starts_one_for_two_clicks(maker) -> None:
    for _ in range(2):
        answer = maker.post(f"{PAGE}backtest/", DAYS | {"key": "k"})
    run = Run.objects.get()
    assert answer.headers["Location"] == f"/runs/{run.pk}/?then=result"
    assert (run.kind, run.params["start"]) == ("backtest", DAYS["start"])


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"start": "2023-09-15", "end": "2023-05-01"}, "lies after the end"),
        (
            {"start": "2023-05-06"},
            '<a href="#backtest_start">From</a>: XNYS was closed on 2023-05-06. '
            "Sessions beside it: 2023-05-05 and 2023-05-08.",
        ),
        ({"end": "2031-05-06"}, "holds"),
        ({"participation": "7"}, "less than or equal to 1"),
        ({"start": "foo"}, "valid date"),
    ],
)
def test_what_is_wrong_is_said_beside_the_form(maker, changes, words) -> None:
    page = text(maker.post(f"{PAGE}backtest/", DAYS | changes))
    assert words in page
    assert 'role="alert"' in page
    assert not Run.objects.exists()


@pytest.mark.parametrize(
    ("form", "field"),
    [("backtest", "backtest_end"), ("train", "train_end"), ("build", "build_end")],
)
def test_a_closed_day_is_said_of_its_field(maker, form, field) -> None:
    learns = NAME.replace("breakout_scanner", "gbm")
    page = f"/models/{learns}/" if form == "train" else PAGE
    shown = text(maker.post(f"{page}{form}/", DAYS | {"end": "2023-07-04"}))
    assert f'<a href="#{field}">To</a>: XNYS was closed on 2023-07-04. ' in shown
    assert not Run.objects.exists()


def test_a_preview_of_a_closed_day_says_of_which_end(maker) -> None:
    asked = DAYS | {"start": "2023-07-03", "end": "2023-07-04"}
    shown = text(maker.post(f"{PAGE}preview/", asked))
    assert "XNYS was closed on 2023-07-04. Sessions beside it" in shown
    assert "<code>end</code> · sessions.closed" in shown


def test_a_refusal_stands_at_the_top_and_leads_to_its_field(maker) -> None:
    page = text(maker.post(f"{PAGE}backtest/", DAYS | {"participation": "7"}))
    top, _, rest = page.partition('<div class="halves">')
    assert "The backtest was not started." in top
    assert '<a href="#backtest_participation">Most of the volume</a>: Input' in top
    (field,) = re.findall(r"<input [^>]*autofocus[^>]*>", rest)
    assert 'id="backtest_participation"' in field
    ids = re.findall(r' id="([^"]+)"', page)
    assert len(ids) == len(set(ids))


def test_the_model_page_lists_its_backtests(reader) -> None:
    assert 'None yet. <a href="#backtest">' in text(reader.get(PAGE))
    run = done()
    page = text(reader.get(PAGE))
    assert f'href="/backtests/{run.pk}/"' in page
    assert "✗ not passed" in page or "✓ passed" in page


def test_the_run_leads_to_the_report(reader) -> None:
    run = done()
    page = text(reader.get(f"/runs/{run.pk}/"))
    assert f'href="/backtests/{run.pk}/"' in page
    answer = reader.get(f"/runs/{run.pk}/?then=result")
    assert answer.headers["Location"] == f"/backtests/{run.pk}/"
    assert "Sharpe" in text(reader.get("/runs/"))


def test_the_report_asks_a_fixed_number_of_queries(
    reader, django_assert_num_queries
) -> None:
    run = done()
    address = f"/backtests/{run.pk}/"
    reader.get(address)
    with django_assert_num_queries(4):  # session, person, groups, run with its row
        reader.get(address)
    headers = {"HX-Request": "true", "HX-Target": "tables"}
    with django_assert_num_queries(4):
        reader.get(f"{address}?table=refusals", headers=headers)


def test_a_viewer_starts_nothing_and_a_stranger_sees_nothing(
    reader, stranger, client_of, client
) -> None:
    assert reader.post(f"{PAGE}backtest/", DAYS).status_code == 403
    assert "Backtests need the role builder" in text(reader.get(PAGE))
    run = done()
    for address in ("", "curves/", "orders.csv"):
        own = f"/backtests/{run.pk}/{address}"
        assert client_of(stranger).get(own).status_code == 403
        assert client.get(own).headers["Location"].startswith("/login/")


def test_a_report_goes_with_its_run() -> None:
    run = done()
    run.delete()
    assert not Backtest.objects.exists()


def test_plotly_is_one_static_file() -> None:
    found = finders.find("plotly/plotly.min.js")
    assert found is not None
    listed = [
        path
        for finder in finders.get_finders()
        for path, storage in finder.list([])
        if getattr(storage, "prefix", None) == "plotly"
    ]
    assert listed == ["plotly.min.js"]
    assert finders.find("plotly/widgetbundle.js") is None
