"""Tags and filters of the pages: heads from the glossary, numbers, times, pictures."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django import template
from django.http import QueryDict
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.roles import may
from sigma_core.numerals import numeral
from signals import metric_words, navigation, svg, svg_coverage, svg_issue, words
from signals.glossary import TERMS, Term
from signals.models import ConfigSnapshot, Signal
from signals.queries.lists import At, Listing

register = template.Library()
NOTHING = "–"

register.simple_tag(svg.sparkline, name="sparkline")
register.simple_tag(svg.score_bar, name="score_bar")
register.simple_tag(svg.count_bars, name="count_bars")
register.simple_tag(svg_coverage.month_bars, name="month_bars")
register.simple_tag(svg_coverage.heat_map, name="heat_map")
register.simple_tag(svg_issue.issue_bars, name="issue_bars")
register.filter("at", words.at_words)
register.filter("bar", words.bar_words)
register.filter("clock", words.clock)
register.filter("duration", words.duration_words)
register.filter("short_model", words.short_model)
register.filter("subject", words.subject_words)
register.filter("result", words.result_words)


# --- frame -------------------------------------------------------------------


@register.inclusion_tag("parts/rail.html", takes_context=True)
def rail(context: template.Context) -> dict[str, Any]:
    """The left rail, with the page of this request marked."""
    request = context["request"]
    match = getattr(request, "resolver_match", None)
    here = match.url_name if match else None
    groups = [
        (group, [(page, page.holds(here)) for page in pages])
        for group, pages in navigation.RAIL
    ]
    user = getattr(request, "user", None)
    admin = user is not None and may(user, "admin") and user.is_staff
    return {"groups": groups, "request": request, "user": user, "admin": admin}


@register.simple_tag(takes_context=True)
def choice(context: template.Context, cookie: str, *allowed: str) -> str:
    """The value of a cookie if it is an allowed one, else nothing."""
    value = str(context["request"].COOKIES.get(cookie, ""))
    return value if value in allowed else ""


@register.simple_tag(takes_context=True)
def may_do(context: template.Context, role: str) -> bool:
    """Whether the person has a role."""
    return may(context["request"].user, role)


@register.simple_tag(takes_context=True)
def query(context: template.Context, **changes: Any) -> str:
    """The query of this request with some keys changed; None takes a key out."""
    asked: QueryDict = context["request"].GET.copy()
    for key, value in changes.items():
        if value is None or value == "":
            asked.pop(key, None)
        else:
            asked[key] = str(value)
    return f"?{asked.urlencode()}" if asked else "?"


# --- heads from the glossary ---------------------------------------------------


@register.inclusion_tag("parts/head.html", takes_context=True)
def head(
    context: template.Context,
    key: str,
    align: str = "",
    sort: str = "",
    first: str = "",
    label: str = "",
) -> dict[str, Any]:
    """A column head; with `sort` it is a link that sorts by that key.

    `first` is the direction of the first click: "" A to Z, "-" largest first. `label`
    stands for the term's name where several columns share one meaning: a head a month.
    """
    term, current = TERMS[key], ""
    link = ""
    if sort:
        asked = str(context.get("sort") or "").split(",")[0]
        current = {sort: "ascending", f"-{sort}": "descending"}.get(asked, "none")
        following = f"{first}{sort}"
        if asked == following:
            following = sort if first else f"-{sort}"
        link = query(context, sort=following, page=None)
    return {
        "term": term,
        "key": key,
        "align": align,
        "aria": current,
        "link": link,
        "label": label or term.name,
    }


@register.inclusion_tag("parts/terms.html")
def terms(*keys: str) -> dict[str, Any]:
    """A folded list that explains the columns of a table."""
    return {"terms": [TERMS[key] for key in keys]}


@register.inclusion_tag("parts/marks.html")
def marks(found: Sequence[str] | None, stale: bool = False) -> dict[str, Any]:
    """What the bars can't know, as chips with their meaning; and whether they are
    stale."""
    named = [(mark, TERMS[_key_of(mark)]) for mark in found or ()]
    return {"marks": named, "stale": stale, "stale_term": TERMS["stale"]}


def _key_of(mark: str) -> str:
    return "mark_" + mark.replace("'", "").replace(" ", "_")


@register.simple_tag
def term(key: str) -> Term:
    """One entry of the glossary."""
    return TERMS[key]


# --- numbers and times ---------------------------------------------------------


@register.filter
def num(value: float | int | str | None, digits: int = 2) -> str:
    """1,234.50; – for nothing (a template says "" for a key that is not there)."""
    if value is None or value == "":
        return NOTHING
    return numeral(float(value), f",.{digits}f")


@register.filter
def short_num(value: float | int | str | None) -> str:
    """A number with the digits its size deserves: 18, 340.88, 0.25, 1,234.5."""
    if value is None or value == "":
        return NOTHING
    if isinstance(value, str):
        return value
    size = abs(value)
    if value == int(value):
        return numeral(value, ",.0f")
    digits = 1 if size >= 1000 else 2 if size >= 1 else 4
    return numeral(value, f",.{digits}f").rstrip("0").rstrip(".")


@register.filter
def count(value: int | str | None) -> str:
    """619,040; – for nothing."""
    return NOTHING if value is None or value == "" else numeral(value, ",")


@register.filter
def share(value: float | None, digits: int = 1) -> str:
    """0.0123 as 1.2 %."""
    return NOTHING if value is None else numeral(value, f".{digits}%")


@register.filter
def signed_share(value: float | None, digits: int = 1) -> str:
    """0.0123 as +1.2 %, with a true minus sign below zero."""
    if value is None:
        return NOTHING
    percent = abs(value) * 100
    digits = 0 if percent >= 100 else 2 if percent < 1 else digits
    return numeral(value, f"+,.{digits}%")


@register.filter
def seconds(value: float) -> str:
    """So many seconds: 1.4 s, 3 min 05 s."""
    return words.duration_words(timedelta(seconds=value))


@register.filter
def param(value: float) -> str:
    """A parameter's value as short as it goes: 18, 0.002."""
    return numeral(value, "g")


@register.filter
def metric(value: float | None, name: str) -> str:
    """A metric of a backtest with its unit: +3.5 %, 0.79."""
    return metric_words.said(name, value)


@register.filter
def percent(value: float | None) -> str:
    """0.0123 as +1.2; for tables whose head says %."""
    return "" if value is None else numeral(value * 100, "+.1f")


@register.filter
def plus(value: float, other: float) -> float:
    """The sum of two numbers."""
    return value + other


@register.filter
def split(text: str) -> list[str]:
    """The words of a text."""
    return text.split()


@register.filter
def spaced(name: str) -> str:
    """A name as words: cross_section reads cross section."""
    return name.replace("_", " ")


@register.filter
def of(part: float | None, whole: float | None) -> float:
    """part ÷ whole in percent, 0 where there is no whole; for the widths of bars."""
    return 0.0 if not whole or part is None else round(100 * part / whole, 2)


@register.filter
def absolute(value: float) -> float:
    """Without its sign."""
    return abs(value)


@register.filter
def change(value: float | None) -> SafeString | str:
    """▲ 1.00 % in green, ▼ 1.00 % in red, 0.00 % without a way."""
    if value is None:
        return NOTHING
    figure = numeral(abs(value), ".2%")
    if round(value, 4) == 0:
        return figure
    way, arrow = ("up", "▲") if value > 0 else ("down", "▼")
    return format_html('<span class="{}">{} {}</span>', way, arrow, figure)


@register.filter
def day(value: date | str | None, form: str = "long") -> str:
    """Fri 30 Jun 2017; with "short", 30 Jun."""
    found = parse_date(value[:10]) if isinstance(value, str) else value
    if not found:
        return NOTHING
    if form == "short":
        return f"{found.day} {found:%b}"
    return f"{found:%a} {found.day} {found:%b} {found.year}"


@register.filter
def moment(value: datetime | str | None, form: str = "long") -> SafeString | str:
    """A time in New York; a script adds the viewer's own zone on hover."""
    found = parse_datetime(value) if isinstance(value, str) else value
    if not found:
        return NOTHING
    here = found.astimezone(words.NEW_YORK)
    said = f"{day(here.date(), form)}, {here:%H:%M}"
    return format_html(
        '<time datetime="{}" title="{} New York">{}</time>',
        found.isoformat(),
        f"{here:%Y-%m-%d %H:%M:%S}",
        said,
    )


@register.filter
def ts(at: At | None) -> str:
    """What names a part of a session in an address; nothing for a whole one."""
    return at.ts.isoformat() if at and at.intraday else ""


@register.filter
def step_took(step: Mapping[str, Any]) -> str:
    """How long a step of a run took; – while it has not ended."""
    started = parse_datetime(str(step.get("started_at") or ""))
    ended = parse_datetime(str(step.get("ended_at") or ""))
    return words.duration_words(ended - started if started and ended else None)


@register.filter
def ago(value: datetime | None) -> str:
    """5 s ago, 12 min ago, 3 h ago, 4 days ago."""
    if value is None:
        return NOTHING
    seconds = max(0, (timezone.now() - value).total_seconds())
    for size, unit in ((86_400, "day"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            number = int(seconds // size)
            plural = "s" if unit == "day" and number != 1 else ""
            return f"{number} {unit}{plural} ago"
    return f"{int(seconds)} s ago"


@register.filter
def size(value: int | None) -> str:
    """48 kB, 1.2 MB; 1 kB = 1,000 bytes."""
    if value is None:
        return NOTHING
    for limit, unit in ((10**9, "GB"), (10**6, "MB"), (10**3, "kB")):
        if value >= limit:
            return f"{value / limit:,.1f} {unit}"
    return f"{value} B"


@register.filter
def age(session: date | None) -> str:
    """How old the newest bar is, in words: today, 1 day old, 3 days old."""
    if session is None:
        return ""
    days = (timezone.now().astimezone(words.NEW_YORK).date() - session).days
    if days <= 0:
        return "today"
    if days < 60:
        return f"{words.count_words(days, 'day')} old"
    years, months = divmod(days // 30, 12)
    if not years:
        return f"{months} months old"
    return f"{words.count_words(years, 'year')} old"


@register.filter
def is_stale(session: date | None) -> bool:
    """Whether a session is further back than the longest weekend."""
    today = timezone.now().astimezone(words.NEW_YORK).date()
    return session is not None and today - session > timedelta(days=5)


# --- chips ----------------------------------------------------------------------


@register.inclusion_tag("parts/sha.html")
def sha(label: str, value: str | None) -> dict[str, str]:
    """A fingerprint's chip: 8 characters; a click copies the whole."""
    return {"label": label, "value": value or ""}


@register.inclusion_tag("parts/dots.html")
def dots(gates: list[Any]) -> dict[str, Any]:
    """Gates as dots with their words."""
    return {"gates": gates}


@register.simple_tag
def verdict(signal: Signal) -> str:
    """A signal's verdict in two or three words."""
    return words.verdict_words(signal.verdict, signal.verdict_limit)


@register.simple_tag
def nothing(found: Listing) -> str:
    """Why a list is empty, and what came nearest."""
    return words.nothing_words(found.summary)


@register.simple_tag
def content(snapshot: ConfigSnapshot) -> str:
    """A frozen definition, laid out for reading."""
    return json.dumps(snapshot.content, indent=2, ensure_ascii=False)


@register.filter
def get(mapping: Mapping[str, Any] | None, key: str) -> Any:
    """One value of a mapping; None where it has none."""
    return mapping.get(key) if mapping else None
