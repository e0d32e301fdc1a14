"""The words of a project that a speech engine cannot know: products, people, tariffs.

A plain text file, one word a line, in the order of their weight; the whole form is in docs/word-list.md::

    # people
    林佳怡: 林家一, 林嘉仪     # known wrong spellings, written as the word wherever they stand
    5G畅享套餐
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from qa_pipeline.core.errors import UserError
from qa_pipeline.language.normalise import simplify_character

#: A list that nobody overlooks any more is longer than this; every word costs time in every turn.
MAX_WORDS = 2000
MAX_BYTES = 256 * 1024
#: Characters of a word; names in Latin letters are longer.
MAX_CHARACTERS, MAX_LATIN_CHARACTERS = 20, 40
#: Wrong spellings of one word.
MAX_SPELLINGS = 20
#: Mistakes listed before the rest is only counted.
MAX_MISTAKES = 20

_COMMENT = re.compile(r"(?:^|\s)#.*")
_CHINESE = re.compile("[\u3400-\u9fff]")
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"


@dataclass(frozen=True, slots=True)
class WordList:
    """``words`` as written in the list, without duplicates; ``revision`` names them in the keys of stored results.

    ``spellings``: pairs of a wrong spelling and the word that is meant.
    """

    words: tuple[str, ...] = ()
    revision: str = ""
    spellings: tuple[tuple[str, str], ...] = ()

    def prompt(self, max_characters: int) -> str:
        """The words in one line for a speech engine, as many as fit, in their order."""
        line = ""
        for word in self.words:
            longer = f"{line}，{word}" if line else word
            if len(longer) > max_characters:
                break
            line = longer
        return line


EMPTY = WordList()


@dataclass(slots=True)
class _Reading:
    """What is known so far, by the form in which words are compared."""

    words: dict[str, str] = field(default_factory=dict)
    spellings: dict[str, tuple[str, str, int]] = field(default_factory=dict)
    """Wrong spelling, word, line."""
    mistakes: list[tuple[int, str]] = field(default_factory=list)


def word_list(words: tuple[str, ...], spellings: tuple[tuple[str, str], ...] = ()) -> WordList:
    """A list of words that are known to be right; its revision is made from all that it holds, order included."""
    content = "\n".join([*words, *("\t".join(pair) for pair in spellings)])
    return WordList(words, sha256(content.encode()).hexdigest()[:12], spellings)


def is_chinese(word: str) -> bool:
    return _CHINESE.search(word) is not None


def same_form(word: str) -> str:
    """Words with the same form are one word: case and spaces do not count."""
    return word.casefold().replace(" ", "")


def read_word_list(path: Path) -> WordList:
    """The words of a file in UTF-8, UTF-16 or GB18030, in half width and simplified script.

    Raises UserError with every mistake as ``words.txt:LINE: what is wrong``.
    """
    found = _Reading()
    for number, line in enumerate(_text(path).splitlines(), start=1):
        entry = _COMMENT.sub("", _plain(line)).strip()
        if entry:
            _read_entry(entry, number, found)
    found.mistakes += _contradictions(found)
    if found.mistakes:
        raise UserError(_listing(path, sorted(found.mistakes)))
    if not found.words:
        raise UserError(f"{path.name}: holds no word; write one word a line, or name no word list")
    return word_list(tuple(found.words.values()), tuple((wrong, word) for wrong, word, _ in found.spellings.values()))


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise UserError(f"{path.name}: larger than {MAX_BYTES // 1024} KiB; a word list is a short text file")
        raw = path.read_bytes()
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "bad name"
        raise UserError(f"{path.name}: cannot be read ({why}); name a text file with one word a line") from error
    if raw.startswith((_ZIP, _OLE)):
        raise UserError(f"{path.name}: is a workbook or document; save the words as plain text, one a line")
    text = _decoded(raw)
    if text is None or any(unicodedata.category(c) == "Cc" and c not in "\t\n\r\f" for c in text):
        raise UserError(f"{path.name}: is no plain text in UTF-8, UTF-16 or GB18030; save it as UTF-8 and try again")
    return text


def _decoded(raw: bytes) -> str | None:
    """None where no encoding fits. UTF-16 tells by its mark, as Windows writes it."""
    encodings = ("utf-16",) if raw.startswith((b"\xff\xfe", b"\xfe\xff")) else ("utf-8-sig", "gb18030")
    for encoding in encodings:
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None


def _plain(line: str) -> str:
    """Half width, simplified script, single spaces."""
    half = unicodedata.normalize("NFKC", line)
    return " ".join("".join(simplify_character(c) if ord(c) > 0x2E7F else c for c in half).split())


def _read_entry(entry: str, line: int, found: _Reading) -> None:
    word, colon, rest = entry.partition(":")
    word = _as_written(word)
    wrong_spellings = [_as_written(each) for each in re.split(r"[,、;]", rest) if each.strip()]
    problem = _problem(word) or _problem_of_spellings(wrong_spellings, bool(colon))
    if problem:
        found.mistakes.append((line, problem))
        return
    if same_form(word) not in found.words and len(found.words) == MAX_WORDS:
        found.mistakes.append((line, f"is word {MAX_WORDS + 1}; keep the {MAX_WORDS} that matter most"))
    word = found.words.setdefault(same_form(word), word)
    for wrong in wrong_spellings:
        known = found.spellings.setdefault(same_form(wrong), (wrong, word, line))
        if known[1] != word:
            found.mistakes.append((line, f"{wrong!r} is a wrong spelling of {known[1]!r} too (line {known[2]})"))


def _as_written(word: str) -> str:
    """As engines write it: no spaces in words with Chinese characters."""
    return word.replace(" ", "") if is_chinese(word) else word.strip()


def _problem(word: str) -> str | None:
    """What is wrong with a word or a spelling."""
    longest = MAX_CHARACTERS if is_chinese(word) else MAX_LATIN_CHARACTERS
    if len(word) > longest:
        return f"{word[:longest]!r}…: longer than {longest} characters; write names, not sentences"
    if not any(c.isalpha() for c in word):
        return f"{word!r} holds no letter or Chinese character"
    if any(mark in word for mark in ",、;，。"):
        return f"{word!r}: write one word a line"
    return f"{word!r}: one character is too little to tell it from other words" if len(word) == 1 else None


def _problem_of_spellings(spellings: list[str], expected: bool) -> str | None:
    if expected and not spellings:
        return "no wrong spelling stands behind the colon"
    if len(spellings) > MAX_SPELLINGS:
        return f"more than {MAX_SPELLINGS} wrong spellings"
    return next(filter(None, map(_problem, spellings)), None)


def _contradictions(found: _Reading) -> Iterator[tuple[int, str]]:
    """Wrong spellings that are words of the list themselves."""
    for form, (wrong, word, line) in found.spellings.items():
        if form in found.words:
            yield line, f"{wrong!r} is a word of the list; it cannot be a wrong spelling of {word!r}"


def _listing(path: Path, mistakes: list[tuple[int, str]]) -> str:
    shown = [f"{path.name}:{line}: {problem}" for line, problem in mistakes[:MAX_MISTAKES]]
    more = len(mistakes) - MAX_MISTAKES
    return "\n".join([*shown, f"and {more} more"] if more > 0 else shown)
