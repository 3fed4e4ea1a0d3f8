"""What the Model page asks for a backtest, and the report for a table."""

from __future__ import annotations

from typing import Any

from django import forms

from signals.matrix_forms import StretchForm, day_field
from signals.queries.backtests import TABLES

#: what an empty day means of a model to be trained
TRAINED = {
    "start": "Empty: the first session that its training tested.",
    "end": "Empty: the last it tested. Past that its schedule goes on.",
}


class TermsForm(StretchForm):
    """The terms on which orders are filled."""

    participation = forms.FloatField(
        label="Most of the volume",
        required=False,
        help_text="Share of the 20-session volume an entry may buy, such as 0.05.",
    )
    delisting_return = forms.FloatField(
        label="Delisted brings",
        required=False,
        help_text="Beyond the last price: −1 for nothing. Empty: 0.",
    )
    whole_shares = forms.TypedChoiceField(
        label="Shares",
        required=False,
        choices=[("true", "whole ones"), ("false", "fractions too")],
        coerce=lambda text: text == "true",
        empty_value=True,
        help_text="Fractions: the whole weight is bought, also of an expensive share.",
    )

    @property
    def terms(self) -> dict[str, Any]:
        """The parameters of a run that say them."""
        return {
            "participation": self.cleaned_data["participation"],
            "delisting_return": self.cleaned_data["delisting_return"] or 0.0,
            "whole_shares": self.cleaned_data["whole_shares"],
        }


class BacktestForm(TermsForm):
    """The sessions of a backtest, and its terms."""

    area = "backtest"
    start = day_field("From", "Empty: the first on which every column can be warm.")
    end = day_field("To", "Empty: the last session held.")

    def __init__(self, *args: Any, trained: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if trained:
            for name, words in TRAINED.items():
                self.fields[name].help_text = words

    def params(self, pack: str, model_id: str) -> dict[str, Any]:
        """The parameters of the run."""
        start, end = self.day("start"), self.day("end")
        return {
            "pack": pack,
            "model_id": model_id,
            "start": start.isoformat() if start else None,
            "end": end.isoformat() if end else None,
            "dataset": self.dataset,
            **self.terms,
        }


class TableForm(forms.Form):
    """Which of a report's tables, and which of its rows."""

    table = forms.ChoiceField(required=False, choices=[(name, name) for name in TABLES])
    reason = forms.CharField(required=False, max_length=64)
    session = forms.DateField(required=False)
    page = forms.IntegerField(required=False, min_value=1)
