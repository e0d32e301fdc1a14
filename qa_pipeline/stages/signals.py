"""Acts → objections, buying signals and refusals, and what became of each.

Definitions (measured against marked calls in docs/stages.md):

- An **objection** begins with a customer turn that gives a reason against buying. The same reason again within
  SAME_OBJECTION_TURNS turns repeats it; later, it is a new objection.
- The agent **acknowledges** it in the next agent turn after it or after a repetition, and **answers** it in the agent
  turns before the customer raises something else, ANSWER_TURNS turns at most.
- It is **resolved** if the customer does not refuse or complain in the next turn and then, before any refusal, agrees
  or shows interest, or in the next turn asks or tells something.
- A **buying signal** is taken up if one of the next two agent turns moves on it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from qa_pipeline.core.call import Role, Turn
from qa_pipeline.core.facts import COMPETITOR, OBJECTIONS, Act
from qa_pipeline.core.signals import BuyingSignal, Objection, ObjectionType, Signals

#: Turns within which the same reason is a repetition of the same objection.
SAME_OBJECTION_TURNS = 14

#: Turns after an objection in which an answer still belongs to it.
ANSWER_TURNS = 5

TYPE_OF_ACT = {
    "object_price": ObjectionType.PRICE,
    "object_need": ObjectionType.NEED,
    "object_trust": ObjectionType.TRUST,
    "object_time": ObjectionType.TIME,
    "object_authority": ObjectionType.AUTHORITY,
    "object_competitor": ObjectionType.COMPETITOR,
    "stall": ObjectionType.DELAY,
}

_RESISTING = frozenset({"refuse", "complain"})
_WILLING = frozenset({"agree", "buying_signal"})
_MOVING_ON = frozenset({"ask_order", "propose_next_step", "collect_info", "confirm_terms", "offer_choice"})


@dataclass(frozen=True, slots=True)
class _Raised:
    """One customer turn that gives a reason."""

    type: ObjectionType
    turn: int
    probability: float


def find_signals(
    turns: Sequence[Turn],
    acts: Sequence[Sequence[Act]],
    reasons: Sequence[str] = (),
    compared: Sequence[bool] = (),
) -> Signals | None:
    """None where nobody looked for acts (``acts`` is empty). All hold one entry per turn, or nothing.

    ``reasons``: the objecting act that a turn's words suit best, whichever acts were claimed; ``compared``: whether
    it would be about a competitor.
    """
    if not acts:
        return None
    names = [frozenset(act.name for act in of_turn) for of_turn in acts]
    raised = []
    for turn in turns:
        suits_best = COMPETITOR if compared and compared[turn.index] else reasons[turn.index] if reasons else ""
        reason = raised_reason(acts[turn.index], suits_best)
        if turn.role is Role.CUSTOMER and reason:
            raised.append(_Raised(TYPE_OF_ACT[reason.name], turn.index, reason.sureness))
    return Signals(
        tuple(_told(objection, raised, turns, names) for objection in _objections(raised)),
        tuple(_buying_signals(turns, acts, names)),
        tuple(turn.index for turn in turns if turn.role is Role.CUSTOMER and "refuse" in names[turn.index]),
    )


def raised_reason(acts: Sequence[Act], suits_best: str) -> Act | None:
    """The reason that a turn gives, None where no objection is claimed of it.

    A reason that says nothing ("let me think") gives way to any other, and price and need to a competitor.
    """
    claimed = [act for act in acts if act.name in OBJECTIONS]
    claimed = [act for act in claimed if act.name != "stall"] or claimed
    if not claimed:
        return None
    surest = max(claimed, key=lambda act: (act.sureness, act.name == COMPETITOR))
    # Words that suit "let me think" best do not take back a reason that was claimed.
    vague = suits_best == "stall" and surest.name != "stall"
    return replace(surest, name=suits_best) if suits_best and not vague else surest


def _objections(raised: Sequence[_Raised]) -> list[Objection]:
    """Turns with the same reason, not too far apart, are one objection."""
    found: list[Objection] = []
    for one in raised:
        same = next((o for o in reversed(found) if o.type is one.type), None)
        if same and one.turn - (same.repeated or (same.turn,))[-1] <= SAME_OBJECTION_TURNS:
            found[found.index(same)] = replace(same, repeated=(*same.repeated, one.turn))
        else:
            found.append(Objection(one.type, one.turn, one.probability))
    return found


def _told(
    objection: Objection, raised: Sequence[_Raised], turns: Sequence[Turn], names: Sequence[frozenset[str]]
) -> Objection:
    """The objection with what became of it."""
    mine = (objection.turn, *objection.repeated)
    answered: list[int] = []
    acknowledged: list[int] = []
    for start in mine:
        replies = _replies(start, raised, turns)
        acknowledged += [index for index in replies[:1] if "acknowledge" in names[index]]
        answered += [index for index in replies if "answer_objection" in names[index]]
    return replace(
        objection,
        acknowledged=tuple(acknowledged),
        answered=tuple(answered),
        resolved=_resolved(mine[-1], turns, names),
    )


def _replies(start: int, raised: Sequence[_Raised], turns: Sequence[Turn]) -> list[int]:
    """Agent turns after a customer turn, until the customer raises something or too long has passed."""
    end = min((one.turn for one in raised if one.turn > start), default=len(turns))
    last = min(end, start + ANSWER_TURNS + 1, len(turns))
    return [index for index in range(start + 1, last) if turns[index].role is Role.AGENT]


def _resolved(last: int, turns: Sequence[Turn], names: Sequence[frozenset[str]]) -> bool:
    following = [names[turn.index] for turn in turns[last + 1 :] if turn.role is Role.CUSTOMER]
    if not following or names[last] & _RESISTING or following[0] & _RESISTING:
        return False
    for said in following:
        if said & _WILLING:
            return True
        if "refuse" in said:
            return False
    return any(name.startswith(("ask_product", "ask_price", "give_info", "state_need")) for name in following[0])


def _buying_signals(
    turns: Sequence[Turn], acts: Sequence[Sequence[Act]], names: Sequence[frozenset[str]]
) -> list[BuyingSignal]:
    found = []
    for turn in turns:
        signal = next((act for act in acts[turn.index] if act.name == "buying_signal"), None)
        if turn.role is Role.CUSTOMER and signal:
            after = [t.index for t in turns[turn.index + 1 :] if t.role is Role.AGENT][:2]
            taken = next((index for index in after if names[index] & _MOVING_ON), None)
            found.append(BuyingSignal(turn.index, signal.sureness, taken))
    return found
