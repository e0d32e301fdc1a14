"""What the sequence model is told about each turn: the evidence of the turn, of its neighbours, and of the call so far.

Evidence is what the linear model finds in the words of single turns (acts and stages). Its log odds enter for the turn
and for two turns to either side, as averages that fade with distance over all turns before and all turns after, and as
the highest of all turns before.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from qa_pipeline.core.call import Role, Turn
from qa_pipeline.language.behaviour_model import log_odds

Array = NDArray[np.float64]

#: Turns to either side whose evidence enters as it is.
REACH = 2

#: What is left of a turn's weight with every further turn of distance (chosen by cross-validation over whole calls).
FADING = 0.7

#: Log odds where no evidence is possible: the turn is the other party's, or outside the call.
NOTHING = float(np.log(0.01 / 1.01))

#: Turns counted from either end of the call that are told apart.
_STEPS = (1, 2, 3, 5, 8)


def context_features(turns: Sequence[Turn], evidence: Array, cues: Array, *, roles: bool) -> Array:
    """Shape (turns, features) from evidence (turns, decisions) and cues (turns, cues, 0 or 1).

    ``roles``: whether it is told who speaks.
    """
    odds = log_odds(evidence)
    shifted = [_shifted(odds, by) for by in range(-REACH, REACH + 1)]
    faded = [_faded(odds), _faded(odds[::-1])[::-1]]
    return np.hstack([*shifted, *faded, _highest_before(odds), cues, place(turns, roles=roles)])


def own_column(decision: int, decisions: int) -> int:
    """The column of context_features that holds a decision's log odds for the turn itself."""
    return REACH * decisions + decision


def _shifted(odds: Array, by: int) -> Array:
    """Row t holds what stands at t + by."""
    moved = np.full_like(odds, NOTHING)
    if by < 0:
        moved[-by:] = odds[:by]
    elif by > 0:
        moved[:-by] = odds[by:]
    else:
        moved[:] = odds
    return moved


def _faded(odds: Array) -> Array:
    """Row t holds the fading average of the rows before t; 0 before the first."""
    faded = np.zeros_like(odds)
    for index in range(1, len(odds)):
        faded[index] = FADING * faded[index - 1] + (1 - FADING) * odds[index - 1]
    return faded


def _highest_before(odds: Array) -> Array:
    """Row t holds the highest of the rows before t: what has been done once may be done again."""
    highest = np.full_like(odds, NOTHING)
    highest[1:] = np.maximum.accumulate(odds, axis=0)[:-1]
    return highest


def place(turns: Sequence[Turn], *, roles: bool) -> Array:
    """Where each turn stands, how long it is, and who speaks (0 throughout where that is not told)."""
    count = len(turns)
    rows = []
    for index, turn in enumerate(turns):
        left, share, length = count - index, index / count, sum(map(str.isalnum, turn.text))
        ends = [float(side <= step) for side in (index + 1, left) for step in _STEPS]
        fifths = [float(fifth <= share * 5 < fifth + 1) for fifth in range(5)]
        spoken = [float(roles and turn.role is role) for role in (Role.AGENT, Role.CUSTOMER)]
        shape = [share, share * share, min(1.0, length / 60), float(length < 5), float(length < 12), np.log(count) / 4]
        rows.append([*ends, *fifths, *spoken, *shape])
    return np.array(rows)
