"""The answer of a language model: one JSON object of a fixed shape, or no answer at all."""

from __future__ import annotations

import json
import re
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from qa_pipeline.checks.context import LlmFailure
from qa_pipeline.core.score import Reason

#: Raised whenever answers of before would be read in another way: stored ones are then asked for again.
ANSWER_VERSION = 1

MAX_REASON_CHARS = 300


class Answer(BaseModel):
    """``yes`` with the turn and a passage of it; ``no``, perhaps with what comes closest; or ``unclear``."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    answer: Literal["yes", "no", "unclear"]
    turn: Annotated[int, Field(ge=0)] | None
    quote: str
    reason: str = Field(max_length=MAX_REASON_CHARS)


#: The shape as servers with structured output want it: every key required, no others, no limits of length.
ANSWER_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "answer": {"type": "string", "enum": ["yes", "no", "unclear"]},
        "turn": {"type": ["integer", "null"]},
        "quote": {"type": "string"},
        "reason": {"type": "string"},
    },
    "required": ["answer", "turn", "quote", "reason"],
    "additionalProperties": False,
}

_FENCED = re.compile(r"```(?:json)?[ \t]*\r?\n(?P<inside>(?:(?!```).)*)```", re.DOTALL | re.IGNORECASE)


def parse_answer(raw: str) -> Answer:
    """The answer in a model's text: a JSON object, alone or in a single fenced block. LlmFailure for anything else."""
    text = raw.strip()
    fenced = _FENCED.fullmatch(text)
    try:
        return Answer.model_validate(strict_json(fenced["inside"] if fenced else text))
    except (ValidationError, ValueError):
        # Without the cause: it would quote what the model wrote.
        raise LlmFailure(Reason("llm_bad_answer")) from None


def strict_json(text: str) -> Any:
    """JSON as the standard has it: no NaN, no key twice. ValueError for anything else."""
    try:
        return json.loads(text, parse_constant=_refused, object_pairs_hook=_unique)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _refused(_constant: str) -> Any:
    raise ValueError("no JSON number")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands twice")
    return found
