"""What the Model page asks for a preview and for a matrix."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django import forms

from signals.forms import bar_of, is_daily


def day_field(label: str, help_text: str) -> forms.DateField:
    """A day that may be left out."""
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(
        label=label, required=False, widget=widget, help_text=help_text
    )


class StretchForm(forms.Form):
    """A stretch of sessions of one dataset; of a model that decides more often than
    once a session up to one of its bars."""

    at = forms.TimeField(
        label="Last bar closed at",
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        help_text="New York time. Empty: the session's last bar.",
    )

    #: what its fields' ids begin with: a page has several of these forms
    area = "stretch"

    def __init__(
        self,
        *args: Any,
        datasets: Sequence[str] = (),
        model_id: str = "",
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, auto_id=f"{self.area}_%s", **kwargs)
        if is_daily(model_id):
            del self.fields["at"]
        choices = [("", "as the universe says"), *((name, name) for name in datasets)]
        self.fields["dataset"] = forms.ChoiceField(
            label="Dataset", required=False, choices=choices
        )

    def add_error(self, field: str | None, error: Any) -> None:
        """And give the keyboard to the first field that is wrong: it is far down."""
        super().add_error(field, error)
        known = [one.widget.attrs for one in self.fields.values()]
        if field in self.fields and not any("autofocus" in attrs for attrs in known):
            self.fields[field].widget.attrs["autofocus"] = True

    def refuse(self, where: str, said: str) -> None:
        """Show what is wrong beside the field it is about, else above the form."""
        self.add_error(where if where in self.fields else None, said)

    @property
    def dataset(self) -> str | None:
        """The dataset; None: the one the universe names."""
        return self.cleaned_data["dataset"] or None

    def clean(self) -> dict[str, Any] | None:
        """A time needs its session."""
        if self.cleaned_data.get("at") and not self.cleaned_data.get("end"):
            self.add_error("end", "Say of which session that bar is.")
        return self.cleaned_data

    def until(self) -> date | datetime | None:
        """The session or the moment with which it ends, if one was given."""
        day, at = self.day("end"), self.cleaned_data.get("at")
        return day if day is None or at is None else bar_of(day, at)

    def day(self, name: str) -> date | None:
        """A day, if one was given."""
        found: date | None = self.cleaned_data[name]
        return found


class PreviewForm(StretchForm):
    """One to five sessions to look at."""

    area = "preview"
    start = day_field("From", "Empty: the session before.")
    end = day_field("To", "Empty: the last one held.")


class BuildForm(StretchForm):
    """The sessions of a matrix."""

    area = "build"
    start = day_field("From", "Empty: the first on which every column can be warm.")
    end = day_field("To", "Empty: the last session held.")
    parquet = forms.BooleanField(
        label="Also as a Parquet file, among the run's files", required=False
    )

    def params(self, pack: str, model_id: str) -> dict[str, Any]:
        """The parameters of the run."""
        start, end = self.day("start"), self.until()
        return {
            "pack": pack,
            "model_id": model_id,
            "start": start.isoformat() if start else None,
            "end": end.isoformat() if end else None,
            "dataset": self.dataset,
            "parquet": self.cleaned_data["parquet"],
        }
