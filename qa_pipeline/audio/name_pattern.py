"""Call metadata out of file names, for --name-pattern."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path

from qa_pipeline.core.errors import UserError

_FIELDS = ("call_id", "agent_id", "agent_name", "team", "customer_id", "direction", "outcome")
_PART = re.compile(r"\{([^{}:]*)(?::([^{}]*))?\}")
# Digits per directive, so that "{started_at:%Y%m%d%H%M%S}" needs no separators.
_DIGITS = {"Y": 4, "m": 2, "d": 2, "H": 2, "M": 2, "S": 2, "y": 2}
_EXAMPLE = "{agent_id}_{customer_id}_{started_at:%Y%m%d%H%M%S}"


def parse_name(path: Path, pattern: str) -> dict[str, str]:
    """The fields that ``pattern`` finds in the file name without its extension; {} if it does not fit.

    ``{field}`` runs up to the character that the pattern has next; ``{started_at:FORMAT}`` is a time (%Y %m
    %d %H %M %S, given back in ISO 8601; one that does not exist does not fit); ``{}`` is any text; everything
    else stands for itself, and the whole name must fit. Values are text as in calls.csv.
    Raises UserError for a wrong pattern.
    """
    expression, time_format = _compile(pattern)
    match = expression.fullmatch(path.stem)
    if match is None:
        return {}
    found = {name: value.strip() for name, value in match.groupdict().items() if value.strip()}
    if time_format and "started_at" in found:
        try:
            found["started_at"] = datetime.strptime(found["started_at"], time_format).isoformat()
        except ValueError:
            return {}
    return found


def _compile(pattern: str) -> tuple[re.Pattern[str], str]:
    pieces, used, time_format, end = [], set[str](), "", 0
    for part in _PART.finditer(pattern):
        name, form = part[1].strip(), part[2]
        pieces.append(_literal(pattern[end : part.start()], pattern))
        end = part.end()
        if name in used or (name and name not in _FIELDS and name != "started_at"):
            raise _bad(pattern, f"{name!r} is {'used twice' if name in used else 'not a field'}")
        used |= {name} if name else set()
        if name == "started_at":
            time_format = form or "%Y%m%d%H%M%S"
            pieces.append(f"(?P<started_at>{_time_expression(time_format, pattern)})")
        elif form is not None:
            raise _bad(pattern, f"{name!r} takes no format")
        else:
            text = _text_expression(pattern, end)
            pieces.append(f"(?P<{name}>{text})" if name else text)
    pieces.append(_literal(pattern[end:], pattern))
    if not used:
        raise _bad(pattern, "it names no field")
    return re.compile("".join(pieces), re.DOTALL), time_format


def _text_expression(pattern: str, end: int) -> str:
    """Text up to the next character of the pattern: one way to fit, and no name that takes for ever."""
    rest = pattern[end:]
    if not rest:
        return ".+"
    if rest.startswith("{started_at"):
        return ".+?"
    if rest.startswith("{"):
        raise _bad(pattern, "two fields need text between them")
    return f"[^{re.escape(rest[0])}]+"


def _literal(text: str, pattern: str) -> str:
    if "{" in text or "}" in text:
        raise _bad(pattern, "a brace is not closed")
    return re.escape(text)


def _time_expression(form: str, pattern: str) -> str:
    pieces = re.split(r"%(.)", form)
    if unknown := [letter for letter in pieces[1::2] if letter not in _DIGITS]:
        raise _bad(pattern, f"%{unknown[0]} is not among " + " ".join(f"%{letter}" for letter in _DIGITS))
    if len(set(pieces[1::2])) < len(pieces[1::2]):
        raise _bad(pattern, "a directive of the time is used twice")
    if "%" in "".join(pieces[::2]) or len(pieces) == 1:
        raise _bad(pattern, "the time needs directives such as %Y")
    digits = [rf"[0-9]{{{_DIGITS[letter]}}}" for letter in pieces[1::2]]
    return "".join(re.escape(text) + (digits[i] if i < len(digits) else "") for i, text in enumerate(pieces[::2]))


def _bad(pattern: str, what: str) -> UserError:
    fields = ", ".join((*_FIELDS, "started_at"))
    return UserError(f"--name-pattern {pattern!r}: {what}; fields: {fields}; e.g. {_EXAMPLE}")
