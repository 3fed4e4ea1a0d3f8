"""The child that fits and predicts: `python -m sigma_core.boosting.child FOLDER`.

Reads one request a line, as JSON, and answers each with one line. Rows and labels are
files in the folder; so are the trees and predictions that it leaves there. It ends when
its input does.

    fit       {labels, train: [[start, stop], …], params, text, predict, out}
    predict   {text, rows: [start, stop], out, explain: [row, …], contributions, values}
              `values`: a file of other rows; null for those of the folder
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TextIO

#: LightGBM takes these along where they are installed, for kinds of input that never
#: come here; without them it is imported in half the time
NOT_NEEDED = ("pandas", "pyarrow", "polars", "sklearn", "matplotlib", "dask", "cffi")
for name in NOT_NEEDED:
    sys.modules[name] = None  # type: ignore[assignment] # so Python calls it missing

import lightgbm  # noqa: E402 # after what it would take along
import numpy as np  # noqa: E402

VALUES = "values.npy"


def main(folder: Path) -> None:
    """Answer request after request until there is none."""
    values = np.load(folder / VALUES, mmap_mode="r")
    names = json.loads((folder / "columns.json").read_text(encoding="utf-8"))
    doing = {"fit": _fit, "predict": _predict}
    answers = _answers()
    for line in sys.stdin:
        request = json.loads(line)
        answer = doing[request["do"]](folder, values, names, request)
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


def _answers() -> TextIO:
    """Where answers go. What LightGBM itself prints goes with the errors."""
    ours = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return ours


def _fit(
    folder: Path, values: np.ndarray, names: list[str], request: Mapping[str, Any]
) -> dict[str, Any]:
    """Fit on the training rows that have a label, predict the others asked for."""
    params = dict(request["params"])
    rounds = params.pop("rounds")
    labels = np.load(folder / request["labels"], mmap_mode="r")
    features, known = _training(values, labels, request["train"])
    data = lightgbm.Dataset(features, known, feature_name=names, params=params)
    trees = lightgbm.train(params, data, num_boost_round=rounds)
    (folder / request["text"]).write_text(trees.model_to_string(), encoding="utf-8")
    start, stop = request["predict"]
    said = _said(trees, values[start:stop], threads=params["num_threads"])
    np.save(folder / request["out"], said)
    return {
        "rows": len(known),
        "gain": trees.feature_importance("gain").tolist(),
        "splits": trees.feature_importance("split").tolist(),
    }


def _training(
    values: np.ndarray, labels: np.ndarray, train: list[list[int]]
) -> tuple[np.ndarray, np.ndarray]:
    """Rows of the stretches that have a label. One whole stretch is not copied."""
    parts = [(values[a:b], np.asarray(labels[a:b])) for a, b in train]
    known = [
        (rows, came) if np.isfinite(came).all() else
        (rows[np.isfinite(came)], came[np.isfinite(came)])
        for rows, came in parts
    ]  # fmt: skip
    if len(known) == 1:
        return known[0]
    return np.concatenate([r for r, _ in known]), np.concatenate([c for _, c in known])


def _predict(
    folder: Path, values: np.ndarray, names: list[str], request: Mapping[str, Any]
) -> dict[str, Any]:
    """Predictions of a stretch of rows, and what moved those to be explained."""
    if request["values"] is not None:
        values = np.load(folder / request["values"])
    text = (folder / request["text"]).read_text(encoding="utf-8")
    trees = lightgbm.Booster(model_str=text)
    threads = request["threads"]
    start, stop = request["rows"]
    np.save(folder / request["out"], _said(trees, values[start:stop], threads=threads))
    explained = values[request["explain"]]
    moved = _said(trees, explained, threads=threads, pred_contrib=True)
    np.save(folder / request["contributions"], moved.reshape(-1, len(names) + 1))
    return {"rows": stop - start}


def _said(
    trees: lightgbm.Booster, rows: np.ndarray, *, threads: int, **more: bool
) -> np.ndarray:
    """What trees say of rows; LightGBM takes no table without any."""
    if not len(rows):
        return np.zeros(0)
    return np.asarray(trees.predict(rows, num_threads=threads, **more))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
