"""Pydantic's mistakes in words for people who write scoring forms."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from typing import Any

from qa_pipeline.checks.registry import CHECK_NAMES
from qa_pipeline.rubric.model import ID_PATTERN
from qa_pipeline.rubric.shape import keys_at

#: What a pattern asks for.
_PATTERNS = {
    ID_PATTERN: "must begin with a small letter and hold only a-z, 0-9, _ and -, at most 64 in all",
    r"^\d+(\.\d+){0,2}$": "must be a number such as '1.0'",
    r"^[a-z]{2}$": "must be two small letters, such as zh or en",
    r"^[a-z][a-z_]*$": "must be a name of small letters and _",
}
_PLAIN = {
    "missing": "is required",
    "tuple_type": "must be a list",
    "model_type": "must be a mapping",
    "dict_type": "must be a mapping",
    "string_too_short": "must not be empty",
    "bool_type": "must be true or false",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "string_type": "must be text",
    "finite_number": "must be a finite number",
    "recursion_loop": "refers to itself",
}


def wording(detail: Any, known: Sequence[str], written: str | None) -> str:
    """One mistake in words. ``known``: keys that may stand there; ``written``: a number as it stands in the file."""
    kind, given = detail["type"], detail["input"]
    if kind == "extra_forbidden":
        name = str(detail["loc"][-1])
        if name in CHECK_NAMES and "check" in known:
            return "unknown key: indent it, so that it stands under check"
        return "unknown key" + did_you_mean(name, known)
    if kind == "string_type" and isinstance(given, int | float) and not isinstance(given, bool):
        return f"must be text: put {written or given} in quotes"
    if kind == "check_shape":
        return _no_check(given)
    return _message(detail) + _found(detail, written)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A hint with the known word that is meant; nothing where none is close."""
    close = closest(word, known)
    return f"; did you mean {close}?" if close else ""


def closest(word: str, known: Iterable[str]) -> str:
    """The word itself where it is known, else the one that it resembles, else nothing."""
    return next(iter(difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)), "")


def _message(detail: Any) -> str:
    kind, context = detail["type"], detail.get("ctx", {})
    if kind == "string_pattern_mismatch" and context["pattern"] in _PATTERNS:
        return _PATTERNS[context["pattern"]]
    if kind == "too_short":
        entries = "entry" if context["min_length"] == 1 else "entries"
        return f"needs at least {context['min_length']} {entries}"
    if kind == "tuple_type" and isinstance(detail["input"], str):
        return f"must be a list: write [{detail['input']:.40}]"
    if kind in _PLAIN:
        return _PLAIN[kind]
    # Of a party in a rubric, unknown is no choice.
    message = (
        str(detail["msg"])
        .removeprefix("Value error, ")
        .replace("'agent', 'customer' or 'unknown'", "'agent' or 'customer'")
    )
    return message.replace("Input should be", "must be").replace("String should", "must")


def _found(detail: Any, written: str | None) -> str:
    """What stands there, where the message does not say it."""
    kind, given = detail["type"], detail["input"]
    if kind in ("value_error", "unknown_check", "missing") or not isinstance(given, str | int | float | None):
        return ""
    if kind == "tuple_type" and isinstance(given, str):
        return ""
    if given is None:
        return " (nothing stands here)"
    hint = ""
    if kind in ("enum", "literal_error") and isinstance(given, str):
        options = str(detail["ctx"]["expected"]).replace(" or ", ",").split(",")
        hint = did_you_mean(given, [option.strip(" '") for option in options])
    shown = str(given).lower() if isinstance(given, bool) else written or repr(given)
    return f" (found {shown:.60}){hint}"


def _no_check(given: Any) -> str:
    """What stands where one check should, and is none or several."""
    expected = "a check is a mapping with exactly one check name"
    if not isinstance(given, dict):
        return expected + (f": write {given}: and what it looks for under it" if given in CHECK_NAMES else "")
    named = [name for name in given if name in CHECK_NAMES]
    top = next((name for name in named if given[name] is None), named[0] if named else "")
    params = [key for key in keys_at(("conditions", "x", top)) if given.get(top) is None or key not in CHECK_NAMES]
    below = [key for key in given if key != top and key in params]
    hint = f": indent {below[0]}, so that it stands under {top}" if below else ""
    return f"{expected} (found {', '.join(map(str, given)) or 'none'}){hint}"
