"""What a policy file says: risk, selection, execution, alerting and the run gate.

Each section has defaults, so the shortest policy is a name. Shares are fractions of 1,
money is in dollars, `_bps` are hundredths of a percent, lengths are in sessions. Every
key here is enforced by `sigma_core.policy` or by the fills; there are no others.
`warnings_of` lists what is allowed but probably not meant.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, Literal

from pydantic import Field

from sigma_core.errors import Problem, SpecError
from sigma_core.specs.files import to_spec
from sigma_core.specs.schema import Name, Spec, Text
from sigma_core.specs.yaml_events import Document, Place, parse

Sessions = Annotated[int, Field(ge=0, le=10_000)]
Bps = Annotated[float, Field(ge=0, le=10_000)]
Fraction = Annotated[float, Field(gt=0, le=1)]
Positive = Annotated[float, Field(gt=0)]


class Risk(Spec):
    """Limits on the book as a whole."""

    capital: Positive = 100_000
    max_drawdown: Fraction = 0.10
    resume_after: Sessions = 20
    max_exposure: Positive = 100_000


class Selection(Spec):
    """Which candidates become signals, and with what weight."""

    top_n: Annotated[int, Field(ge=1, le=5_000)] = 50
    weighting: Literal["equal", "score"] = "equal"
    hold: Annotated[int, Field(ge=1, le=10_000)] = 10
    dropout: Annotated[int, Field(ge=0, le=5_000)] = 5
    min_score: Annotated[float, Field(ge=0, le=100)] = 0
    sector_cap: Fraction | None = None
    side: Literal["long"] = "long"


class Brackets(Spec):
    """Stop and target of a position, in ATRs from the fill; computed at the fill."""

    enabled: bool = False
    atr_period: Annotated[int, Field(ge=1, le=252)] = 14
    stop_atr: Positive = 1.5
    target_atr: Positive = 3.0
    time_stop: Annotated[int, Field(ge=1, le=10_000)] = 10
    min_rr: Annotated[float, Field(ge=0)] = 1.2


class Execution(Spec):
    """How a signal is filled and sized."""

    fill: Literal["next_open"] = "next_open"
    slippage_bps: Bps = 1.0
    commission_bps: Bps = 0.0
    size_by_conf: bool = False
    conf_cap: Fraction = 1.0
    momentum_gate: bool = False
    momentum_min: float = 0.0
    momentum_column: Name = "score_total"
    brackets: Brackets = Brackets()


class Alerting(Spec):
    """How often the model may enter: a ticker again, and all of them in one day."""

    cooldown_minutes: Annotated[int, Field(ge=0, le=1_000_000)] = 5
    max_trades_per_day: Annotated[int, Field(ge=0, le=100_000)] = 10


class RunGate(Spec):
    """What a backtest must show for the leaderboard's badge."""

    min_trades: Annotated[int, Field(ge=0)] = 30
    max_drawdown: Fraction = 0.25
    min_sharpe: float = 0.5


class PolicyRules(Spec):
    """The five sections."""

    risk: Risk = Risk()
    selection: Selection = Selection()
    execution: Execution = Execution()
    alerting: Alerting = Alerting()
    run_gate: RunGate = RunGate()


class Policy(Spec):
    """A named policy; `policy.rules` are its sections, with defaults filled in."""

    name: Name
    version: Annotated[int, Field(ge=1)] = 1
    description: Text = ""
    rules: PolicyRules = Field(PolicyRules(), alias="policy")


def validate(
    content: Mapping[str, object], *, where: str = "policy"
) -> tuple[Policy | None, list[Problem]]:
    """The effective policy with its defaults, and all problems at once.

    The policy is None if one of the problems is an error; warnings have their own
    severity.
    """
    return validate_document(Document(where, dict(content)))


def validate_document(document: Document) -> tuple[Policy | None, list[Problem]]:
    """`validate` for a parsed file, whose problems then name their lines."""
    try:
        policy = to_spec(document, Policy)
    except SpecError as error:
        return None, error.problems
    return policy, warnings_of(policy, at=document.at)


def validate_text(text: str, *, where: str) -> tuple[Policy | None, list[Problem]]:
    """`validate` for YAML text, whose problems name their lines."""
    try:
        document = parse(text.encode("utf-8", "surrogatepass"), where=where)
    except SpecError as error:
        return None, error.problems
    return validate_document(document)


def warnings_of(
    policy: Policy, *, at: Callable[[Place], str] | None = None
) -> list[Problem]:
    """What a policy may say but probably does not mean, each as a warning.

    `at` says the line of a place in its file, where lines are known.
    """
    at = at or (lambda place: policy.name)
    return [
        Problem(
            f"policy.{code}",
            f"{at(('policy', *code.split('.')))}: policy.{code}",
            message,
            hint,
            "warning",
        )
        for code, message, hint in (
            *_bracket_warnings(policy.rules.execution.brackets),
            *_limit_warnings(policy.rules.risk, policy.rules.selection),
        )
    ]


Note = tuple[str, str, str]


def _bracket_warnings(brackets: Brackets) -> Iterator[Note]:
    stop, target = brackets.stop_atr, brackets.target_atr
    if brackets.enabled and target <= stop:
        yield (
            "execution.brackets.target_atr",
            f"target {target:g} ATR is not beyond stop {stop:g} ATR: a win pays no "
            "more than a loss costs.",
            "Raise target_atr or lower stop_atr.",
        )
    if brackets.enabled and target / stop < brackets.min_rr:
        yield (
            "execution.brackets.min_rr",
            f"reward to risk is {target / stop:.2f}, the limit {brackets.min_rr:g}: "
            "no entry can pass.",
            "Lower min_rr or raise target_atr.",
        )


def _limit_warnings(risk: Risk, selection: Selection) -> Iterator[Note]:
    if selection.dropout > selection.top_n:
        yield (
            "selection.dropout",
            f"dropout {selection.dropout} exceeds top_n {selection.top_n}: it never "
            "binds.",
            "Give a number up to top_n.",
        )
    if risk.max_exposure > risk.capital:
        yield (
            "risk.max_exposure",
            f"exposure {risk.max_exposure:g} exceeds capital {risk.capital:g}: weights "
            "sum to at most 1, so nothing is borrowed.",
            "Give a sum up to capital.",
        )
    equal = selection.weighting == "equal"
    cap, weight = selection.sector_cap, 1 / selection.top_n
    if equal and cap is not None and cap < weight:
        yield (
            "selection.sector_cap",
            f"sector_cap {cap:g} is below one weight of {weight:.4f}: nothing can be "
            "bought.",
            "Raise sector_cap or top_n.",
        )
