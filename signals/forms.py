"""What pages ask for: a view of a list, a filter on runs, a scan, an upload."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.validators import RegexValidator

from sigma_core.errors import BadInput, SpecError
from sigma_core.specs import naming
from signals import words
from signals.columns import columns_in
from signals.models import Run

NAME = RegexValidator(
    r"\A[a-z0-9][a-z0-9_]{0,63}\Z",
    "Use lower-case letters, digits and _, starting with a letter or digit.",
)
TABS = ("all", "new", "left", "blocked", "near")
#: what the table can be sorted by
SORTS = (
    "rank",
    "delta",
    "ticker",
    "name",
    "score",
    "close",
    "change",
    "volume_ratio",
    "days",
    "verdict",
    "weight",
)
FORMATS = ("csv", "json")


def is_daily(model_id: str) -> bool:
    """Whether a model decides once a session, or has no name that says."""
    try:
        return naming.parse(model_id).cadence == "daily"
    except SpecError:
        return True


def bar_of(day: date, at: time) -> datetime:
    """The moment of New York's clocks at which a bar closed."""
    return datetime.combine(day, at, words.NEW_YORK)


def _choices(values: Sequence[str]) -> list[tuple[str, str]]:
    return [(value, value) for value in values]


class ListForm(forms.Form):
    """Which list to show, and how: the whole state of the Signals page."""

    model = forms.CharField(max_length=200, required=False)
    dataset = forms.CharField(max_length=64, required=False)
    session = forms.DateField(required=False)
    #: when the bar of a list closed, where a session has several lists
    ts = forms.CharField(max_length=40, required=False)
    tab = forms.ChoiceField(choices=_choices(TABS), required=False)
    q = forms.CharField(max_length=64, required=False)
    sort = forms.CharField(max_length=80, required=False)
    page = forms.IntegerField(min_value=1, max_value=10_000, required=False)
    open = forms.IntegerField(min_value=1, max_value=2**62, required=False)

    def clean_ts(self) -> datetime | None:
        """A moment with its zone."""
        text = self.cleaned_data["ts"]
        if not text:
            return None
        try:
            found = datetime.fromisoformat(text)
        except ValueError:
            found = None
        if found is None or found.tzinfo is None:
            raise forms.ValidationError("A moment reads 2026-03-11T18:40:00+00:00.")
        return found

    def clean_sort(self) -> str:
        """At most three of the known keys, each with or without a minus."""
        keys = [key for key in self.cleaned_data["sort"].split(",") if key]
        unknown = [key for key in keys if key.removeprefix("-") not in SORTS]
        if unknown or len(keys) > 3:
            raise forms.ValidationError(
                f"Sort by up to three of: {', '.join(SORTS)}; a minus turns it round."
            )
        return ",".join(keys)


class ExportForm(ListForm):
    """The same view, as a file."""

    format = forms.ChoiceField(choices=_choices(FORMATS))


class RunsForm(forms.Form):
    """Which runs to list."""

    status = forms.ChoiceField(
        choices=[("", "any status"), *Run.Status.choices], required=False
    )
    kind = forms.ChoiceField(
        choices=[("", "any kind"), *Run.Kind.choices], required=False
    )
    page = forms.IntegerField(min_value=1, max_value=100_000, required=False)


class ScanForm(forms.Form):
    """A scan of one model."""

    pack = forms.CharField(max_length=64, widget=forms.HiddenInput)
    model_id = forms.CharField(max_length=128, widget=forms.HiddenInput)
    as_of = forms.DateField(
        label="As of",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text="A session. Empty: the last one held.",
    )
    at = forms.TimeField(
        label="Bar closed at",
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        help_text="New York time. Empty: the session's last bar.",
    )
    dataset = forms.ChoiceField(label="Dataset", required=False)

    def __init__(self, *args: Any, datasets: Sequence[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", "as the universe says"), *_choices(datasets)]
        self.fields["dataset"].choices = choices  # type: ignore[attr-defined] # ChoiceField
        model_id = str(self.data.get("model_id") or self.initial.get("model_id") or "")
        if is_daily(model_id):
            del self.fields["at"]

    def clean(self) -> dict[str, Any] | None:
        """A time needs its session."""
        if self.cleaned_data.get("at") and not self.cleaned_data.get("as_of"):
            self.add_error("as_of", "Say of which session that bar is.")
        return self.cleaned_data

    def refuse(self, where: str, said: str) -> None:
        """Show what is wrong above the form."""
        self.add_error(None, said)

    def params(self) -> dict[str, Any]:
        """The parameters of the run."""
        asked = self.cleaned_data
        return {
            "pack": asked["pack"],
            "model_id": asked["model_id"],
            "as_of": self._as_of(asked["as_of"], asked.get("at")),
            "dataset": asked["dataset"] or None,
        }

    @staticmethod
    def _as_of(day: date | None, at: time | None) -> str | None:
        if day is None:
            return None
        if at is None:
            return day.isoformat()
        return bar_of(day, at).isoformat()


class ManyFiles(forms.ClearableFileInput):
    """A file input that takes more than one."""

    allow_multiple_selected = True


class ManyFilesField(forms.FileField):
    """At least one file; the sum of their sizes is limited."""

    widget = ManyFiles

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile]:
        """The files, each checked as a single one would be."""
        given = data if isinstance(data, list | tuple) else [data]
        files = [super(ManyFilesField, self).clean(one, initial) for one in given]
        if sum(file.size or 0 for file in files) > settings.SIGMA_UPLOAD_BYTES:
            most = settings.SIGMA_UPLOAD_BYTES // 2**20
            raise forms.ValidationError(
                f"Together more than {most} MB. Send fewer files at once, or use "
                "manage.py ingest_bars on the server."
            )
        return files


class UploadForm(forms.Form):
    """Files of bars or of another kind, and what can't be told from them."""

    kind = forms.ChoiceField(
        choices=[
            ("bars", "bars"),
            ("actions", "actions: splits, dividends"),
            ("reference", "reference: names, sectors"),
            ("membership", "membership of an index"),
            ("index", "index levels"),
            ("iv", "implied volatility"),
        ],
        initial="bars",
        required=False,
        label="What they hold",
    )
    files = ManyFilesField(
        label="Files",
        widget=ManyFiles(attrs={"accept": ".csv,.parquet,.zip,.gz,.txt"}),
        help_text="CSV, Parquet or a zip of them. The ticker comes from a column, "
        "else from the file's name.",
    )
    dataset = forms.CharField(
        max_length=64,
        initial="main",
        validators=[NAME],
        help_text="A new name makes a new dataset; two never mix.",
    )
    cadence = forms.ChoiceField(
        choices=[("daily", "daily"), ("5m", "5 minutes")], initial="daily"
    )
    source = forms.CharField(
        max_length=64,
        required=False,
        widget=forms.TextInput(attrs={"list": "sources"}),
        help_text="Where the bars come from. A name that is known fills in columns, "
        "adjustment and zone.",
    )
    adjustment = forms.ChoiceField(
        required=False,
        choices=[
            ("", "as the file says, else unknown"),
            ("raw", "raw: nothing taken out"),
            ("split", "split: splits taken out"),
            ("total", "total: splits and dividends taken out"),
        ],
    )
    tz = forms.CharField(
        label="Time zone",
        max_length=64,
        required=False,
        help_text="Only for times without a zone, such as America/New_York.",
    )
    columns = forms.CharField(
        max_length=600,
        required=False,
        help_text="Where names don't tell: close=PX_LAST, volume=QTY.",
    )
    name = forms.CharField(
        label="Name of the list",
        max_length=64,
        required=False,
        validators=[NAME],
        help_text="Only of a membership, such as sp500.",
    )

    def clean_columns(self) -> dict[str, str]:
        """Field → header."""
        try:
            return columns_in(self.cleaned_data["columns"])
        except BadInput as error:
            problem = error.problems[0]
            raise forms.ValidationError(f"{problem.message} {problem.hint}") from error

    def clean(self) -> dict[str, Any]:
        """A membership needs the name of its list."""
        asked: dict[str, Any] = super().clean() or self.cleaned_data
        if asked.get("kind") == "membership" and not asked.get("name"):
            self.add_error("name", "A membership list needs a name, such as sp500.")
        return asked

    def params(self) -> dict[str, Any]:
        """The parameters of the run, without its files."""
        asked = self.cleaned_data
        if (kind := asked["kind"] or "bars") != "bars":
            name = asked["name"] if kind == "membership" else None
            return {"kind": kind, "dataset": asked["dataset"], "name": name}
        return {
            "kind": "bars",
            "columns": asked["columns"],
            "dataset": asked["dataset"],
            "cadence": asked["cadence"],
            "source": asked["source"] or None,
            "adjustment": asked["adjustment"] or None,
            "tz": asked["tz"] or None,
        }


class IssueForm(forms.Form):
    """An answer to one find of the quality rules."""

    rule = forms.RegexField(r"^D([1-9]|1[0-4])$")
    ticker = forms.CharField(max_length=32)
    session = forms.DateField(input_formats=["%Y-%m-%d"])
    answer = forms.ChoiceField(
        choices=[
            ("acknowledged", "the bars are right"),
            ("delisted", "delisted at this price"),
            ("wait", "wait"),
        ],
        required=False,
    )
    price = forms.FloatField(required=False, min_value=0)
    note = forms.CharField(max_length=500)
    undo = forms.BooleanField(required=False)

    def params(self) -> dict[str, Any]:
        """The parameters of the run, without its dataset."""
        asked = self.cleaned_data
        return asked | {
            "session": asked["session"].isoformat(),
            "answer": asked["answer"] or "acknowledged",
        }
