"""What the leaderboard's page is asked for: its whole state, from its address."""

from __future__ import annotations

from typing import Any

from django import forms

from sigma_core.errors import did_you_mean
from signals.queries.leaderboard import SORTS

GATES = (("", "any run gate"), ("passed", "gate passed"), ("failed", "not passed"))
KINDS = (("", "any kind"), ("scanner", "scanner"), ("gbm", "gbm"))
_DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class LeaderboardForm(forms.Form):
    """Filters, sort and page; a key that is not one of them is a fault."""

    tag = forms.CharField(max_length=64, required=False)
    pack = forms.CharField(max_length=64, required=False)
    model = forms.CharField(max_length=200, required=False)
    kind = forms.ChoiceField(choices=KINDS, required=False)
    dataset = forms.CharField(max_length=64, required=False)
    gate = forms.ChoiceField(choices=GATES, required=False)
    sort = forms.CharField(max_length=20, required=False)
    page = forms.IntegerField(min_value=1, max_value=100_000, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # one of them is a word of Python's
        for name in ("from", "to"):
            self.fields[name] = forms.DateField(
                required=False, widget=_DAY, input_formats=["%Y-%m-%d"]
            )

    def clean_sort(self) -> str:
        """A column of the board, with a minus from the largest down."""
        key = str(self.cleaned_data["sort"])
        if key and key.removeprefix("-") not in SORTS:
            hint = did_you_mean(key.removeprefix("-"), SORTS)
            raise forms.ValidationError(f"{key!r} is no column of the board. {hint}")
        return key

    def clean(self) -> dict[str, Any]:
        """All keys are known."""
        for key in self.data:
            if key not in self.fields:
                hint = did_you_mean(key, self.fields)
                self.add_error(None, f"The filter {key[:40]!r} is not known. {hint}")
        return self.cleaned_data

    @property
    def narrows(self) -> bool:
        """Whether anything is left out."""
        asked = getattr(self, "cleaned_data", {})
        return any(asked.get(name) for name in self.fields if name not in _SHAPE)


_SHAPE = ("sort", "page")


class TagsForm(forms.Form):
    """All tags of a run, with spaces or commas between."""

    tags = forms.CharField(max_length=500, required=False)

    def clean_tags(self) -> list[str]:
        """Each tag."""
        return str(self.cleaned_data["tags"]).replace(",", " ").split()
