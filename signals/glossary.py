"""What every column head and metric of the site means, in one place.

Each term has a name as shown, one sentence, the formula and a worked example.
Templates show a head only through `{% head "key" %}`, which looks it up here, so a
column without an entry can't be drawn.
"""

from __future__ import annotations

from signals.backtest_terms import BACKTEST_TERMS
from signals.calibration_terms import CALIBRATION_TERMS
from signals.leaderboard_terms import LEADERBOARD_TERMS
from signals.terms import Term
from signals.training_terms import TRAINING_TERMS

TERMS: dict[str, Term] = {
    "rank": Term(
        "#",
        "Place in the list of one session, best first.",
        "order by score, highest first; equal scores by ticker, A to Z",
        "scores 91, 84, 84 of C, B, A give ranks C 1, A 2, B 3",
    ),
    "delta": Term(
        "Δ",
        "Places climbed (▲) or lost (▼) since the list before.",
        "rank in the list before − rank now; “new” if not in it",
        "rank 5 on Thursday, rank 2 on Friday: ▲3",
    ),
    "ticker": Term(
        "Ticker",
        "The symbol under which the exchange lists the share.",
        "as in the bars that were ingested, never translated",
        "BRK.B",
    ),
    "name": Term(
        "Name",
        "The company's name.",
        "from the dataset's reference table; empty where none was ingested",
        "Berkshire Hathaway",
    ),
    "score": Term(
        "Score",
        "How strong a candidate is, 0 to 100; it decides the order, not the entry.",
        "sum over the parts of weight × part, each part clipped to 0–1",
        "40 × 1.0 + 30 × 0.5 + 15 × 0.2 + 15 × 1 = 73.0",
    ),
    "part": Term(
        "Part",
        "One ingredient of the score, by its name in the model.",
        "an expression of the model, clipped to 0–1",
        "breakout: bos_20 ÷ 0.5, here 0.3 ÷ 0.5 = 0.6",
    ),
    "part_value": Term(
        "Value",
        "How much of the part is fulfilled, before its weight.",
        "the part's expression, clipped to 0–1",
        "0.60: three fifths of what the part can give",
    ),
    "points": Term(
        "Points",
        "What the part adds to the score, and the most it could add.",
        "weight × value",
        "40 × 0.60 = 24.0 of 40",
    ),
    "gates": Term(
        "Gates",
        "The model's conditions: ● passed, ◐ passed within 2 % of the limit, "
        "○ not passed.",
        "near = |value − limit| ÷ |limit| ≤ 0.02",
        "ADX 18.2 at limit 18 is passed and near: ◐",
    ),
    "gate": Term(
        "Gate",
        "One yes/no condition of the model; all top-level gates must hold.",
        "a comparison of columns of the session; an unknown value fails",
        "adx_14 ≥ 18",
    ),
    "gate_value": Term(
        "Value",
        "The left side of the gate's comparison on that session.",
        "the column or expression left of the operator",
        "34.2 in adx_14 ≥ 18",
    ),
    "gate_limit": Term(
        "Limit",
        "The right side of the gate's comparison on that session.",
        "the column, parameter or expression right of the operator",
        "18 in adx_14 ≥ 18",
    ),
    "gate_distance": Term(
        "Distance",
        "How far the value is from its limit, as a share of the limit; "
        "plus means passed.",
        "(value − limit) ÷ |limit|, turned round for < and ≤",
        "34.2 at ≥ 18: (34.2 − 18) ÷ 18 = +90.0 %",
    ),
    "spark": Term(
        "30 bars",
        "The closes of the last 30 bars; the dot marks the session's own.",
        "own closes in the session's units, scaled to their range",
        "a line that ends at its top: the highest close of 30",
    ),
    "close": Term(
        "Close",
        "The last price of the session, as printed that day.",
        "raw close, before any later split",
        "144.56",
    ),
    "change": Term(
        "Change",
        "The close against the ticker's bar before; ▲ up, ▼ down.",
        "close ÷ previous close − 1, splits taken out",
        "144.56 after 143.13: ▲ 1.00 %",
    ),
    "volume_ratio": Term(
        "Volume",
        "The session's volume against what is usual for the ticker.",
        "volume ÷ mean volume of the 20 bars before",
        "3.0 million against a mean of 1.5 million: 2.0×",
    ),
    "days": Term(
        "Lists",
        "For how many lists without a break the ticker has been in.",
        "consecutive lists of this model up to this one, this one included",
        "in on Wednesday, Thursday and Friday, out on Tuesday: 3",
    ),
    "verdict": Term(
        "Verdict",
        "What the policy said: tradeable, or the limit that stops it.",
        "the policy's limits in order; the first that binds is named",
        "the 11th entry at max_trades_per_day 10: over 10 a day",
    ),
    "weight": Term(
        "Weight",
        "The share of capital the policy gives the position at entry.",
        "equal: 1 ÷ top_n; score: score ÷ sum of the selected scores",
        "equal with top_n 50: 2.00 %",
    ),
    "session": Term(
        "Session",
        "The trading day of the exchange whose bars were judged.",
        "a day of the exchange calendar (XNYS), not of the clock",
        "Fri 30 Jun 2017",
    ),
    "last_session": Term(
        "Last session",
        "The newest trading day of which this dataset holds a bar.",
        "the largest session among its bars",
        "Fri 30 Jun 2017",
    ),
    "blocked": Term(
        "Blocked",
        "Passed all gates, but a limit of the policy stops the trade today.",
        "selected and not tradeable",
        "rank 11 where ten entries a day are allowed",
    ),
    "near": Term(
        "Near miss",
        "Failed exactly one top-level gate; the nearest come first.",
        "candidates of the universe with all gates but one passed",
        "ADX 17.6 at limit 18, everything else passed",
    ),
    "funnel": Term(
        "Funnel",
        "How many tickers are left after each step, in the model's own order.",
        "all tickers → universe rules → data present → each gate → selected",
        "505 → 487 → 96 → 43 → 31",
    ),
    "alone": Term(
        "Alone",
        "How many members pass this gate if it were the only one.",
        "count of members for which the gate is true",
        "212 of 487",
    ),
    "model": Term(
        "Model",
        "A scanner or a trained model: it turns bars into a ranked list.",
        "identified by its pack and its own name",
        "swingsigma / universe_eq_swing_daily_breakout_scanner",
    ),
    "kind": Term(
        "Kind",
        "What sort of thing it is: of a model, rules or a trained one; "
        "of a run, the job.",
        "as written in the definition",
        "scanner",
    ),
    "stage": Term(
        "Stage",
        "How far the model has come: draft, trained (one that learns), research.",
        "trained once a training of it has succeeded, research once a scan has",
        "draft before the first scan",
    ),
    "universe": Term(
        "Universe",
        "Which tickers could be chosen, judged on the session before.",
        "rules on price, volume, age and membership up to the session before",
        "us_liquid: price ≥ 5, 20-day volume ≥ 500,000 shares",
    ),
    "last_run": Term(
        "Last run",
        "The newest run of the model and how it ended.",
        "the run with the highest number",
        "run 12, succeeded",
    ),
    "signals": Term(
        "Signals",
        "How many tickers were selected on the model's last session.",
        "candidates that passed all gates, at most top_n",
        "24",
    ),
    "counts": Term(
        "Signals by session",
        "The number of signals of the last sessions, oldest first.",
        "one bar a session that has a list",
        "a short last bar: fewer signals than usual",
    ),
    "run": Term(
        "Run",
        "One execution of a job, numbered in the order asked for.",
        "a number that is never used twice",
        "run 12",
    ),
    "status": Term(
        "Status",
        "Where the run stands: queued, running, succeeded, failed or cancelled.",
        "the run's own record; the queue is only the bell",
        "running, 62 %",
    ),
    "subject": Term(
        "What",
        "What the run works on: a model and session, or a dataset.",
        "from what was asked for",
        "swingsigma / breakout on Fri 30 Jun 2017",
    ),
    "started": Term(
        "Started",
        "When a worker took the run up, in New York time.",
        "the first claim; your own time zone shows on hover",
        "Fri 30 Jun 2017, 16:05",
    ),
    "took": Term(
        "Took",
        "Time from the start to the end of the run.",
        "ended − started",
        "1.4 s",
    ),
    "result": Term(
        "Result",
        "What the run gave, in a few words; if it failed, why.",
        "from the run's own summary",
        "24 signals",
    ),
    "input": Term(
        "Input",
        "A definition the run read, frozen as it was.",
        "named by the sha256 of its content",
        "policy topn_equal_v1 3f9a1c07",
    ),
    "artifact": Term(
        "File",
        "A file the run wrote beside its rows.",
        "in the run's own folder, never changed afterwards",
        "decision_paths.parquet",
    ),
    "size": Term(
        "Size",
        "The size of the file.",
        "bytes; 1 kB = 1,000 bytes",
        "48 kB",
    ),
    "fingerprint": Term(
        "Fingerprint",
        "The hashes of everything a run read and of what it wrote.",
        "sha256 over canonical content; the first 8 characters are shown",
        "data 9d02c6e1",
    ),
    "dataset": Term(
        "Dataset",
        "A named store of bars; two datasets never mix.",
        "the name given at ingest",
        "main",
    ),
    "tickers": Term(
        "Tickers",
        "How many tickers have at least one bar.",
        "count of distinct tickers",
        "505",
    ),
    "bars": Term(
        "Bars",
        "How many bars are held and used; quarantined ones are not counted.",
        "count of (ticker, session) with all five fields",
        "619,029",
    ),
    "coverage": Term(
        "Coverage",
        "The share of sessions for which a ticker has a bar, by month.",
        "bars ÷ sessions of the month from the ticker's first to its last bar",
        "20 bars in 21 sessions: 95 %",
    ),
    "source": Term(
        "Source",
        "Where the bars came from, as named at ingest.",
        "the newest ingest's own word",
        "sp500_daily_2013_2018.parquet",
    ),
    "adjustment": Term(
        "Adjustment",
        "What was already taken out of the prices when they came.",
        "raw: nothing · split: splits · total: splits and dividends",
        "split",
    ),
    "rule": Term(
        "Rule",
        "The data-quality rule that found the fault.",
        "D1 to D14, each with one action",
        "D2: low ≤ open, close ≤ high, all > 0",
    ),
    "action": Term(
        "Action",
        "What the rule does: quarantine the bar, block the ticker, refuse, or warn.",
        "fixed for each rule",
        "quarantine: kept, flagged, not used",
    ),
    "found": Term(
        "Found",
        "How often the rule found a fault.",
        "count of bars, or of tickers for rules on tickers",
        "14",
    ),
    "example": Term(
        "Example",
        "The first places where the rule found a fault.",
        "ticker and session, in order",
        "LNT 2016-05-20",
    ),
    "check": Term(
        "Check",
        "One thing that must hold for the answers to be trusted.",
        "each check looks at one thing and has one limit",
        "bars: last session held",
    ),
    "check_value": Term(
        "Value",
        "What the check found.",
        "measured when this page was made",
        "Fri 30 Jun 2017",
    ),
    "check_limit": Term(
        "Limit",
        "From where on the check warns or fails.",
        "fixed for each check",
        "last finished session",
    ),
    "fix": Term(
        "What to do",
        "The command or page that mends it.",
        "named by the check itself",
        "manage.py migrate",
    ),
    "context": Term(
        "Context",
        "What share of the universe passes each gate on its own.",
        "members that pass ÷ members",
        "ADX ≥ 18: 212 of 487, 44 %",
    ),
    "open_price": Term(
        "Open",
        "The first price of the bar.",
        "as parsed from the file",
        "143.20",
    ),
    "high_price": Term(
        "High",
        "The highest price of the bar.",
        "as parsed from the file",
        "145.02",
    ),
    "low_price": Term(
        "Low",
        "The lowest price of the bar.",
        "as parsed from the file",
        "142.87",
    ),
    "volume": Term(
        "Volume",
        "The number of shares traded in the bar.",
        "as parsed from the file",
        "3,012,400",
    ),
    "token": Term(
        "Token",
        "A key with which a script may call the API in your name.",
        "only its hash is stored; the secret is shown once",
        "notebook",
    ),
    "scopes": Term(
        "May",
        "Which of your roles the token may use.",
        "never more than its owner has",
        "viewer, builder",
    ),
    "created": Term(
        "Made",
        "When it was made, in New York time.",
        "your own time zone shows on hover",
        "Fri 30 Jun 2017, 16:05",
    ),
    "expires": Term(
        "Ends",
        "When the token stops working, in New York time.",
        "“never” where no end was set",
        "Sat 30 Dec 2017",
    ),
    "last_used": Term(
        "Last used",
        "When the token was last used, in New York time.",
        "kept at each call; empty before the first",
        "Fri 30 Jun 2017, 16:05",
    ),
    "column": Term(
        "Column",
        "One feature of the indicator set, by the name gates and scores use.",
        "the indicator's name and main parameters, or the name given with `as`",
        "rsi_14",
    ),
    "missing": Term(
        "Missing",
        "Share of a column's cells without a value, of universe members only; each "
        "colour is a cause.",
        "unexcused missing cells ÷ (cells of members − excused cells)",
        "100 of 1,010 with 10 excused: 10.0 %, which warns",
    ),
    "least": Term(
        "Min",
        "The least value of the column.",
        "least finite value of the members, in each session's own units",
        "RSI 12.4",
    ),
    "mean": Term(
        "Mean",
        "The average value of the column.",
        "mean of the members' finite values, in each session's own units",
        "RSI 51.0",
    ),
    "greatest": Term(
        "Max",
        "The greatest value of the column.",
        "greatest finite value of the members, in each session's own units",
        "RSI 93.2",
    ),
    "drift": Term(
        "PSI",
        "How far the values have moved from those of the 60 sessions before; above "
        "0.25 it warns.",
        "Σ (now − before) · ln(now ÷ before) over ten bins cut at the deciles before",
        "0.02: the same market; 0.40: look why",
    ),
    "smells": Term(
        "Smells",
        "What is odd about a column: infinite values, one value only, a copy of "
        "another, or too close to the future.",
        "rule D14, over the sessions shown and the 60 before",
        "duplicate: equals ema_20 in every cell",
    ),
    "column_status": Term(
        "State",
        "Whether so many cells are missing that the column warns or fails.",
        "warns at 10 % or more, fails above 30 % or without one value; a set may "
        "say otherwise",
        "30.0 % warns, 30.1 % fails",
    ),
    "cause": Term(
        "Cause",
        "Why cells have no value; each missing cell has exactly one cause.",
        "the first that holds: holiday, not listed, quarantined, gap, provider, join, "
        "warm-up, short history, math",
        "gap: there is no bar",
    ),
    "cells": Term(
        "Cells",
        "How many cells lack a value for this cause, over all columns.",
        "tickers in the universe × sessions × columns",
        "335",
    ),
    "excused": Term(
        "Counts",
        "Whether the cells count against the column.",
        "not listed, holiday and the warm-up of a young ticker are excused",
        "excused",
    ),
    "such_as": Term(
        "Such as",
        "Tickers that lack values for this cause.",
        "the first three by name",
        "MASA1",
    ),
    "together": Term(
        "Together",
        "Members that pass every gate and have a whole score.",
        "count over the universe",
        "11",
    ),
    "without_it": Term(
        "Without it",
        "Members that would pass if this gate were removed.",
        "pass all other gates and have a whole score",
        "99 against 11 with it: the gate keeps 88 out",
    ),
    "unknown": Term(
        "Unknown",
        "Members for which a value that the gate needs is missing; they do not pass.",
        "count over the universe",
        "3",
    ),
    "universe_rules": Term(
        "Rules",
        "What a ticker must pass to be a member, in the order they are asked.",
        "the steps of the universe's file; the first that fails is the reason",
        "price ≥ 5, then 20-day average ≥ 500,000 shares",
    ),
    "members": Term(
        "Members",
        "How many tickers could be chosen on the session.",
        "tickers that pass every rule on bars up to the session before",
        "312 of 500",
    ),
    "used_by": Term(
        "Used by",
        "Models, packs and other universes that name it; it can't be deleted while "
        "any does.",
        "names in their files",
        "3 models",
    ),
    "version": Term(
        "Version",
        "How often the definition was saved with another content.",
        "1 when made, one more with each change",
        "4",
    ),
    "universe_step": Term(
        "Step",
        "The rule that kept a ticker out on the day it was no member.",
        "entered: as of the earlier session; left: as of the later",
        "price ≥ 5",
    ),
    "failed_by": Term(
        "By",
        "The value that failed the rule, or the reason of a block.",
        "as measured up to the session before",
        "4.93",
    ),
    "indicator": Term(
        "Indicator",
        "A formula that turns a ticker's bars into one or more columns.",
        "the card's core, over the ticker's own bars from the first one on",
        "rsi: Wilder's relative strength index",
    ),
    "formula": Term(
        "Formula",
        "How the value is calculated; the page of the indicator says it in words.",
        "t is the bar itself, n the window; t−1 is the bar before",
        "max(high[t-n .. t-1])",
    ),
    "columns": Term(
        "Columns",
        "The columns an indicator gives with its default parameters.",
        "the output's name with the parameters in it",
        "macd_line_12_26_9",
    ),
    "warmup": Term(
        "Warm-up",
        "The bar, counted from the first one held, on which it has its first value.",
        "from the card, with default parameters",
        "15: fourteen changes need fifteen bars",
    ),
    "stable": Term(
        "Stable",
        "Bars of history after which older ones make no difference.",
        "value differs by less than 0.000001 from that of the full history",
        "252; anchored: never",
    ),
    "advances": Term(
        "Bar by bar",
        "Whether its value on a new bar comes from a saved state instead of all bars.",
        "the same number, to the last bit: the proof “append” holds it to that",
        "yes",
    ),
    "cost": Term(
        "Cost",
        "Time to compute it, in milliseconds per million rows.",
        "best of three on 50 tickers × 1,000 bars, one thread; measured once for each "
        "state of its code",
        "4.2",
    ),
    "indicator_used_by": Term(
        "Used by",
        "How many models have it in their indicator set.",
        "count over the packs on disk",
        "2 models",
    ),
    "certificate": Term(
        "Certificate",
        "Whether it was proved that the values read nothing they could not know: ✓ "
        "certified, ✗ refuted, ○ stale (code, parameters, trees changed), – unproved.",
        "all proofs held; the code's hash, and the trees', are those that were proved",
        "✓ certified",
    ),
    "param": Term(
        "Parameter",
        "A number that a set may choose.",
        "by name in the indicator set: {name: rsi, window: 14}",
        "window",
    ),
    "param_default": Term(
        "Default",
        "The value it has where a set gives none.",
        "from the card",
        "14",
    ),
    "param_range": Term(
        "Range",
        "The values that are allowed, both ends included.",
        "from the card",
        "2 to 1,000",
    ),
    "param_meaning": Term(
        "Meaning",
        "What the number is.",
        "from the card",
        "bars in the window",
    ),
    "column_meaning": Term(
        "Meaning",
        "What the column's number is.",
        "from the card",
        "share of rising moves",
    ),
    "bounds": Term(
        "Bounds",
        "The least and the greatest value it can have; – where there is no limit.",
        "from the card, and proved",
        "0 to 100",
    ),
    "degree": Term(
        "Unit",
        "What a split does to it: a price is divided, a number of shares multiplied, a "
        "pure number stays.",
        "price × factor to the power of 1, −1 or 0",
        "price",
    ),
    "pack": Term(
        "Pack",
        "A folder of definitions: indicator sets, models, policies.",
        "packs/<pack>/pack.yaml and the files beside it",
        "swingsigma",
    ),
    "pack_version": Term(
        "Version",
        "What the pack says of itself; its author counts it.",
        "version in pack.yaml",
        "1.1.0",
    ),
    "pack_models": Term(
        "Models",
        "How many models the pack has, and for how many the proofs hold.",
        "files in model_configs; certificates that are not stale",
        "8, 6 certified",
    ),
    "lint": Term(
        "Lint",
        "What is wrong with its files: ✗ errors keep a definition from being used, △ "
        "warnings do not.",
        "count over all files of the pack",
        "✗ 1 △ 2",
    ),
    "definition": Term(
        "Definition",
        "One file of a pack, called as the name inside it.",
        "packs/<pack>/<folder>/<name>.yaml",
        "topn_equal_v1",
    ),
    "definition_kind": Term(
        "Kind",
        "What the file defines.",
        "the folder it lies in",
        "indicator set",
    ),
    "definition_users": Term(
        "Used by",
        "How many models and packs name it; it can't be deleted while any does.",
        "names in their files",
        "3",
    ),
    "changed": Term(
        "Last change",
        "Who last changed the file on the site, or that it changed on disk.",
        "the newest state in its history",
        "anna, 30 Jun 2023",
    ),
    "revision": Term(
        "Revision",
        "Counts the states of the file, also those found on disk.",
        "1 for the first the site knows, one more with each",
        "4",
    ),
    "how_made": Term(
        "What",
        "How this state came to be: saved, restored, cloned, deleted or found on disk.",
        "said by whoever wrote it",
        "saved",
    ),
    "saved_by": Term(
        "Who",
        "Who made this state; empty for one that was found on disk.",
        "the person logged in, or the owner of the token",
        "anna",
    ),
    "canary": Term(
        "Canary",
        "A leak planted on purpose, to see that the proofs catch it.",
        "an indicator or a stage of a model with one known fault",
        "shift_minus_one: tomorrow's return as a feature",
    ),
    "leak": Term(
        "Planted leak",
        "What the canary reads that it must not know.",
        "in words",
        "members judged on bars of the week to come",
    ),
    "proof": Term(
        "Proof",
        "The proof that must catch it.",
        "prefix, perturbation, start-up, append, later or inputs",
        "prefix: data cut after a session gives the same values up to it",
    ),
    "caught": Term(
        "Caught",
        "Whether that proof found the leak and named its cause.",
        "one miss, and no certificate of the run can be relied on",
        "✓ caught",
    ),
    "mark_synthetic": Term(
        "synthetic data",
        "These bars were made up by a seeded program; no real share moved.",
        "the dataset says so",
        "the demo market",
    ),
    "mark_survivors_only": Term(
        "survivors only",
        "No ticker of these bars ever ends, so those that failed were left out and "
        "results look better than they could have been.",
        "252 sessions or more, each ticker's last bar within 3 sessions of the end",
        "today's index members, ten years back",
    ),
    "mark_todays_sectors": Term(
        "today's sectors",
        "Sectors are those of today: what a company did before is not known.",
        "the reference data names sectors; they have no dates",
        "a score by sector of 2014 with the sectors of now",
    ),
    "mark_not_point_in_time": Term(
        "not point in time",
        "A limit on the price is asked of prices from which later splits or dividends "
        "were taken out, prices that nobody saw on the day.",
        "the universe has min_price, the prices are of kind split or total",
        "702.60 before a 7:1 split reads 100.37",
    ),
    "mark_adjustment_unknown": Term(
        "adjustment unknown",
        "Nothing said whether these prices are adjusted for splits and dividends.",
        "ingested without raw, split or total, and the file did not tell",
        "a CSV with a close and no adjusted close",
    ),
    "stale": Term(
        "stale bars",
        "The newest session is not whole, or a newer one has ended: nightly and live "
        "don't run on such bars.",
        "tickers with a bar < 80 % of their 20-session median, or last bar < last "
        "finished session",
        "399 tickers today, 500 is usual",
    ),
    "cadences": Term(
        "Cadences",
        "How long the bars are that are held; coarser ones are put together from "
        "5-minute bars where none are stored.",
        "stored tables, and 15m, hourly and daily from 5m",
        "5m stored; 15m, hourly and daily derived",
    ),
    "against": Term(
        "Against",
        "Another dataset whose prices must differ from these by recorded splits and "
        "dividends alone.",
        "D10: changes of adjusted ÷ raw close on action dates only",
        "raw prices of one vendor against split-adjusted ones of another",
    ),
    "ex_date": Term(
        "Ex-date",
        "The first day on which the share trades without what the action gave.",
        "as in the file",
        "2023-05-12",
    ),
    "split_factor": Term(
        "Split factor",
        "New shares for one old share.",
        "as in the file",
        "2 for a 2:1",
    ),
    "cash": Term(
        "Cash",
        "What a dividend paid for one share; of a delisting the last price.",
        "as in the file",
        "0.24",
    ),
    "asset": Term(
        "Asset",
        "What the ticker is: eq a share, etf or fund left out of universes.",
        "as in the file, eq where empty",
        "eq",
    ),
    "listed": Term(
        "Listed",
        "The first day on which it traded.",
        "as in the file",
        "2009-04-02",
    ),
    "delisted": Term(
        "Delisted",
        "The first day without it: no bar is used from then on, and it is in no "
        "universe.",
        "as in the file, or a recorded delisting",
        "2023-06-30",
    ),
    "start": Term(
        "Start",
        "The first day of a spell of membership.",
        "as in the file",
        "2015-06-22",
    ),
    "end": Term(
        "End",
        "The first day outside; empty while it is in.",
        "as in the file",
        "2019-12-23",
    ),
    "date": Term(
        "Date",
        "The session the value is of.",
        "as in the file",
        "2023-06-30",
    ),
    "total_return": Term(
        "Total return",
        "The index with dividends put back in.",
        "as in the file",
        "9,640.12",
    ),
    "iv": Term(
        "IV",
        "Implied volatility a year, as a fraction.",
        "as in the file; absent stays absent",
        "0.254",
    ),
    "hv": Term(
        "HV",
        "Realised volatility a year, as a fraction.",
        "as in the file",
        "0.231",
    ),
    "sector": Term(
        "Sector",
        "The line of business the reference data gives.",
        "as in the file",
        "Industrials",
    ),
}

TERMS |= BACKTEST_TERMS | CALIBRATION_TERMS | LEADERBOARD_TERMS | TRAINING_TERMS
