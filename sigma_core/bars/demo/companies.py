"""Invented companies: names from word lists, tickers that no exchange would give."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sigma_core.errors import BadInput, Problem
from sigma_core.frames import Bools, Floats, Ints

# fmt: off
_FIRST = (
    "Amber", "Birch", "Cobalt", "Dapple", "Ember", "Fern", "Garnet", "Hazel", "Indigo",
    "Juniper", "Kelp", "Lilac", "Maple", "Nectar", "Opal", "Pewter", "Quartz", "Russet",
    "Saffron", "Teal", "Umber", "Velvet", "Willow", "Yarrow", "Zephyr",
)
# fmt: on
#: Two kinds of business per sector.
_BUSINESS = {
    "Demo Metals": ("Foundry", "Smelter"),
    "Demo Foods": ("Orchard", "Bakery"),
    "Demo Transport": ("Harbor", "Railway"),
    "Demo Health": ("Clinic", "Pharmacy"),
    "Demo Technology": ("Circuit", "Software"),
    "Demo Energy": ("Turbine", "Pipeline"),
    "Demo Finance": ("Savings", "Lending"),
    "Demo Media": ("Studio", "Gazette"),
    "Demo Materials": ("Timber", "Quarry"),
    "Demo Retail": ("Market", "Outfitter"),
}
SECTORS = tuple(_BUSINESS)
_SECOND = [(word, s) for s, words in enumerate(_BUSINESS.values()) for word in words]
_COMBINATIONS = len(_FIRST) * len(_SECOND)
LEAST, MOST = 40, 9 * _COMBINATIONS
FUND = ("DEMO0", "Demo Market Fund")
#: Far above any day number, so that no session draws from the same stream.
_STREAM = 1 << 40


@dataclass(frozen=True)
class Companies:
    """What stays the same about each company; equal-long arrays, in order of founding.

    The first is no company but a fund that follows the market. `beta` to the market,
    `sigma` daily risk of its own, `dollars` traded on a usual day, `price` at the
    start, `ceiling`: a close above it is followed by a split.
    """

    tickers: tuple[str, ...]
    names: tuple[str, ...]
    sector: Ints
    beta: Floats
    sigma: Floats
    dollars: Floats
    price: Floats
    ceiling: Floats

    def __len__(self) -> int:
        return len(self.tickers)

    @property
    def in_sector(self) -> Bools:
        """Which move with a sector: all but the fund."""
        return np.arange(len(self)) > 0


def companies(seed: int, count: int) -> Companies:
    """The fund and the first `count` companies of a seed.

    Asking for more companies never changes the first ones.
    """
    if not LEAST <= count <= MOST:
        raise BadInput(
            Problem(
                "demo.tickers", "tickers", f"{count} is not within {LEAST} to {MOST}."
            )
        )
    words = [(*FUND, 0), *(_words(number) for number in range(count))]
    stream = np.random.Generator(np.random.Philox(key=[seed, _STREAM]))
    luck = stream.standard_normal((count + 1, 5))
    price = np.clip(np.exp(np.log(45) + 0.7 * luck[:, 3]), 6.0, 150.0)
    price[8::25] = 3.0 + 0.5 * np.abs(luck[8::25, 3])  # too cheap for most universes
    firms = Companies(
        tickers=tuple(ticker for ticker, _, _ in words),
        names=tuple(name for _, name, _ in words),
        sector=np.array([sector for _, _, sector in words], np.int64),
        beta=np.clip(1.0 + 0.3 * luck[:, 0], 0.2, 2.0),
        sigma=np.clip(0.016 * np.exp(0.3 * luck[:, 1]), 0.008, 0.032),
        dollars=9e7 * np.exp(1.1 * luck[:, 2]),
        price=price,
        ceiling=np.clip(300 * np.exp(0.4 * luck[:, 4]), 160.0, 700.0),
    )
    firms.beta[0], firms.sigma[0], firms.dollars[0] = 1.0, 0.0, 2e10
    firms.price[0], firms.ceiling[0] = 400.0, np.inf
    return firms


def _words(number: int) -> tuple[str, str, int]:
    """Ticker, name and sector of the company with this number."""
    round_, place = divmod(number, _COMBINATIONS)
    shift, at = divmod(place, len(_FIRST))
    first = _FIRST[at]
    second, sector = _SECOND[(at + shift) % len(_SECOND)]
    name = f"Demo {first} {second}" + (f" {round_ + 1}" if round_ else "")
    return f"{first[:2]}{second[:2]}{round_ + 1}".upper(), name, sector
