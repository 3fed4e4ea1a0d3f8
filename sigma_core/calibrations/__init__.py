"""A scanner's parameters calibrated: from a grid and dates to a judged sweep.

1. `dates`       training sessions and held-out sessions
2. `run`         `prepare`, `sweep_cells`: bars, universe, features, then each cell as a
                 backtest of the training dates and one of the held-out dates → `Tried`
3. `cells`       what is kept of a cell, as values and as JSON
4. `objectives`  what a cell is judged by, the deflated Sharpe among its grid first
5. `plateau`     what a cell's neighbours brought: plateau or spike
6. `judging`     `judge`: the winner, and why
7. `recipe`      the whole of it as one document

Definitions and worked examples: `docs/definitions/calibration.md`. Nothing is written.
"""
