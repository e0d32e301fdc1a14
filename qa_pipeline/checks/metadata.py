"""``metadata``: what the business knows about the call (calls.csv), as an expression."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Mapping
from datetime import datetime

from pydantic import Field, field_validator

from qa_pipeline.checks import expression
from qa_pipeline.checks.base import CheckParams, register
from qa_pipeline.checks.context import Context
from qa_pipeline.checks.expression import ExpressionError, UnknownName, Value
from qa_pipeline.checks.finding import Finding, fails, holds, unknown
from qa_pipeline.checks.scope import call_end_s, window_from
from qa_pipeline.core.call import Call, CallMetadata, CallOutcome, Conversation, Direction
from qa_pipeline.core.score import Reason

#: Numbers that name something rather than count it: 007, a phone number.
_ID = re.compile(r"0[0-9]+|[0-9]{10,}")

#: Columns that hold one of a few values, and nothing else.
_FIXED = {"outcome": tuple(CallOutcome), "direction": tuple(Direction)}


class MetadataParams(CheckParams):
    """An expression such as ``outcome == "deal" and amount > 3 * deposit``."""

    expression: str = Field(min_length=1, description="arithmetic, comparison, and, or, not, in; names are columns")

    @field_validator("expression")
    @classmethod
    def _parses(cls, text: str) -> str:
        try:
            expression.parse(text)
        except ExpressionError as error:
            raise ValueError(str(error)) from None
        _refuse_slips(text)
        return text


@register("metadata", MetadataParams)
def check_metadata(params: MetadataParams, context: Context) -> Finding:
    """An expression over the call's metadata is true."""
    if not context.call.turns:
        return unknown("no_speech")
    try:
        true = expression.evaluate(params.expression, known(context.call))
    except UnknownName as error:
        return unknown("metadata_unknown", name=error.name)
    except ExpressionError as error:
        return unknown("metadata_unusable", problem=str(error))
    # A fact about the call as a whole: all of it is what can be looked at.
    window = window_from(list(context.call.turns))
    reason = Reason("metadata_true" if true else "metadata_false", {"expression": params.expression})
    return holds(reason, window) if true else fails(reason, window)


def _refuse_slips(text: str) -> None:
    """ValueError for what is nearly a known column, or nearly a value of one; further columns are the user's own."""
    columns = known(Call("any", Conversation("zh", ()), metadata=CallMetadata()))
    for name in sorted(expression.names(text) - set(columns)):
        for close in difflib.get_close_matches(name.lower(), columns, n=1, cutoff=0.8):
            if not _is_further(name, close):
                raise ValueError(f"there is no column {name}; did you mean {close}?")
    for name, said in expression.compared_texts(text):
        values = _FIXED.get(name, ())
        # Nothing but these can ever be equal, so that a rough likeness is enough.
        for close in [] if said in values else difflib.get_close_matches(said.lower(), values, n=1, cutoff=0.6):
            raise ValueError(f"{name} is never {said}; did you mean {close}?")


def _is_further(name: str, column: str) -> bool:
    """Whole words more or fewer make another column (customer, amount_2); only a missing unit is a slip (duration)."""
    return name.startswith(f"{column}_") or (column.startswith(f"{name}_") and column != f"{name}_s")


def known(call: Call) -> Mapping[str, Value | None]:
    """The metadata by column name; numbers in further columns are numbers, empty cells are not known."""
    said = call.metadata
    duration = call_end_s(call) if call.recording or call.conversation.has_times else None
    further: dict[str, Value | None] = {_name(column): _plain(text) for column, text in said.extra.items()}
    return further | {
        "call_id": call.call_id,
        "agent_id": said.agent_id,
        "agent_name": said.agent_name,
        "team": said.team,
        "started_at": _moment(said.started_at),
        "hour": None if said.started_at is None else float(said.started_at.hour),
        "weekday": None if said.started_at is None else float(said.started_at.isoweekday()),
        "direction": said.direction,
        "customer_id": said.customer_id,
        "connected": said.connected,
        "outcome": said.outcome,
        "amount": said.amount,
        "refunded": said.refunded,
        "wrap_up_s": said.wrap_up_s,
        "duration_s": duration,
    }


def _moment(moment: datetime | None) -> str | None:
    """ISO text, which sorts like the times it stands for."""
    return None if moment is None else moment.isoformat()


def _name(column: str) -> str:
    """A column as an expression writes it: 成交金额（元） is 成交金额_元, as Python reads names (NFKC)."""
    return re.sub(r"\W+", "_", unicodedata.normalize("NFKC", column)).strip("_")


def _plain(text: str) -> Value | None:
    if not text.strip():
        return None
    number = None if _ID.fullmatch(text.strip()) else expression.as_number(text)
    return text if number is None else number
