"""Words that carry the talk rather than its content: listener's signs (嗯, 对对对, mm-hm), filler words (呃, 那个).

Both are rules on text with known limits. A listener's sign says "I follow" or "I agree" and leaves the floor to the
other party; refusals (不, 没有), greetings (喂), thanks and farewells do not, nor does what asks back (是吗？, 真的？,
啊？): the speaker then has to answer. Filler words are counted cautiously, because the same words also mean something:
这个产品, 就是我, I know what you mean. What each list leaves out on purpose stands beside it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from qa_pipeline.language.normalise import comparable, simplify_character

#: More different signs one after the other say something of their own; the same one repeated at once is one sign.
MAX_SIGNS = 4
#: How often one sign may be repeated: 对对对对对.
MAX_REPEATS = 6

#: Sounds and words by which Mandarin and Cantonese listeners say that they follow. Left out on purpose: 好了, 行了,
#: 可以了 (enough!), 对了 (by the way), 是嘛 (really?), 好吧 and 行吧 (giving in), 呃 (about to speak), 你说 (go on: a
#: turn), 唔 (Cantonese for not: 唔好).
_SIGNS_ZH = (
    r"嗯[哼呐哪]|[嗯恩哦噢喔啊呀哎诶欸哇]|哈{2,}|呵{2,}|嘿{2,}"
    r"|(?:对头|对|好|行|成|中|要得|得|可以|没错|当然|确实|的确|没问题)的?[啊呀哈嘞咧啦咯喽哒哩]?"
    r"|对嘛|好嘛|就是(?:啊|呀|嘛|的)?|可不是嘛?|是的?[啊呀哈呐嘞]?|系啊?|冇错|妥了|啱"
    r"|我?(?:明白|知道|[了瞭]解|懂|清楚|晓得|听懂|听明白)(?:的|了)?[啊呀]?|收到"
    r"|原来如此|原来是?这样|(?:是|就)?这样(?:子|啊|呀|哦)|ok(?:ay)?"
)
#: English ones as they read without spaces: isee. Left out: no, well, so, um, really, thanks, hello, bye.
_SIGNS_EN = (
    r"m+|m+h+m+|mhm+|h+m+|uh?huh|aha|ah|oh|ooh|yeah|yea|yep|yup|yes|ya|right|okay|ok|alright|allright|sure|isee|igotit|gotit"
    r"|gotcha|gotyou|exactly|true|thatstrue|thatsright|ofcourse|absolutely|definitely|certainly|indeed|understood"
    r"|iunderstand|iknow|fairenough|(?:that)?makessense|good|great|perfect|wonderful|excellent|cool|nice|wow|ha(?:ha)+"
)

#: Hesitation in Mandarin, in folded text. 嗯 is one only inside a sentence or when drawn out: at its beginning it
#: answers. 额 and 啊 only where they stand alone (金额, 谢谢啊).
_PAUSE = r"(?:[,、~\s]|\.{2,}|。{2,}|-{2,}|—+)"
_DRAWN = r"(?:\.{2,}|。{2,}|-{2,}|—+|~)"
_SOUND_ZH = (
    r"呃+"
    rf"|(?:(?<=[,、~\s.—-])|^)额+(?={_PAUSE}|$)"
    rf"|(?:(?<=[,、~\s.—-])|^)[嗯恩]+(?=\s*{_DRAWN})"
    r"|(?<=[,、~\s.—-])[嗯恩]+(?=[,、])"
    r"|(?<=[^\W对是好行成嗯恩哦噢啊哎])[嗯恩]+(?=[^\W对是好行成可嗯恩哦噢啊哎])"
    r"|(?<=[,、~.—-])啊(?=[,、~.—-])"
)
#: Words that fill while one searches for the next. 那个 and 这个 must stand alone (那个，… but not 上回那个，…) or be
#: said twice at once; 就是 and 然后 link sentences, so that they must be drawn out, followed by hesitation, or said
#: twice. 就是就是 as a clause of its own agrees.
_FREE = r"(?:^|(?<=[,、~\s.—呃嗯额]))"
_AGREES = r"(?<![对是嗯啊好][,、\s])"
_WORD_ZH = (
    rf"(?P<twice>那个|这个|然后)(?:{_PAUSE}?(?P=twice))+"
    rf"|就是(?:{_PAUSE}?就是)+说?(?!\s*(?:[啊呀嘛的]|[,、~.]|$))"
    rf"|{_FREE}(?:那个|这个|那什么)(?=\s*{_PAUSE})"
    rf"|{_FREE}(?:就是说?|然后)(?=\s*(?:{_DRAWN}|{_PAUSE}?\s*(?:呃|嗯|额{_PAUSE})|{_PAUSE}\s*那个{_PAUSE}))"
    rf"|{_AGREES}(?<=[,、])就是说?(?=[,、])"
    r"|怎么说呢|怎么讲呢"
)
#: English: sounds; ``like`` between commas; ``you know`` and ``I mean`` cut off by a comma; ``sort of`` where no kind
#: is named (what sort of, this kind of).
_FILLER_EN = (
    r"\b(?:u+m+|u+h+|e+r+m*)\b(?![ -]?huh|-)"
    r"|(?<=,)\s*like(?=\s*,)"
    r"|(?:^|(?<=[,;.]))\s*(?:and |but |so |well )?(?:you know|y'know|i mean)(?=\s*,)"
    r"|(?<=,)\s*(?:you know|y'know|i mean)(?=\s*[,;.]?\s*$)"
    r"|(?<!\bwhat )(?<!\bthis )(?<!\bthat )(?<!\bthe )(?<!\bsome )(?<!\bany )(?<!\ba )(?<!\bsame )(?<!\bwhich )"
    r"(?<!\bevery )(?<!\beach )(?<!\bother )(?<!\bone )(?<!\ball )\b(?:sort|kind) of\b(?! (?:thing|person|people))"
)

_SENTENCE = {"zh": re.compile(r"(?<!。)。(?!。)|[!?;\n]"), "en": re.compile(r"(?<!\.)\.(?!\.|\w)|[!?;\n]")}
_FILLER = {
    "zh": re.compile(rf"(?:{_SOUND_ZH})|(?:{_WORD_ZH})"),
    "en": re.compile(_FILLER_EN),
}


def _all_signs(signs: str) -> re.Pattern[str]:
    return re.compile(rf"(?:(?P<sign>{signs})(?P=sign){{0,{MAX_REPEATS - 1}}}){{1,{MAX_SIGNS}}}")


_SIGNS = {"zh": _all_signs(_SIGNS_ZH), "en": _all_signs(_SIGNS_EN)}


def is_backchannel(text: str, language: str) -> bool:
    """Whether an utterance consists of listener's signs alone; False in languages whose signs are not known here.

    Script, width, punctuation and repetition do not matter; a question mark does: it asks back.
    """
    signs = _SIGNS.get(_spoken(language))
    if signs is None or "?" in unicodedata.normalize("NFKC", text):
        return False
    return signs.fullmatch(comparable(text)) is not None


def fillers(text: str, language: str) -> int:
    """How many filler words a text holds; 0 in languages whose fillers are not known here.

    A lower bound where a recogniser leaves out hesitation or punctuation, as most do. An utterance of listener's signs
    alone holds none.
    """
    spoken = _spoken(language)
    return sum(1 for _ in _found(_folded(text), spoken)) if spoken in _FILLER else 0


def filler_ranges(text: str, language: str) -> tuple[tuple[int, int], ...]:
    """Where the filler words of ``fillers`` stand in a text (from, to), in order."""
    spoken = _spoken(language)
    if spoken not in _FILLER:
        return ()
    folded = _folded(text)
    found = list(_found(folded, spoken))
    if not found:
        return ()
    # Nearly every character is folded to one; an ellipsis to three.
    origin = [index for index, character in enumerate(text) for _ in _folded(character)]
    if len(origin) != len(folded):  # characters that fold together, such as a letter and its accent
        return ()
    return tuple((origin[start], origin[end - 1] + 1) for start, end in found)


def _found(folded: str, spoken: str) -> Iterator[tuple[int, int]]:
    """Filler words of folded text, without the white space around them."""
    at = 0
    for end, following in [*(m.span() for m in _SENTENCE[spoken].finditer(folded)), (len(folded), 0)]:
        sentence, begins = folded[at:end], at
        at = following
        if not _FILLER[spoken].search(sentence.strip()) or is_backchannel(sentence, spoken):
            continue
        begins += len(sentence) - len(sentence.lstrip())
        for match in _FILLER[spoken].finditer(sentence.strip()):
            words = match.group()
            start = begins + match.start() + len(words) - len(words.lstrip())
            yield start, start + len(words.strip())


def _spoken(language: str) -> str:
    """``zh`` for every kind of Chinese: Cantonese shares its script, and calls mix them."""
    spoken = language.split("-")[0]
    return "zh" if spoken == "yue" else spoken


def _folded(text: str) -> str:
    """Half width, lower case, simplified script, with punctuation; an ellipsis reads as ``...``."""
    folded = unicodedata.normalize("NFKC", text).casefold().replace("’", "'")
    return "".join(map(simplify_character, folded))
