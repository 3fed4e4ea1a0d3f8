"""A seeded synthetic market: for the quick start, for tests, and for nights without a
provider.

1. `companies`: invented companies, their sectors, risks and liquidity.
2. `prices`: draws per session, returns with a planted alpha, prices with splits.
3. `events`: the listing, the delisting, the halt and the bad bars, each written down.
4. `market`: `demo_market` puts them together; `fill` stores them in a dataset.
5. `minutes`: `demo_minutes` makes the 5-minute bars that add up to its days.

Definition and what is planted where: `docs/definitions/demo.md`.
"""

from sigma_core.bars.demo.market import DemoMarket, demo_market, fill
from sigma_core.bars.demo.minutes import demo_minutes, fill_minutes

__all__ = ["DemoMarket", "demo_market", "demo_minutes", "fill", "fill_minutes"]
