"""The glossary of the leaderboard: what a place on it, and luck, mean."""

from __future__ import annotations

from signals.terms import Term

LEADERBOARD_TERMS: dict[str, Term] = {
    "board_rank": Term(
        "#",
        "Place on the board as it is filtered and sorted.",
        "run gate passed first, then q, lowest first, then Sharpe, highest first",
        "passed at q 0.04 comes before passed at q 0.20",
    ),
    "tags": Term(
        "Tags",
        "Short words by which runs are found again; a run begins with its model's.",
        "from the model's definition, then as people set them",
        "quickstart breakout",
    ),
    "forward": Term(
        "Forward",
        "How the model did on sessions after it was made; – until it is scored.",
        "signals given live, held against what followed",
        "not scored yet",
    ),
    "luck": Term(
        "Luck",
        "How often the luckiest of all that was tried would look as good as this.",
        "share of resamples in which the best of all trials, without any edge, "
        "reaches this one's t over the benchmark",
        "212 variants tried; the best of 212 lucky ones would look this good 38 times "
        "in 100",
    ),
    "trials_counted": Term(
        "Trials",
        "Distinct configurations tried on this dataset, cadence and horizon: backtests "
        "and cells of sweeps, those of deleted runs too.",
        "count of the family's trials when it was judged",
        "212",
    ),
    "p_value": Term(
        "p",
        "How often chance alone would bring so high a mean over the benchmark, if this "
        "were all that was tried.",
        "one-sided, by the stationary bootstrap of daily returns less the benchmark's",
        "0.012",
    ),
    "q_value": Term(
        "q",
        "The rate of false finds one accepts by taking this one, and all better ones, "
        "for real.",
        "p × trials ÷ place of p among them (Benjamini, Hochberg)",
        "0.005 × 5 ÷ 1 = 0.025",
    ),
    "spa_p": Term(
        "SPA p",
        "How often the luckiest of all trials would look as good as the best of them.",
        "Hansen's test for superior predictive ability, consistent",
        "0.38",
    ),
    "deflated_sharpe": Term(
        "Deflated Sharpe",
        "The probability that the true Sharpe is above what the best of so many "
        "lucky trials would have.",
        "Φ((sharpe − luck) √(n − 1) ÷ √(1 − skew · sharpe + (kurtosis − 1) ÷ 4 · "
        "sharpe²))",
        "annual 2.5 of 100 trials over 1,250 sessions: 0.90",
    ),
    "pbo": Term(
        "PBO",
        "The probability that choosing the best cell of its sweep was overfitting.",
        "share of ways to halve the sessions in which the cell that is best on one "
        "half is below the middle on the other; in the very middle it counts half",
        "0.12; about 0.5 where choosing gave nothing; – where all cells are the same",
    ),
    "comparable": Term(
        "Not comparable",
        "It rests on other bars, another universe, other sessions or costs than the "
        "row held against.",
        "the hash of all of these differs; what differs is said",
        "other sessions: 3 Jan 2017 to 29 Dec 2017",
    ),
}
