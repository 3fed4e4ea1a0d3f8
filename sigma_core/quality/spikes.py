"""D7: closes that leave the level and come straight back.

Candidates are found on whole arrays; what is left (a few dozen in a million bars) is
looked at one by one, so robust sigmas are only computed where they decide something.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping

import numpy as np

from sigma_core.frames import Bools, Floats, Ints
from sigma_core.quality.actions import Actions
from sigma_core.quality.marks import Action, Finds
from sigma_core.quality.moves import FALL, RISE
from sigma_core.quality.runs import USUAL_BARS, Run
from sigma_core.quality.said import said

SIGMAS = 8.0
#: The way back is between these parts of the way there.
BACK_LEAST, BACK_MOST = 0.80, 1.25
#: A wrong last price is written at up to so many times the usual volume.
CALM = 2.0
#: A visit lasts up to so many bars, begins with a jump of more than this, and trades
#: less than this part of the usual volume.
VISIT_BARS, VISIT_JUMP, VISIT_VOLUME = 120, float(np.log(1.25)), 0.5


def mark_spikes(
    fields: Mapping[str, Floats],
    usable: Bools,
    actions: Actions,
    finds: Finds,
    *,
    daily: bool = True,
) -> Bools:
    """D7: spikes and visits that are no trades, as `[ticker, time]`.

    Warns of other spikes among daily bars; five minutes are often gone back on.
    """
    run = Run.of(fields, usable)
    bad = np.zeros(usable.shape, dtype=bool)
    if len(run) < 3:
        return bad
    at = _reversed(run)
    at = at[~_explained(run, at, at + 1, actions)]
    taken = _nobody_traded(run, at)
    kinds: tuple[tuple[Action, Ints], ...] = (
        ("quarantine", at[taken]),
        ("warn", at[~taken & daily]),
    )
    for action, chosen in kinds:
        cells = run.rows[chosen], run.columns[chosen]
        words = [_words(run, place) for place in chosen.tolist()]
        finds.add("D7", action, cells, run.columns[chosen + 1], words)
    bad[run.rows[at[taken]], run.columns[at[taken]]] = True
    _mark_visits(run, actions, finds, bad)
    return bad


def _reversed(run: Run) -> Ints:
    """Places of moves beyond 8 robust sigmas of which 80 % or more is reversed."""
    move, back = run.moves[1:-1], run.moves[2:]
    with np.errstate(invalid="ignore", divide="ignore"):
        part = -back / move
        shape = (part >= BACK_LEAST) & (part <= BACK_MOST)
    # cheap first: a move of 8 sigmas is above the mean of those up to it
    shape &= np.abs(move) > _mean_move(run)[1:-1]
    # what is beyond belief D6 takes out a bar earlier
    shape &= (move <= np.log(RISE)) & (move >= np.log(FALL))
    at = 1 + np.flatnonzero(shape)
    sigma = run.sigma(at)
    # a price that never moved has no sigma to measure by
    beyond: Ints = at[(sigma > 0) & (np.abs(run.moves[at]) > SIGMAS * sigma)]
    return beyond


def _mean_move(run: Run) -> Floats:
    """Mean size of each ticker's moves up to and with each bar."""
    total = np.cumsum(np.nan_to_num(np.abs(run.moves)))
    begins = np.arange(len(run)) - run.nth
    mean: Floats = (total - total[begins]) / np.maximum(run.nth, 1)
    return mean


def _nobody_traded(run: Run, at: Ints) -> Bools:
    """Which spikes left and came back while nobody traded."""
    close, old = run["close"][at], run["close"][at - 1]
    middle, rose = np.sqrt(close * old), close > old
    returned = (run["open"][at + 1] < middle) == rose
    edge = np.where(rose, run["low"][at], run["high"][at])
    apart = (edge > middle) == rose
    extreme = np.where(rose, run["high"][at], run["low"][at])
    opened = (run["open"][at] < middle) == rose
    calm = run["volume"][at] <= CALM * run.usual_volume(at)
    nobody: Bools = returned & (apart | ((extreme == close) & opened & calm))
    return nobody


def _explained(run: Run, first: Ints, after: Ints, actions: Actions) -> Bools:
    """Whether an action falls on the way there or on the way back."""
    rows, columns = run.rows[first], run.columns
    there = actions.between(rows, columns[first - 1], columns[first])
    back: Bools = actions.between(rows, columns[after - 1], columns[after])
    return there | back


def _mark_visits(run: Run, actions: Actions, finds: Finds, bad: Bools) -> None:
    """Quarantine the bars of another instrument under this ticker's name.

    In the order in which they become known, by the bar that ends them: what a later
    one ends changes nothing that was known before.
    """
    jumps = _jumps(run).tolist()
    visited: set[int] = set()
    for n, end in enumerate(jumps):
        for start in jumps[bisect_left(jumps, end - VISIT_BARS) : n]:
            if start in visited or run.rows[end] != run.rows[start]:
                continue
            if _is_visit(run, start, end, bad, actions):
                _note_visit(run, start, end, finds, bad)
                visited.update(range(start, end + 1))
                break


def _jumps(run: Run) -> Ints:
    """Places of bars whose whole range is beyond the middle of a jump of over 25 %."""
    close = run["close"]
    middle = np.sqrt(close[1:] * close[:-1])
    up = (run["low"][1:] > middle) & (run.moves[1:] > VISIT_JUMP)
    down = (run["high"][1:] < middle) & (run.moves[1:] < -VISIT_JUMP)
    places: Ints = 1 + np.flatnonzero(up | down)
    return places


def _is_visit(run: Run, start: int, end: int, bad: Bools, actions: Actions) -> bool:
    """Whether the bars from `start` up to, not including, `end` are a visitor's."""
    close, volume = run["close"], run["volume"]
    there = float(np.log(close[start] / close[start - 1]))
    part = -float(np.log(close[end] / close[end - 1])) / there
    net = abs(float(np.log(close[end] / close[start - 1])))
    if end - start < 2 or part < BACK_LEAST or net > (1 - BACK_LEAST) * abs(there):
        return False
    before = np.arange(start - int(run.nth[start]), start)
    own = before[~bad[run.rows[before], run.columns[before]]][-USUAL_BARS:]
    if np.median(volume[start:end]) >= VISIT_VOLUME * np.median(volume[own]):
        return False
    first, after = np.array([start]), np.array([end])
    beyond = abs(there) > SIGMAS * run.sigma(first)[0]
    return bool(beyond and not _explained(run, first, after, actions)[0])


def _note_visit(run: Run, start: int, end: int, finds: Finds, bad: Bools) -> None:
    places = np.arange(start, end)
    # a visit within this one was known before
    places = places[~bad[run.rows[places], run.columns[places]]]
    cells = run.rows[places], run.columns[places]
    bad[cells] = True
    close = run["close"]
    words = (
        f"{end - start} bars near {said(close[start])} between"
        f" {said(close[start - 1])} and {said(close[end])}: another instrument's."
    )
    known = np.full(len(places), run.columns[end])
    finds.add("D7", "quarantine", cells, known, [words] * len(places))


def _words(run: Run, place: int) -> str:
    close = run["close"]
    old, new, after = (float(close[place + step]) for step in (-1, 0, 1))
    return (
        f"close {said(new)} between {said(old)} and {said(after)}"
        f" ({new / old - 1:+.1%} and back)."
    )
