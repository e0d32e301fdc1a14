"""The page of one call, in both languages."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path
from urllib.parse import quote

from markupsafe import Markup

from qa_pipeline.report.call.acts_view import ActChip
from qa_pipeline.report.call.call_view import call_view
from qa_pipeline.report.call.quotes import CallTexts
from qa_pipeline.report.call.transcript_view import HEARD
from qa_pipeline.report.names import page_name
from qa_pipeline.report.render import write_page
from qa_pipeline.report.sound.outline import load_peaks
from qa_pipeline.report.text import Token
from qa_pipeline.report.values import AudioLink, CallResult, PageOptions
from qa_pipeline.report.wording import LANGUAGES, page_suffix, wording

_PLAYER_TEXTS = (
    "play", "pause", "sound_failed", "shown_turns", "hits", "no_hits", "remove", "clear", "query",
)  # fmt: skip


def write_call_page(result: CallResult, out: Path, made: PageOptions) -> Path:
    """Write ``out/calls/<page name>.html`` and ``….en.html``; the Chinese page is returned."""
    folder = out / "calls"
    stem = page_name(result.call.call_id)
    audio, peaks = audio_address(result.audio, folder), load_peaks(result.audio)
    texts, spoken = CallTexts(result.call), Said()
    for lang in LANGUAGES:
        words = wording(lang)
        view = call_view(result, words, made, audio, peaks, texts)
        write_page(
            folder / (stem + page_suffix(lang)),
            "call.html",
            view,
            words,
            made,
            view.timeline.rules if view.timeline else "",
            texts={name: words.text(f"js.{name}") for name in _PLAYER_TEXTS},
            said=spoken,
            chips=chips,
        )
    return folder / (stem + page_suffix(LANGUAGES[0]))


class Said:
    """Turns' tokens as HTML, made once for all languages of a page.

    Not a template, for speed: a long call has 15,000 of them.
    """

    def __init__(self) -> None:
        # With the tokens themselves, so that no others get their id.
        self._made: dict[tuple[int, str], tuple[Sequence[Token], Markup]] = {}

    def __call__(self, tokens: Sequence[Token], corrected: str = "") -> Markup:
        """``corrected``: the words for a correction, where the turn has one."""
        key = id(tokens), corrected
        if key not in self._made:
            self._made[key] = tokens, said(tokens, corrected)
        return self._made[key][1]


def said(tokens: Iterable[Token], corrected: str = "") -> Markup:
    """A turn's tokens as HTML."""
    return Markup("".join(_token_html(token, corrected) for token in tokens))  # every text in it was escaped


def _token_html(token: Token, corrected: str) -> str:
    text, kind = escape(token.text), _TOKEN_CLASSES[token.hit, token.unsure]
    if token.doubted or token.filler or token.heard:
        text = f'<mark class="f">{text}</mark>' if token.filler else text
        kind += " doubt" if token.doubted else ""
        kind += f' fixed" title="{escape(corrected.replace(HEARD, token.heard))}' if token.heard else ""
    if token.start_s is None or token.end_s is None:
        return f'<span class="{kind[1:]}">{text}</span>' if kind else text
    return f'<span class="w{kind}" data-s="{token.start_s:.2f}" data-e="{token.end_s:.2f}">{text}</span>'


_TOKEN_CLASSES = {(False, False): "", (True, False): " hit", (False, True): " low", (True, True): " hit low"}


def chips(acts: Iterable[ActChip]) -> Markup:
    """A turn's acts as list items. Not a template, for speed, as its tokens."""
    return Markup("".join(map(_chip_html, acts)))  # every text in it was escaped


def _chip_html(act: ActChip) -> str:
    title = f' title="{escape(act.title)}"' if act.title else ""
    return f'<li class="{act.kind}"{title}>{escape(act.text)}</li>'


def audio_address(audio: Path | AudioLink | None, folder: Path) -> str:
    """The sound's address relative to the pages; a copy outside of the output folder is a mistake of ours."""
    if audio is None:
        return ""
    if isinstance(audio, AudioLink):
        return _link_address(audio.recording.resolve(), folder.resolve())
    target, root = audio.resolve(), folder.parent.resolve()
    if not target.is_relative_to(root):
        raise ValueError("the sound file must lie in the output folder")
    return quote(Path(os.path.relpath(target, root / folder.name)).as_posix())


def _link_address(recording: Path, folder: Path) -> str:
    """Relative to the pages, so that both can be moved together; a file URI from another drive."""
    try:
        return quote(Path(os.path.relpath(recording, folder)).as_posix(), errors="surrogateescape")
    except ValueError:
        return recording.as_uri()
