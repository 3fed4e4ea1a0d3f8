"""From a matrix to trained models, predictions that saw nothing of what followed, and
how good they were.

1. `schedule.py`  the model's `train` block → splits and dates (`validation.splits`)
2. `fits.py`      each split fitted and predicted in one child (`boosting`)
3. `report.py`    measures by fold and pooled, decay, importance, baselines, control
4. `trained.py`   `Trained`: what is given back, and its folder
5. `learn.py`     `train(prepared, matrix, limits)`: 1 to 4
6. `predict.py`   a stored model on new sessions, with its reasons

The matrix is the one that `builds.build` made of the same `prepared`, or the same as it
was stored.
"""

from sigma_core.boosting.artifact import Card, Model, read
from sigma_core.boosting.process import Limits
from sigma_core.training.learn import check, train
from sigma_core.training.predict import predict
from sigma_core.training.report import FoldReport, Importance, Report
from sigma_core.training.trained import (
    Contribution,
    Predicted,
    Predictions,
    Trained,
    read_predictions,
)
from sigma_core.validation.measures import Measures

__all__ = [
    "Card",
    "Contribution",
    "FoldReport",
    "Importance",
    "Limits",
    "Measures",
    "Model",
    "Predicted",
    "Predictions",
    "Report",
    "Trained",
    "check",
    "predict",
    "read",
    "read_predictions",
    "train",
]
