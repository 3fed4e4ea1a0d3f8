"""What the Model page asks for a training."""

from __future__ import annotations

from typing import Any

from signals.matrix_forms import StretchForm, day_field


class TrainForm(StretchForm):
    """The sessions that are trained on and tested."""

    area = "train"
    start = day_field("From", "Empty: the first on which every column can be warm.")
    end = day_field("To", "Empty: the last session held.")

    def params(self, pack: str, model_id: str) -> dict[str, Any]:
        """The parameters of the run."""
        days = {name: self.day(name) for name in ("start", "end")}
        return {
            "pack": pack,
            "model_id": model_id,
            **{name: day.isoformat() if day else None for name, day in days.items()},
            "dataset": self.dataset,
        }
