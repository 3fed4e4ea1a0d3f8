"""The glossary of calibrations."""

from __future__ import annotations

from signals.terms import Term

CALIBRATION_TERMS: dict[str, Term] = {
    "cell": Term(
        "Cell",
        "One combination of the grid's values, by its place in the grid.",
        "every value of each parameter with every value of the others",
        "3 × 2 values: 6 cells",
    ),
    "grid_param": Term(
        "Parameter",
        "The value of a parameter of the model in this cell.",
        "one of the values that were asked for",
        "adx_min 18",
    ),
    "objective": Term(
        "Objective",
        "What the cells are judged by, on the training dates; the higher the better.",
        "a metric of the cell's backtest; the deflated Sharpe counts the grid's cells",
        "deflated Sharpe 86.3 %: the chance that it is more than the luck of 3 cells",
    ),
    "plateau": Term(
        "Standing",
        "Plateau where the neighbours are nearly as good, spike where they are not; – "
        "where no other cells are there to tell by.",
        "spike if objective − neighbours > standard deviation of the objective",
        "3.1 beside 0.6, spread 0.84: spike",
    ),
    "of_training_dates": Term(
        "Training dates",
        "The metric on the dates by which the cell was chosen.",
        "of a backtest of these dates alone",
        "Sharpe 0.56",
    ),
    "of_held_out_dates": Term(
        "Held out",
        "The metric on the dates that chose nothing: what the choice was worth.",
        "of a backtest of these dates alone",
        "Sharpe 0.94",
    ),
    "signals_per_session": Term(
        "Signals a session",
        "How many tickers pass all gates on an average session.",
        "candidates ÷ sessions",
        "84 over 40 sessions: 2.1",
    ),
    "held_out_objective": Term(
        "Held out",
        "The objective on the dates that chose nothing.",
        "the same metric of a backtest of the held-out dates alone",
        "deflated Sharpe 61.0 %",
    ),
    "held_out_sharpe": Term(
        "Held-out Sharpe",
        "Return for the risk taken on the held-out dates.",
        "mean ÷ standard deviation of daily returns × √252",
        "0.79",
    ),
    "held_out_return": Term(
        "Held-out return",
        "What the money became over the held-out dates, after costs.",
        "last equity ÷ first equity − 1",
        "+3.5 %",
    ),
    "held_out_trades": Term(
        "Held-out trades",
        "Positions closed on the held-out dates.",
        "count of trades with an exit",
        "96",
    ),
    "promote": Term(
        "Promote",
        "Writes a cell's values into the model's parameters, once you saw the change.",
        "a new revision of the model; the result's page takes it back",
        "adx_min 18 → 24",
    ),
    "recipe": Term(
        "Recipe",
        "A whole calibration as a file: grid, dates, every cell, winner and why.",
        "recipes/<name>.json in the pack",
        "…breakout_scanner_1a2b3c4d",
    ),
    "winner": Term(
        "Winner",
        "The cell with the highest objective among those with enough trades.",
        "of equal ones the model's own parameters, else the first",
        "adx_min 24, rsi_min 60",
    ),
    "training_dates": Term(
        "Training dates",
        "First and last session that the cells were compared on.",
        "both counted; the held-out dates begin after them",
        "3 Jan to 30 Jun 2017",
    ),
}
