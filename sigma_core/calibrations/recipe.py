"""A calibration as one document: what its recipe says, and what page and API show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sigma_core.calibrations.cells import Tried
from sigma_core.calibrations.judging import Judged
from sigma_core.specs import fingerprint

Plain = dict[str, Any]  # Any: JSON
#: of a fingerprint, what changes no number of a cell
_BESIDE = ("dataset", "code", "libraries", "pack_sha", "model_config_sha")


def cells_of(cells: Sequence[Tried], judged: Judged) -> list[Plain]:
    """Every cell with what it is worth and how it stands, in order."""
    return [
        {
            "number": cell.number,
            "params": dict(cell.params),
            "swept": cell.swept.as_json(),
            "held_out": cell.held_out.as_json(),
            "value": judged.values[at],
            "held_out_value": judged.held_out[at],
            "around": judged.standings[at].around,
            "drop": judged.standings[at].drop,
            "standing": judged.standings[at].word,
        }
        for at, cell in enumerate(cells)
    ]


def name_of(
    config: Mapping[str, Any], asked: Mapping[str, Any], read: Mapping[str, Any]
) -> str:
    """A recipe's name: the model's, and a part of the sha of what was asked and read.

    The same calibration of the same definitions and bars has the same name, whatever
    the model says of the parameters that are swept: promoting a cell changes no other.
    `config` is the content of the model's file, `read` the names of all else.
    """
    kept = {name: value for name, value in read.items() if name not in _BESIDE}
    fixed = {
        name: value
        for name, value in config["params"].items()
        if name not in asked["grid"]
    }
    model = dict(config) | {"params": fixed}
    sha = fingerprint.sha_of([dict(asked), kept, model])
    return f"{config['model_id']}_{sha[:8]}"
