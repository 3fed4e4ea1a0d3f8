"""Sigma's engine: from bars to ranked, explained signals. It knows nothing of a site.

    1  bars           stored, revised, split-adjusted           `bars`, `ingest`
    2  quality        which bars can't be believed              `quality`
    3  universe       who could be chosen on a session          `universe`
    4  indicators     one small function and its card each      `indicators`
    5  matrix         (session, ticker) × feature columns       `matrix`
    6  signal model   gates and a score, or a trained model     `signal_models`
    7  policy         scores → decisions, with a reason each    `policy`
    8  signals        the selected, in order, with lineage      `run`
    9  fingerprint    the hashes of all that was read           `specs.fingerprint`

`backtest` takes step 7 on many sessions and fills the orders; `backtests` does so for a
saved model, steps 1 to 9; `calibrate` for a grid of parameters; `calibrations` adds a
saved scanner's dates, winner and recipe. `training` learns step 6 from steps 1 to 5, by
date (`validation`), its trees in a child (`boosting`).

Every function takes tables or arrays and gives back one new thing. There is no clock,
no setting and no global: "now", "as of" and seeds are parameters.
"""
