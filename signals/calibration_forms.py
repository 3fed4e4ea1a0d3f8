"""What the Calibrate page asks: values for each parameter, dates, objective."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from django import forms

from signals.backtest_forms import TermsForm
from signals.matrix_forms import day_field

#: names as the engine has them; the words are those of `calibrations.objectives`
OBJECTIVES = (
    ("deflated_sharpe", "deflated Sharpe"),
    ("sharpe", "Sharpe"),
    ("sortino", "Sortino"),
    ("calmar", "Calmar"),
    ("total_return", "return"),
    ("profit_factor", "profit factor"),
    ("hit_rate", "hit rate"),
)
PREFIX = "grid_"
DAYS = ("train_start", "train_end", "held_out_start", "held_out_end")
_BETWEEN = re.compile(r"[,;\s]+")


class ValuesField(forms.CharField):
    """Numbers between commas or blanks."""

    def clean(self, value: Any) -> list[float]:
        """The numbers; none for an empty field."""
        words = [word for word in _BETWEEN.split(super().clean(value)) if word]
        try:
            found = [float(word) for word in words]
        except ValueError:
            found = [math.nan]
        if not all(map(math.isfinite, found)):
            raise forms.ValidationError("Write numbers between commas: 15, 18, 20.")
        return found


class CalibrateForm(TermsForm):
    """A field for each parameter of the model, `grid_<name>`; empty: left as it is."""

    area = "calibrate"
    objective = forms.ChoiceField(
        label="Judge by",
        choices=OBJECTIVES,
        help_text="The deflated Sharpe discounts the luck of so many cells.",
    )
    min_trades = forms.IntegerField(
        label="Least trades",
        min_value=0,
        max_value=1_000_000,
        initial=30,
        help_text="Closed trades that a winner needs.",
    )
    train_start = day_field("Train from", "Empty: as soon as every column is warm.")
    train_end = day_field("Train to", "Empty: the last third is held out.")
    held_out_start = day_field("Hold out from", "Empty: the session after.")
    held_out_end = day_field("Hold out to", "Empty: the last session held.")
    promote = forms.BooleanField(
        label="Write the winner into the model at once",
        required=False,
        help_text="Otherwise you see the change first and confirm it.",
    )

    def __init__(self, *args: Any, params: Mapping[str, float], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, value in params.items():
            self.fields[PREFIX + name] = ValuesField(
                label=name,
                required=False,
                max_length=2_000,
                help_text=f"Now {value:g}. Values between commas; 0 is a value.",
                widget=forms.TextInput(attrs={"inputmode": "text"}),
            )

    @property
    def grid_fields(self) -> list[forms.BoundField]:
        """The fields of the parameters."""
        return [self[name] for name in self.fields if name.startswith(PREFIX)]

    @property
    def grid(self) -> dict[str, list[float]]:
        """The parameters that have values."""
        given = {
            name.removeprefix(PREFIX): values
            for name, values in self.cleaned_data.items()
            if name.startswith(PREFIX)
        }
        return {name: values for name, values in given.items() if values}

    def run_params(self, pack: str, model_id: str) -> dict[str, Any]:
        """The parameters of the run."""
        days = {name: self.day(name) for name in DAYS}
        return {
            "pack": pack,
            "model_id": model_id,
            "grid": self.grid,
            "objective": self.cleaned_data["objective"],
            "min_trades": self.cleaned_data["min_trades"],
            **{name: day.isoformat() if day else None for name, day in days.items()},
            "dataset": self.dataset,
            **self.terms,
            "promote": self.cleaned_data["promote"],
        }

    def refuse(self, where: str, said: str) -> None:
        """Show what is wrong beside the field it is about, else above the form."""
        name = PREFIX + where.removeprefix("grid/")
        known = next((one for one in (name, where) if one in self.fields), None)
        self.add_error(known, said)
