"""The glossary of backtests: metrics as `metric_<name>`, and the tables' columns."""

from __future__ import annotations

from signals.terms import Term

METRIC_TERMS: dict[str, Term] = {
    "total_return": Term(
        "Return",
        "What the money became over the whole stretch, after costs.",
        "last equity ÷ first equity − 1",
        "100,000 became 103,455: +3.5 %",
    ),
    "cagr": Term(
        "Return a year",
        "The steady yearly growth that gives the same return.",
        "(last ÷ first)^(252 ÷ changes) − 1",
        "+21 % over 504 sessions: +10.0 % a year",
    ),
    "volatility": Term(
        "Volatility",
        "How widely the daily returns are spread, for a year.",
        "standard deviation of daily returns (n − 1) × √252",
        "1 % a day: 15.9 % a year",
    ),
    "sharpe": Term(
        "Sharpe",
        "Return for the risk taken; the same risk up and down counts.",
        "mean ÷ standard deviation of daily returns × √252",
        "0.05 % a day at 1 %: 0.79",
    ),
    "sortino": Term(
        "Sortino",
        "Return for the risk of losing; only returns below zero count.",
        "mean of daily returns ÷ √mean(min(return, 0)²) × √252",
        "0.05 % a day at 0.7 % downside: 1.13",
    ),
    "calmar": Term(
        "Calmar",
        "Yearly growth for the deepest fall on the way.",
        "return a year ÷ deepest drawdown",
        "10 % a year, 20 % deep: 0.50",
    ),
    "max_drawdown": Term(
        "Deepest drawdown",
        "The deepest fall below the highest equity before it, at closes.",
        "largest of 1 − equity ÷ highest equity so far",
        "from 110 to 99: 10.0 %",
    ),
    "max_drawdown_sessions": Term(
        "Longest under water",
        "The most sessions in a row below a former high; the last may not be over.",
        "count of sessions with equity below its highest so far",
        "below 110 for four sessions: 4",
    ),
    "var_95": Term(
        "VaR 95",
        "The loss that one day in twenty reaches or exceeds.",
        "−(5 % quantile of daily returns)",
        "5 % of the days lost 1.8 % or more: 1.8 %",
    ),
    "es_95": Term(
        "ES 95",
        "The mean loss of the worst twentieth of the days.",
        "−mean of the lowest 5 % of daily returns",
        "those days lost 2.6 % on average: 2.6 %",
    ),
    "trades": Term(
        "Trades",
        "Positions that were closed; those still open don't count.",
        "count of trades with an exit",
        "214",
    ),
    "hit_rate": Term(
        "Hit rate",
        "Share of the closed trades that made a profit.",
        "closed trades with pnl above 0 ÷ closed trades",
        "2 of 4: 50.0 %",
    ),
    "profit_factor": Term(
        "Profit factor",
        "How many times the losses were won back.",
        "sum of profits ÷ sum of losses",
        "80 won, 20 lost: 4.00",
    ),
    "average_win": Term(
        "Average win",
        "What a winning trade brought for what was paid.",
        "mean of pnl ÷ paid over the winners",
        "50 of 500 and 30 of 300: +10.0 %",
    ),
    "average_loss": Term(
        "Average loss",
        "What a losing trade cost for what was paid.",
        "mean of pnl ÷ paid over the losers",
        "−20 of 400: −5.0 %",
    ),
    "turnover": Term(
        "Turnover",
        "How often the whole book is exchanged in a year.",
        "traded value ÷ 2 ÷ mean equity × 252 ÷ sessions",
        "12.4: about once a month",
    ),
    "exposure": Term(
        "Exposure",
        "The part of the equity that is invested, on average.",
        "mean of invested ÷ equity at closes",
        "72.0 %",
    ),
    "costs": Term(
        "Costs",
        "All slippage and commission, in dollars.",
        "sum of |price − quoted| × shares and of commissions",
        "1,240",
    ),
    "halted": Term(
        "Halted",
        "Share of the sessions in a drawdown halt, without entries.",
        "sessions halted ÷ sessions",
        "20 of 250: 8.0 %",
    ),
}

COLUMN_TERMS: dict[str, Term] = {
    "metric": Term(
        "Metric",
        "A number that sums up the curve, its trades or its book.",
        "each has its meaning under the pointer",
        "Sharpe",
    ),
    "net": Term(
        "Net",
        "Of the equity after slippage and commission.",
        "cash + shares × last close",
        "+3.5 %",
    ),
    "gross": Term(
        "Gross",
        "Of the equity with all costs so far given back.",
        "net equity + costs so far",
        "+4.7 %",
    ),
    "of_universe": Term(
        "Universe",
        "Of all members of the universe in equal parts, without costs.",
        "mean return of the members of the session before",
        "+9.1 %",
    ),
    "of_benchmark": Term(
        "Benchmark",
        "Of the pack's benchmark, bought at the first close and held.",
        "close ÷ first close, with dividends where they are known",
        "SPY +19.4 %",
    ),
    "cost_bps": Term(
        "Costs a side",
        "What each of the same fills would have cost, in place of the policy's costs.",
        "hundredths of a percent of the fill's quoted value",
        "10 bps of 5,000: 5.00",
    ),
    "year": Term(
        "Year",
        "A calendar year of sessions, the last one as far as it goes.",
        "sessions by their date",
        "2017",
    ),
    "year_return": Term(
        "Total",
        "The return of the calendar year, as far as it goes.",
        "last equity of the year ÷ last of the year before − 1",
        "119.79 after 110: +8.9 %",
    ),
    "month_return": Term(
        "Month",
        "The return of a calendar month.",
        "last equity of the month ÷ last of the month before − 1",
        "99 after 110: −10.0 %",
    ),
    "of_sessions": Term(
        "Sessions",
        "How many sessions the row rests on.",
        "count of daily returns",
        "251",
    ),
    "of_sector": Term(
        "Sector",
        "The company's sector, as the reference data names it today.",
        "from the dataset's reference table; unknown where it has none",
        "Technology",
    ),
    "regime": Term(
        "Regime",
        "How the market was on the session before: trend and volatility.",
        "close ≥ or < its mean of 200; tercile of its 20-session volatility so far",
        "above its mean, volatility low: the calmest third; unknown in the first year",
    ),
    "pnl": Term(
        "PnL",
        "What the trade brought in dollars, all costs in it.",
        "received + dividends − paid",
        "2,100 − 2,000 = +100.00",
    ),
    "trade_return": Term(
        "Return",
        "What the trade brought for what was paid.",
        "pnl ÷ paid",
        "+100 of 2,000: +5.0 %",
    ),
    "signal_session": Term(
        "Signal",
        "The session whose close decided the entry, and the rank it had there.",
        "the session before the fill; rank among the candidates",
        "12 Jun, # 3",
    ),
    "entered": Term(
        "Entered",
        "Session and price of the entry, slippage included.",
        "open × (1 + slippage)",
        "13 Jun at 50.05",
    ),
    "left": Term(
        "Left",
        "Session and price of the exit, slippage included; – while open.",
        "open × (1 − slippage), or the stop's or target's price",
        "27 Jun at 52.10",
    ),
    "held_sessions": Term(
        "Held",
        "Sessions in the book, those of entry and exit included.",
        "exit session − entry session + 1",
        "11",
    ),
    "shares": Term(
        "Shares",
        "How many shares, in the units of the day.",
        "floor of weight × equity ÷ close of the decision",
        "40",
    ),
    "order_side": Term(
        "Side",
        "Whether it buys or sells.",
        "entries buy, exits sell",
        "buy",
    ),
    "order_state": Term(
        "State",
        "What became of the order at the next open.",
        "filled, cancelled with a reason, or pending after the last session",
        "filled",
    ),
    "why": Term(
        "Why",
        "The rule that made it leave, or that kept it from being bought.",
        "a code of the policy or of the fills, with its value and limit",
        "policy.max_trades, 10 of 10",
    ),
    "why_value": Term(
        "Value",
        "What the rule found.",
        "the number that the rule compares",
        "10 entries that day",
    ),
    "why_limit": Term(
        "Limit",
        "What the rule allows.",
        "the policy's number",
        "10 entries a day",
    ),
    "quoted": Term(
        "Quoted",
        "The price before slippage.",
        "the open, or the stop's or target's price",
        "50.00",
    ),
    "fill_price": Term(
        "Price",
        "The price that was paid or received.",
        "quoted × (1 ± slippage)",
        "50.05",
    ),
    "fill_costs": Term(
        "Costs",
        "Slippage and commission of the fill, in dollars.",
        "|price − quoted| × shares + commission",
        "2.00",
    ),
    "halt_from": Term(
        "Halted",
        "First and last session of the halt.",
        "from the close at which the limit was reached until entries were allowed",
        "3 Feb to 3 Mar",
    ),
    "halt_depth": Term(
        "Drawdown",
        "How deep equity was when the halt began.",
        "1 − equity ÷ peak, at that close",
        "11.2 %",
    ),
    "overshoot": Term(
        "Overshoot",
        "How far beyond its limit the drawdown went before all was sold.",
        "deepest drawdown of the halt − limit",
        "1.2 %",
    ),
    "gate_check": Term(
        "Check",
        "One condition of the policy's run gate.",
        "value against limit; an undefined value does not hold",
        "min_trades: 214 of 30",
    ),
    "without_best": Term(
        "Without the best days",
        "The same equity without the twentieth of its days that rose most.",
        "metrics of the other daily returns, put together",
        "+3.5 % becomes −12.0 %",
    ),
    "rank_ic": Term(
        "Rank IC",
        "How the order by score went with the order by what followed: 1 the same, 0 "
        "nothing, −1 the reverse.",
        "mean over sessions of Spearman's correlation among the members; of one ticker "
        "the correlation across its sessions",
        "0.031",
    ),
    "ic_t": Term(
        "t",
        "How many standard errors the rank IC is from 0.",
        "rank IC ÷ its standard error, that of as many sessions as don't overlap",
        "2.4",
    ),
    "run_gate": Term(
        "Run gate",
        "Whether the backtest shows what its policy asks of one.",
        "all checks of run_gate hold",
        "passed",
    ),
    "stretch": Term(
        "Sessions",
        "First and last session of the backtest.",
        "both counted",
        "3 Jan to 29 Dec 2017",
    ),
}

BACKTEST_TERMS = COLUMN_TERMS | {
    f"metric_{name}": term for name, term in METRIC_TERMS.items()
}
