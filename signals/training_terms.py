"""The glossary of trained models: measures, folds, baselines, contributions."""

from __future__ import annotations

from signals.terms import Term

TRAINING_TERMS: dict[str, Term] = {
    "tested_by": Term(
        "Tested",
        "Which sessions were predicted; by models that had seen nothing of them.",
        "folds of the walk forward, all together, and what they are held against",
        "fold 2: 17 Jul to 25 Nov",
    ),
    "ic": Term(
        "IC",
        "Correlation of predictions and what followed, across tickers of a session.",
        "mean over sessions of Pearson's correlation",
        "+0.031: little, but each session anew",
    ),
    "train_rank_ic": Term(
        "Rank IC",
        "The same of ranks, so that one wild return can't carry it.",
        "mean over sessions of Spearman's correlation",
        "+0.028",
    ),
    "icir": Term(
        "ICIR",
        "How steady the IC is from session to session.",
        "mean ÷ standard deviation (n − 1) of the sessions' IC, not annualised",
        "0.031 ÷ 0.14 = +0.22",
    ),
    "quantile_spread": Term(
        "Spread",
        "What the fifth predicted highest brought more than the lowest fifth.",
        "mean label of the highest fifth − of the lowest, mean over sessions",
        "+0.41 % in ten sessions",
    ),
    "rank_hits": Term(
        "Hits",
        "Share of tickers on the side of the session's median that was predicted.",
        "same side of the median in prediction and label ÷ tickers; one ticker: sign",
        "51.2 %; luck gives 50 %",
    ),
    "top_turnover": Term(
        "Turnover",
        "How much of the highest fifth was not in it the session before.",
        "new names ÷ names of the highest fifth, mean over sessions",
        "27.2 %: more than a quarter is new each session",
    ),
    "train_t": Term(
        "t",
        "How many standard errors the rank IC is from nothing.",
        "rank IC ÷ its standard error, that of as many sessions as don't overlap",
        "+2.4 of 38 sessions",
    ),
    "train_p": Term(
        "p",
        "How often chance alone would be as far from nothing, either way.",
        "two-sided, of Student's t",
        "0.021: twice in a hundred",
    ),
    "baseline": Term(
        "Held against",
        "random: a drawn number; momentum: close 21 sessions ago over close 252 ago; "
        "permuted: trained on labels shuffled within each session, must be about 0.",
        "the same measures on the same sessions",
        "permuted +0.002: nothing leaks",
    ),
    "horizon": Term(
        "Sessions on",
        "The rank IC with the return over so many sessions from the same start.",
        "mean over sessions of Spearman's correlation",
        "1: +0.010, 10: +0.028, 20: +0.019",
    ),
    "gain": Term(
        "Gain",
        "A column's share of all that the trees' splits have gained.",
        "its gain ÷ all gains, over the models of the walk forward",
        "ret_20 18.4 %",
    ),
    "tree_splits": Term(
        "Splits",
        "How often the trees part on the column.",
        "count over the models of the walk forward",
        "412",
    ),
    "model_number": Term(
        "Model",
        "One of the walk forward, oldest first from 0; newest is for sessions to come.",
        "a fit every refresh sessions, on the window before its test",
        "3",
    ),
    "trained_on": Term(
        "Trained on",
        "First and last session whose labels were learned from.",
        "the window that ends max(horizon, embargo) + 1 sessions before its test",
        "6 Nov 2024 to 10 Nov 2026",
    ),
    "tested_on": Term(
        "Tested on",
        "The sessions that it predicted, of which it had seen nothing.",
        "from the end of its training on, until the next model takes over",
        "17 Jul to 13 Aug 2026",
    ),
    "predicts_until": Term(
        "Predicts until",
        "The last day of which it says something; then it refuses, until trained anew.",
        "last session of training + max_age_days",
        "10 Nov 2026 + 90 days: 8 Feb 2027",
    ),
    "training_state": Term(
        "Standing",
        "Whether this training answers for the model as it is now.",
        "newest of its dataset, definition unchanged, not too old",
        "predicts",
    ),
    "moved_column": Term(
        "Column",
        "A feature that moved the prediction, the most first.",
        "by the size of its contribution, either way",
        "ret_20",
    ),
    "moved_value": Term(
        "Value",
        "What the column was on that session, in the session's own units.",
        "as the indicator set defines it",
        "0.124",
    ),
    "contribution": Term(
        "Moved it by",
        "How much the column moved the prediction, in the label's unit.",
        "Shapley value over the trees; base + all contributions = prediction",
        "+0.42 %",
    ),
    "far_outside": Term(
        "Far outside",
        "The value is beyond anything like what the model was trained on.",
        "below q01 − (q99 − q01), or above q99 + (q99 − q01), of training",
        "q01 1, q99 99: 198 is far outside",
    ),
}
