"""Text in the script of another language than the call's; names of products and everyday loan words are no sign."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from qa_pipeline.transcribe.spoken_tokens import Script, script_of, syllables, tokens

#: The scripts that a language is written in; other languages are not judged.
_SCRIPTS: dict[str, frozenset[Script]] = {
    "zh": frozenset({Script.HAN}),
    "yue": frozenset({Script.HAN}),
    "ja": frozenset({Script.HAN, Script.KANA}),
    "ko": frozenset({Script.HAN, Script.HANGUL}),
    "ru": frozenset({Script.CYRILLIC}),
    **{code: frozenset({Script.LATIN}) for code in ("en", "de", "fr", "es", "it", "pt", "nl")},
}
#: Letters of other alphabets are no sign of a Latin-written name: so many words of them, beside little else, are.
_LATIN_WORDS, _LATIN_SHARE = 3, 0.6
#: For scripts that have no place in the language at all.
_STRANGE_SYLLABLES, _STRANGE_SHARE = 2, 0.2
#: English words that Chinese callers say among Chinese ones.
_EVERYDAY_WORDS = """
    ok okay hello hi hey bye yes no yeah sorry thank thanks you oh wow vip svip wifi app email qq pk pos ppt pdf word
    excel nfc gps usb sim iphone ipad ios android apple huawei oppo vivo windows office plus pro max mini
    double check case
"""
_EVERYDAY = frozenset(_EVERYDAY_WORDS.split())
#: Addresses, numbers, and letters read out one by one.
_CODE = re.compile(r"\S*[\d@./:]\S*|\b[A-Z]{1,6}\b|\b[A-Za-z]\b")


def is_foreign(text: str, language: str, listed: tuple[str, ...] = ()) -> bool:
    """Whether a text is mostly written as the call's language is not.

    Args:
        listed: words of the project, which count as the language's own.
    """
    own = _SCRIPTS.get(language.split("-")[0])
    if own is None:
        return False
    parts = tokens(text)
    spoken = syllables(parts)
    strange = sum(1 for part in parts if _script(part) not in own | {Script.DIGIT, Script.LATIN})
    if strange >= _STRANGE_SYLLABLES and strange > _STRANGE_SHARE * spoken:
        return True
    return Script.LATIN not in own and _is_latin(text, listed, spoken)


def _script(part: str) -> Script:
    return script_of(part[0])


def _is_latin(text: str, listed: tuple[str, ...], spoken: int) -> bool:
    """Whether Latin words that are no codes, no loan words and no listed ones make up most of a text."""
    plain = _CODE.sub(" ", unicodedata.normalize("NFKC", text))
    own = _EVERYDAY | _listed_words(listed)
    words = tuple(p for p in tokens(plain) if len(p) > 1 and _script(p) is Script.LATIN and p not in own)
    return len(words) >= _LATIN_WORDS and syllables(words) > _LATIN_SHARE * spoken


@lru_cache(maxsize=8)
def _listed_words(listed: tuple[str, ...]) -> frozenset[str]:
    return frozenset(part for word in listed for part in tokens(word))
