"""The terms on which a run's orders are filled, as its parameters have them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import AfterValidator, Field

from signals.jobs.base import Params

if TYPE_CHECKING:
    from sigma_core.backtest import Terms


def _one_zero(value: float) -> float:
    """−0 as 0: what asks for the same is the same run, and the same trial."""
    return value + 0.0


OneZero = AfterValidator(_one_zero)


class TermsParams(Params):
    """`participation`: the most of the average volume that an entry may buy;
    `delisting_return`: what a delisted share brings beyond its last price;
    `whole_shares`: false where an entry may buy a fraction of a share."""

    participation: float | None = Field(default=None, gt=0, le=1)
    delisting_return: Annotated[float, OneZero] = Field(default=0.0, ge=-1, le=1)
    whole_shares: bool = True

    @property
    def terms(self) -> Terms:
        """The terms of the fills."""
        from sigma_core.backtest import Terms  # numpy and pandas

        return Terms(
            delisting_return=self.delisting_return,
            participation=self.participation,
            whole_shares=self.whole_shares,
        )
