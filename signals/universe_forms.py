"""What the Universe pages ask for: a day to look at, a definition to write."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django import forms
from django.forms import formset_factory

from sigma_core.errors import Problem
from sigma_core.specs.schema import UniverseSpec

#: rows that a block list shows beside those that are filled in
BLANK_ROWS = 2
MOST_BLOCKED = 200


def _day_input() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class DayForm(forms.Form):
    """Which day of a universe to show, beside which other, and which tickers."""

    on = forms.DateField(required=False)
    against = forms.DateField(required=False)
    dataset = forms.CharField(max_length=64, required=False)
    revision = forms.IntegerField(min_value=1, max_value=1_000_000, required=False)
    month = forms.RegexField(r"\A[0-9]{4}-[0-9]{2}\Z", required=False)
    q = forms.CharField(max_length=64, required=False)
    page = forms.IntegerField(min_value=1, max_value=10_000, required=False)


class PastedForm(forms.Form):
    """A new universe from a pasted list."""

    name = forms.CharField(
        max_length=64,
        help_text="a–z, 0–9 and _; it becomes the file's name.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    kind = forms.ChoiceField(
        choices=[("universe", "universe"), ("watchlist", "watchlist")],
        help_text="A watchlist is a universe that starts from a list.",
    )
    description = forms.CharField(max_length=2_000, required=False)
    pasted = forms.CharField(
        label="Tickers",
        max_length=100_000,
        widget=forms.Textarea(attrs={"rows": 5, "spellcheck": "false"}),
        help_text="Between spaces, commas or line breaks, as you copied them.",
    )

    def content(self) -> dict[str, Any]:
        """The definition as the API would get it."""
        return {key: value for key, value in self.cleaned_data.items() if value}


class RulesForm(forms.Form):
    """A whole definition; the list may be pasted anew."""

    seen = forms.CharField(widget=forms.HiddenInput, max_length=64)
    kind = PastedForm.base_fields["kind"]
    description = PastedForm.base_fields["description"]
    membership = forms.CharField(
        label="Members of",
        max_length=64,
        required=False,
        help_text="A membership file, such as sp500. Empty: all tickers, or the list.",
    )
    pasted = forms.CharField(
        label="List",
        max_length=100_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false"}),
        help_text="Tickers between spaces, commas or line breaks. Empty: all tickers.",
    )
    all_of = forms.CharField(
        label="And: in all of",
        max_length=2_000,
        required=False,
        help_text="Names of other universes.",
    )
    any_of = forms.CharField(label="Or: in any of", max_length=2_000, required=False)
    minus = forms.CharField(label="Not: in none of", max_length=2_000, required=False)
    min_price = forms.FloatField(label="Price from", required=False)
    min_adv_shares = forms.FloatField(label="Shares a day from", required=False)
    min_adv_dollars = forms.FloatField(label="Dollars a day from", required=False)
    window = forms.IntegerField(
        label="Averaged over", required=False, help_text="own bars; empty: 20"
    )
    min_age = forms.IntegerField(
        label="Age from", required=False, help_text="sessions since the first bar"
    )
    top_by = forms.ChoiceField(
        label="Keep the largest by",
        required=False,
        choices=[
            ("", "keep all"),
            ("adv_dollars", "dollars a day"),
            ("adv_shares", "shares a day"),
        ],
    )
    top = forms.IntegerField(label="So many", required=False, min_value=1)
    exclude_etfs = forms.ChoiceField(
        label="Funds and benchmark",
        required=False,
        choices=[("", "out unless asked for"), ("true", "out"), ("false", "may be in")],
    )

    def clean(self) -> dict[str, Any]:
        """A list and a membership file exclude each other; a top needs both halves."""
        asked = super().clean() or {}
        if asked.get("pasted") and asked.get("membership"):
            self.add_error("membership", "It takes a list or a membership, not both.")
        if bool(asked.get("top_by")) != bool(asked.get("top")):
            self.add_error("top", "Say how many, and by what.")
        return asked

    def content(self) -> dict[str, Any]:
        """The definition as the API would get it, without its block list."""
        asked = self.cleaned_data
        plain = ("kind", "description", "pasted", "min_price", "min_adv_shares")
        plain += ("min_adv_dollars", "window", "min_age")
        said = {key: asked[key] for key in plain if asked[key] not in (None, "")}
        for key in ("all_of", "any_of", "minus"):
            if names := asked[key].replace(",", " ").split():
                said[key] = names
        if asked["membership"]:
            said["base"] = {"membership": asked["membership"]}
        if asked["top_by"]:
            said["top_by"] = {asked["top_by"]: asked["top"]}
        if asked["exclude_etfs"]:
            said["exclude_etfs"] = asked["exclude_etfs"] == "true"
        return said


class BlockForm(forms.Form):
    """One ticker that is kept out, from when to when, and why."""

    ticker = forms.CharField(max_length=20)
    since = forms.DateField(label="From", required=False, widget=_day_input())
    until = forms.DateField(required=False, widget=_day_input())
    reason = forms.CharField(max_length=200)

    def content(self) -> dict[str, str]:
        """The entry as a file has it."""
        asked = self.cleaned_data
        days = {"from": asked["since"], "until": asked["until"]}
        dated = {key: day.isoformat() for key, day in days.items() if day}
        ticker = asked["ticker"].upper()
        return {"ticker": ticker, **dated, "reason": asked["reason"]}


BlockList = formset_factory(
    BlockForm, extra=BLANK_ROWS, can_delete=True, max_num=MOST_BLOCKED
)


def blocked(rows: Iterable[BlockForm]) -> list[dict[str, str]]:
    """The entries that are filled in and not ticked for taking out."""
    return [
        row.content()
        for row in rows
        if row.cleaned_data and not row.cleaned_data.get("DELETE")
    ]


def initial_of(spec: UniverseSpec, seen: str) -> dict[str, Any]:
    """What the form of a universe shows at first."""
    top = spec.top_by
    etfs = spec.exclude_etfs
    return {
        "seen": seen,
        "kind": spec.kind,
        "description": spec.description,
        "membership": spec.base.membership or "",
        "pasted": " ".join(spec.base.tickers or ()),
        "all_of": ", ".join(spec.all_of),
        "any_of": ", ".join(spec.any_of),
        "minus": ", ".join(spec.minus),
        "min_price": _plain(spec.min_price),
        "min_adv_shares": _plain(spec.min_adv_shares),
        "min_adv_dollars": _plain(spec.min_adv_dollars),
        "window": spec.window,
        "min_age": spec.min_age,
        "top_by": ("adv_dollars" if top.adv_dollars else "adv_shares") if top else "",
        "top": (top.adv_dollars or top.adv_shares) if top else None,
        "exclude_etfs": "" if etfs is None else str(etfs).lower(),
    }


def rows_of(spec: UniverseSpec) -> list[dict[str, str | date | None]]:
    """What the form of its block list shows at first."""
    return [
        {"ticker": b.ticker, "since": b.since, "until": b.until, "reason": b.reason}
        for b in spec.block
    ]


#: places in a definition → fields of the form
_FIELDS: Mapping[str, str] = {"base": "pasted", "block": "", "version": ""}


def show_problems(form: forms.Form, problems: Iterable[Problem]) -> None:
    """Each problem beside the field it is about, else above the form."""
    for problem in problems:
        key = problem.where.strip("/").split("/")[0]
        name = _FIELDS.get(key, key)
        field = name if name in form.fields else None
        form.add_error(field, f"{problem.message} {problem.hint}".strip())


def _plain(number: float | None) -> float | int | None:
    """A whole number without its `.0`."""
    return int(number) if number is not None and number == int(number) else number
