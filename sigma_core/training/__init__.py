"""From a matrix to trained models, predictions that saw nothing of what followed, and
how good they were.

1. `schedule.py`  the model's `train` block → splits and dates (`validation.splits`)
2. `fits.py`      each split fitted and predicted in one child (`boosting`)
3. `report.py`    measures by fold and pooled, decay, importance, baselines, control
4. `trained.py`   `Trained`: what is given back, and its folder
5. `predict.py`   a stored model on new sessions, with its reasons

`train(prepared, matrix, limits)` does 1 to 4. The matrix is the one that
`builds.build` made of the same `prepared`, or the same as it was stored.
"""

from __future__ import annotations

from sigma_core.boosting.process import Limits
from sigma_core.builds import Prepared
from sigma_core.frames import Matrix
from sigma_core.run import Progress, quiet
from sigma_core.training.trained import Trained


def check(prepared: Prepared) -> None:
    """Raise BadInput for what can be known to be wrong before a matrix is built.

    A model that is no gbm, a label that can't be trained on, too few sessions for
    window and folds, a refresh that outlives `max_age_days`.
    """
    raise NotImplementedError


def train(
    prepared: Prepared,
    matrix: Matrix,
    limits: Limits,
    progress: Progress = quiet,
) -> Trained:
    """The models of a gbm's config, their predictions out of sample, and the report.

    Raises what `check` raises; MissingData where no session has labels and columns;
    SigmaError `out_of_memory`, `train.timeout` or `train.lost` where the child was
    ended or ended by itself; what `progress` and `limits.alive` raise.
    """
    raise NotImplementedError
