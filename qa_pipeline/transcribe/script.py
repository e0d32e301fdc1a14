"""One way of writing Chinese: simplified script and full-width marks, character by character."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from itertools import accumulate, pairwise

from qa_pipeline.core.call import Segment
from qa_pipeline.language.normalise import simplify_character
from qa_pipeline.transcribe.spoken_tokens import Script, script_of

_FULL_WIDTH = {",": "，", "?": "？", "!": "！", ":": "：", ";": "；", ".": "。"}
#: Stays 著 in 著名 and is 着 in 看着.
_BY_PHRASE = "著"


@lru_cache(maxsize=1)
def _converter() -> Callable[[str], str]:
    import opencc

    convert: Callable[[str], str] = opencc.OpenCC("tw2s").convert
    return convert


def simplified(text: str) -> str:
    """Simplified script, as long as the text: 乾 and 著 by their phrases (乾隆, 干净, 看着), the rest by its character.

    By phrases alone OpenCC takes simplified text for traditional (一坏就 becomes 一坯就); and some Cantonese characters
    would become ones that few fonts hold.
    """
    one_by_one = [_character(character) for character in text]
    by_phrase = _by_phrase(text) if one_by_one != list(text) or _BY_PHRASE in text else text
    return "".join(
        phrase if phrase == character or character == _BY_PHRASE else single
        for character, single, phrase in zip(text, one_by_one, by_phrase, strict=True)
    )


def _by_phrase(text: str) -> str:
    if any("\ud800" <= character <= "\udfff" for character in text):  # half characters: opencc cannot read them
        return "".join(map(_character, text))
    converted = _converter()(text)
    return converted if len(converted) == len(text) else "".join(map(_character, text))


@lru_cache(maxsize=16384)
def _character(character: str) -> str:
    plain = simplify_character(character)
    try:
        plain.encode("gbk")
    except UnicodeEncodeError:
        return character
    return plain


def full_width(text: str) -> str:
    """Half-width marks beside Chinese characters as Chinese marks; 3.5, 10:30 and abc.com stay."""
    return "".join(_mark(text, at) if c in _FULL_WIDTH else c for at, c in enumerate(text))


def _mark(text: str, at: int) -> str:
    before, after = text[:at].rstrip()[-1:], text[at + 1 :].lstrip()[:1]
    joined = text[at + 1 : at + 2].isalnum() and not _is_han(after)
    chinese = _is_han(before) and not (text[at] == "." and joined)
    if text[at] != ".":
        chinese = chinese or _is_han(after)
    return _FULL_WIDTH[text[at]] if chinese else text[at]


def _is_han(character: str) -> bool:
    return bool(character) and script_of(character) is Script.HAN


def chinese(segment: Segment) -> Segment:
    """The segment in simplified script with full-width marks; text and words still say the same, times hold."""
    joined = "".join(word.text for word in segment.words)
    if joined.strip() != segment.text.strip():
        words = tuple(replace(word, text=_written(word.text)) for word in segment.words)
        return replace(segment, text=_written(segment.text), words=words)
    written = _written(joined)
    edges = pairwise(accumulate((len(word.text) for word in segment.words), initial=0))
    words = tuple(replace(w, text=written[a:b]) for w, (a, b) in zip(segment.words, edges, strict=True))
    return replace(segment, text=written.strip(), words=words)


def _written(text: str) -> str:
    return full_width(simplified(text))
