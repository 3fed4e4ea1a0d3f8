"""The rules by which a backtest was filled, in sentences: printed on its report."""

from __future__ import annotations

from sigma_core.backtest import Terms
from sigma_core.fill_words import beyond_words
from sigma_core.specs.policies import Policy


def sentences(policy: Policy, terms: Terms, *, price_only: bool) -> list[str]:
    """What was assumed of decisions, fills, limits and events, one rule a sentence."""
    return [
        *_decisions(policy),
        *_fills(policy, terms),
        *_limits(policy),
        *_events(terms, price_only),
    ]


def _decisions(policy: Policy) -> list[str]:
    chosen = policy.rules.selection
    weights = "equal parts" if chosen.weighting == "equal" else "parts by score"
    found = [
        "Decided at the close of a session, filled at the open of the next. Orders of "
        "the last session stay pending.",
        f"The best {chosen.top_n} of those that pass are signals, in {weights} of the "
        f"equity at that close. A position is kept {chosen.hold} sessions, longer only "
        f"if it is selected again; at most {chosen.dropout} leave a session.",
    ]
    if chosen.min_score > 0:
        found.append(f"A signal has a score of at least {chosen.min_score:g}.")
    if chosen.sector_cap is not None:
        found.append(
            f"At most {chosen.sector_cap * 100:g} % of the equity goes into one "
            "sector; what would exceed it is no signal."
        )
    return [*found, *_conviction(policy)]


def _conviction(policy: Policy) -> list[str]:
    """What the score and the momentum of a signal do to its size, and to it."""
    execution, found = policy.rules.execution, []
    if execution.size_by_conf:
        found.append(
            "A part is as large as the score is of 100, at most "
            f"{execution.conf_cap * 100:g} % of it."
        )
    if execution.momentum_gate:
        found.append(
            f"Nothing is bought whose {execution.momentum_column} is below "
            f"{execution.momentum_min:g}."
        )
    return found


def _fills(policy: Policy, terms: Terms) -> list[str]:
    execution, brackets = policy.rules.execution, policy.rules.execution.brackets
    whole = "Whole shares" if terms.whole_shares else "Fractions of shares"
    found = [
        f"{whole}, at the open ± {execution.slippage_bps:g} bps of slippage, with "
        f"{execution.commission_bps:g} bps of commission. Sells come before buys; "
        "without an open an order is cancelled.",
    ]
    if terms.participation is not None:
        found.append(
            f"An entry buys at most {terms.participation * 100:g} % of the average "
            "volume of 20 sessions."
        )
    if brackets.enabled:
        found.append(
            f"Stop {brackets.stop_atr:g} ATR below the fill, target "
            f"{brackets.target_atr:g} ATR above it; if both lie in one bar, the stop "
            "comes first, and a gap fills at the open. After "
            f"{brackets.time_stop} sessions a position is sold. Nothing is bought "
            f"where the target is not at least {brackets.min_rr:g} times as far as the "
            "stop."
        )
    return found


def _limits(policy: Policy) -> list[str]:
    risk, alerting = policy.rules.risk, policy.rules.alerting
    resumed = (
        f"for {risk.resume_after} sessions" if risk.resume_after else "until resumed"
    )
    return [
        f"Begun with {risk.capital:,.0f}; at most {risk.max_exposure:,.0f} invested, "
        f"{alerting.max_trades_per_day} entries a day, and none of a ticker within "
        f"{alerting.cooldown_minutes} minutes of its last.",
        f"Down {risk.max_drawdown * 100:g} % from its peak at a close, everything is "
        f"sold at the next open and nothing is bought {resumed}.",
    ]


def _events(terms: Terms, price_only: bool) -> list[str]:
    paid = (
        "Price only: no dividend is known on these sessions, here or in what it is "
        "held against."
        if price_only
        else "Dividends are credited in cash on the ex-date where they are known."
    )
    brings = terms.delisting_return
    where = f"{beyond_words(brings)} its last price" if brings else "at its last price"
    return [
        paid,
        f"What is delisted is closed {where}.",
        "A position without a bar keeps its last close and its slot, takes nobody's "
        "place among those that leave, and is sold once it has bars again; nothing but "
        "a known delisting closes it without one.",
    ]
