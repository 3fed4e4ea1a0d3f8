"""A stored model on the last session of a matrix."""

from __future__ import annotations

from collections.abc import Sequence

from sigma_core.boosting.artifact import Model
from sigma_core.boosting.process import Limits
from sigma_core.frames import Matrix
from sigma_core.training.trained import Predicted

#: contributions kept of a signal
TOP = 5


def predict(
    model: Model,
    matrix: Matrix,
    limits: Limits,
    *,
    explain: Sequence[str] = (),
    top: int = TOP,
) -> Predicted:
    """What a model says of a matrix's last session.

    `explain` names the tickers whose contributions are wanted. Raises BadInput as
    `Model.require_usable` does, DamagedData `model.damaged` where the text is not the
    card's, SigmaError as `train` does for the child.
    """
    raise NotImplementedError
