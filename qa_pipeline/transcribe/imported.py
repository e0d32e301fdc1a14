"""Transcripts made elsewhere: JSON of faster-whisper, whisperX, OpenAI and Amazon, SRT, WebVTT, plain ``坐席：…`` text.

Nothing is invented: without times a turn has none, without a speaker its role is unknown.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from qa_pipeline.core.call import MAX_CALL_ID, CallMetadata, Conversation, Role, Turn, Word
from qa_pipeline.core.errors import UserError
from qa_pipeline.core.facts import Annotations
from qa_pipeline.core.span import Span
from qa_pipeline.transcribe.call_analytics import is_call_analytics, read_call_analytics
from qa_pipeline.transcribe.labelled import stream_labelled

#: How people and other programs name the parties.
AGENT_NAMES = (
    "坐席",
    "座席",
    "客服",
    "销售",
    "顾问",
    "话务员",
    "业务员",
    "经理",
    "agent",
    "rep",
    "representative",
    "sales",
)
CUSTOMER_NAMES = ("客户", "顾客", "用户", "家长", "customer", "client", "caller", "user", "prospect")

_SPEAKER = re.compile(r"^\s*[\[【<(（]?\s*([^\s:：\]】>)）]{1,24}?)\s*\d{0,3}\s*[\]】>)）]?\s*[:：]\s*(.*)$", re.DOTALL)
_CUE_TIME = re.compile(
    r"(?:(\d{1,3}):)?(\d{1,2}):(\d{1,2})[.,](\d{1,3})\s*-->\s*(?:(\d{1,3}):)?(\d{1,2}):(\d{1,2})[.,](\d{1,3})"
)
_MARKUP = re.compile(r"<(?:v[^>]*?\s([^>]+)|[^>]*)>")

#: A longer word before a colon is part of what is said, not a speaker.
MAX_NAME_CHARACTERS = 4

#: A transcript of a day of talk is far below this.
MAX_BYTES = 64_000_000


@dataclass(frozen=True, slots=True)
class ImportedCall:
    """A transcript with its call id and what the file said about the call."""

    call_id: str
    conversation: Conversation
    metadata: CallMetadata = CallMetadata()
    annotations: Annotations = Annotations()
    ended_by: Role | None = None


@dataclass(frozen=True, slots=True)
class _Piece:
    text: str
    role: Role = Role.UNKNOWN
    span: Span | None = None
    words: tuple[Word, ...] = ()


def read_transcripts(path: Path, language: str = "zh") -> list[ImportedCall]:
    """The calls of one file, its form told by name and content; UserError says what is wrong and where."""
    return list(stream_transcripts(path, language))


def stream_transcripts(path: Path, language: str = "zh") -> Iterator[ImportedCall]:
    """The same one after the other; of JSON Lines every mistake is told after the last call."""
    if path.suffix.lower() != ".jsonl":
        yield from _whole_file(path, language)
        return
    for call in stream_labelled(path):
        yield ImportedCall(call.call_id, call.conversation, call.metadata, call.annotations, call.ended_by)


def _whole_file(path: Path, language: str) -> list[ImportedCall]:
    text = _text(path)
    stripped = text.lstrip()
    if path.suffix.lower() == ".json" or stripped.startswith(("{", "[")):
        raw = _parsed(path, text)
        if is_call_analytics(raw):
            analysed = read_call_analytics(path, raw, language)
            return [_imported(path, analysed.conversation, analysed.annotations)]
        found_language, pieces = _from_json(path, raw)
        language = found_language or language
    elif "-->" in text:
        pieces = list(_from_subtitles(path, text))
    else:
        pieces = list(_from_plain_text(text))
    return [_imported(path, Conversation(language, _turns(pieces)))]


def _imported(path: Path, conversation: Conversation, annotations: Annotations = Annotations()) -> ImportedCall:
    """The call that a file holds, named like the file; UserError for an empty one."""
    if not conversation.turns:
        raise UserError(f"{path}: holds no transcript; expected JSON, SRT, WebVTT or lines such as 坐席：… / 客户：…")
    if len(path.stem) > MAX_CALL_ID:
        raise UserError(f"{path.name}: names a call id of more than {MAX_CALL_ID} characters; shorten it")
    if not path.stem.strip():
        raise UserError(f"{path}: the file's name becomes the call id; give it a name")
    return ImportedCall(path.stem, conversation, annotations=annotations)


def _text(path: Path) -> str:
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise UserError(f"{path}: no such file; check the path") from None
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror}); name a transcript file") from None
    if len(content) > MAX_BYTES:
        raise UserError(f"{path}: {len(content)} bytes is too large for a transcript (limit {MAX_BYTES})")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise UserError(f"{path}: is not a text file; expected a transcript in UTF-8 or GB18030")


def role_of(name: str) -> Role:
    """The role that a speaker's name stands for; unknown for SPEAKER_00 and the like."""
    plain = name.strip().casefold().rstrip("0123456789_- ")
    if plain in AGENT_NAMES:
        return Role.AGENT
    return Role.CUSTOMER if plain in CUSTOMER_NAMES else Role.UNKNOWN


# -- JSON -----------------------------------------------------------------


class _JsonWord(BaseModel):
    word: str = ""
    text: str = ""
    start: float | None = Field(None, ge=0)
    end: float | None = Field(None, ge=0)
    probability: float | None = None
    score: float | None = None


class _JsonSegment(BaseModel):
    text: str
    start: float | None = Field(None, ge=0)
    end: float | None = Field(None, ge=0)
    speaker: str | None = None
    role: str | None = None
    words: list[_JsonWord] | None = None


_SEGMENTS = TypeAdapter(list[_JsonSegment])


def _parsed(path: Path, text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:  # ValueError also: a number of thousands of digits
        where = f":{error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        raise UserError(f"{path}{where}: is not valid JSON; export the transcript again") from None


def _from_json(path: Path, raw: Any) -> tuple[str | None, list[_Piece]]:
    segments = raw.get("segments") if isinstance(raw, dict) else raw
    try:
        read = _SEGMENTS.validate_python(segments)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in ("segments", *first["loc"]))
        raise UserError(f"{path}: {place}: {first['msg']}; expected a list of segments with text, start, end") from None
    language = raw.get("language") if isinstance(raw, dict) else None
    known = isinstance(language, str) and re.fullmatch(r"[a-z]{2,3}", language)
    return (str(language) if known else None), [_json_piece(s) for s in read if s.text.strip()]


def _json_piece(segment: _JsonSegment) -> _Piece:
    span = _span(segment.start, segment.end)
    words = tuple(word for raw in segment.words or () if (word := _json_word(raw))) if span else ()
    return _Piece(segment.text.strip(), role_of(segment.role or segment.speaker or ""), span, words)


def _json_word(raw: _JsonWord) -> Word | None:
    span = _span(raw.start, raw.end)
    probability = raw.probability if raw.probability is not None else raw.score
    known = probability if probability is not None and 0 <= probability <= 1 else None
    return Word(raw.word or raw.text, span, known) if span and (raw.word or raw.text).strip() else None


def _span(start_s: float | None, end_s: float | None) -> Span | None:
    return Span(start_s, end_s) if start_s is not None and end_s is not None and start_s <= end_s < math.inf else None


# -- subtitles and text ---------------------------------------------------


def _from_subtitles(path: Path, text: str) -> Iterator[_Piece]:
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    for block in re.finditer(r"\S.*?(?=\n\s*\n|\s*\Z)", plain, re.DOTALL):
        first_line = plain.count("\n", 0, block.start()) + 1
        lines = block.group().split("\n")
        at = next((i for i, line in enumerate(lines) if "-->" in line), None)
        if at is None:
            continue
        match = _CUE_TIME.search(lines[at])
        if not match:
            raise UserError(f"{path}:{first_line + at}: the time line is not of the form 00:00:01,000 --> 00:00:02,500")
        yield from _cue("\n".join(lines[at + 1 :]), _span(_seconds(match.groups()[:4]), _seconds(match.groups()[4:])))


def _seconds(parts: tuple[Any, ...]) -> float:
    hours, minutes, seconds, fraction = (str(part or "0") for part in parts)
    return int(hours) * 3600 + int(minutes) * 60 + int(seconds) + int(fraction.ljust(3, "0")) / 1000


def _cue(text: str, span: Span | None) -> Iterator[_Piece]:
    voice = _MARKUP.search(text)
    named = voice.group(1) if voice and voice.group(1) else ""
    plain = _MARKUP.sub("", text).replace("\n", " ").strip()
    speaker = _SPEAKER.match(plain)
    if speaker and role_of(speaker.group(1)) is not Role.UNKNOWN:
        named, plain = speaker.group(1), speaker.group(2).strip()
    if plain:
        yield _Piece(plain, role_of(named), span)


def _from_plain_text(text: str) -> Iterator[_Piece]:
    """Lines ``speaker：text``; a line without a speaker goes on with the line before.

    A short name that is no party's (主管：…) is a third person, whose role is unknown.
    """
    pieces: list[_Piece] = []
    for line in filter(None, (line.strip() for line in text.splitlines())):
        match = _SPEAKER.match(line)
        role = role_of(match.group(1)) if match else Role.UNKNOWN
        if match and (role is not Role.UNKNOWN or not pieces or len(match.group(1)) <= MAX_NAME_CHARACTERS):
            pieces.append(_Piece(match.group(2).strip(), role))
        elif pieces:
            joint = " " if pieces[-1].text[-1:].isascii() and line[0].isascii() else ""
            pieces[-1] = _Piece(f"{pieces[-1].text}{joint}{line}".strip(), pieces[-1].role)
    # Without a single known speaker this is some other text, not a dialogue.
    if any(piece.role is not Role.UNKNOWN for piece in pieces):
        yield from (piece for piece in pieces if piece.text)


def _turns(pieces: Iterable[_Piece]) -> tuple[Turn, ...]:
    """In order of time where all pieces have times; else in order of the file, and then without times."""
    ordered = list(pieces)
    if all(piece.span for piece in ordered):
        ordered.sort(key=lambda piece: piece.span.start_s if piece.span else 0.0)
    else:
        ordered = [_Piece(piece.text, piece.role) for piece in ordered]
    return tuple(Turn(i, p.role, p.text, p.span, None, p.words) for i, p in enumerate(ordered))
