"""LightGBM's parameters: those that a model may set, and those that it may not."""

from __future__ import annotations

from collections.abc import Mapping

from sigma_core.errors import BadInput, Problem, did_you_mean

#: what a model may set, with the values each may have
ALLOWED = {
    "learning_rate": (1e-6, 1.0),
    "num_leaves": (2, 131_072),
    "max_depth": (-1, 1_000),
    "min_data_in_leaf": (1, 1_000_000),
    "min_gain_to_split": (0, 1e9),
    "feature_fraction": (1e-3, 1.0),
    "bagging_fraction": (1e-3, 1.0),
    "bagging_freq": (0, 100_000),
    "lambda_l1": (0, 1e9),
    "lambda_l2": (0, 1e9),
    "max_bin": (2, 65_535),
    "rounds": (1, 100_000),
}
_COUNTS = (
    *("num_leaves", "max_depth", "min_data_in_leaf"),
    *("bagging_freq", "max_bin", "rounds"),
)
#: what each of them is where a model says nothing: LightGBM's own defaults
DEFAULTS = {
    "learning_rate": 0.1,
    "num_leaves": 31,
    "max_depth": -1,
    "min_data_in_leaf": 20,
    "min_gain_to_split": 0,
    "feature_fraction": 1.0,
    "bagging_fraction": 1.0,
    "bagging_freq": 0,
    "lambda_l1": 0,
    "lambda_l2": 0,
    "max_bin": 255,
    "rounds": 100,
}

Params = dict[str, float | int | str | bool]


def problems(params: Mapping[str, float]) -> list[tuple[str, Problem]]:
    """What is wrong with a model's `params`, each with the parameter's name."""
    found = []
    for name, value in params.items():
        where = f"params.{name}"
        if name not in ALLOWED:
            message, hint = f"unknown parameter {name!r}.", did_you_mean(name, ALLOWED)
            found.append((name, Problem("unknown.parameter", where, message, hint)))
            continue
        low, high = ALLOWED[name]
        if not low <= value <= high:
            message = f"{name} is {value:g}; it must be from {low:g} to {high:g}."
            found.append((name, Problem("model.param_range", where, message)))
        elif name in _COUNTS and value != int(value):
            message = f"{name} is {value:g}; it must be a whole number."
            found.append((name, Problem("model.param_whole", where, message)))
    return found


def params_of(params: Mapping[str, float], *, seed: int, threads: int) -> Params:
    """What LightGBM is told: the model's own, and what makes a training repeatable.

    Raises BadInput with everything that is wrong with the model's own.
    """
    if found := problems(params):
        raise BadInput([problem for _, problem in found])
    own = {n: int(v) if n in _COUNTS else float(v) for n, v in params.items()}
    return {
        "objective": "regression",
        "rounds": DEFAULTS["rounds"],
        **own,
        "seed": seed,
        "deterministic": True,
        "force_row_wise": True,
        "num_threads": threads,
        "verbosity": -1,
    }
