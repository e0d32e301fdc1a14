"""Pages out of view models: Jinja2 with everything escaped, written whole or not at all."""

from __future__ import annotations

import base64
import hashlib
import os
import tempfile
from collections.abc import Iterable, Sequence
from functools import cache
from html import escape
from pathlib import Path
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from qa_pipeline.report.acts_view import ActChip
from qa_pipeline.report.audio_copy import load_peaks
from qa_pipeline.report.call_view import call_view
from qa_pipeline.report.index_view import IndexRow, index_view
from qa_pipeline.report.names import page_name
from qa_pipeline.report.quotes import CallTexts
from qa_pipeline.report.text import Token
from qa_pipeline.report.values import CallResult, FailureRow, PageOptions
from qa_pipeline.report.wording import LANGUAGES, page_suffix, wording

_HERE = Path(__file__).parent
_STATIC = ("report.css", "player.js", "index.js")
_PLAYER_TEXTS = ("play", "pause", "sound_failed", "shown_turns")
_INDEX_TEXTS = ("shown_calls",)


def write_call_page(result: CallResult, out: Path, made: PageOptions) -> Path:
    """Write ``out/calls/<page name>.html`` and ``….en.html``; the Chinese page is returned."""
    folder = out / "calls"
    stem = page_name(result.call.call_id)
    audio, peaks = _audio_address(result.audio, folder), load_peaks(result.audio)
    texts = CallTexts(result.call)
    for lang in LANGUAGES:
        words = wording(lang)
        view = call_view(result, words, made, audio, peaks, texts)
        rules = view.timeline.rules if view.timeline else ""
        html = (
            environment()
            .get_template("call.html")
            .render(
                view=view,
                t=words.text,
                options=made,
                made_at=words.date_time(made.made_at),
                policy=content_policy(rules),
                texts={name: words.text(f"js.{name}") for name in _PLAYER_TEXTS},
            )
        )
        _write_whole(folder / (stem + page_suffix(lang)), html)
    return folder / (stem + page_suffix(LANGUAGES[0]))


def write_index(rows: Iterable[IndexRow], failures: Sequence[FailureRow], out: Path, made: PageOptions) -> Path:
    """Write ``out/index.html`` and ``out/index.en.html``; the Chinese page is returned."""
    kept = tuple(rows)
    for lang in LANGUAGES:
        words = wording(lang)
        html = (
            environment()
            .get_template("index.html")
            .render(
                view=index_view(kept, failures, words, made),
                t=words.text,
                options=made,
                made_at=words.date_time(made.made_at),
                policy=content_policy(""),
                texts={name: words.text(f"js.{name}") for name in _INDEX_TEXTS},
            )
        )
        _write_whole(out / ("index" + page_suffix(lang)), html)
    return out / "index.html"


def write_static(out: Path) -> None:
    """Copy style and scripts to ``out/static``: the folder then stands alone."""
    for name in _STATIC:
        _write_whole(out / "static" / name, (_HERE / "static" / name).read_text(encoding="utf-8"))


@cache
def environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.filters["said"] = said
    made.filters["chips"] = chips
    return made


def said(tokens: Iterable[Token]) -> Markup:
    """A turn's tokens as HTML. Not a template, for speed: a long call has 15,000 of them."""
    return Markup("".join(map(_token_html, tokens)))  # every text in it was escaped


def _token_html(token: Token) -> str:
    text = escape(token.text)
    names = [name for name, on in (("hit", token.hit), ("low", token.unsure)) if on]
    if token.start_s is None or token.end_s is None:
        return f'<span class="{" ".join(names)}">{text}</span>' if names else text
    classes = " ".join(["w", *names])
    return f'<span class="{classes}" data-s="{token.start_s:.2f}" data-e="{token.end_s:.2f}">{text}</span>'


def chips(acts: Iterable[ActChip]) -> Markup:
    """A turn's acts as list items. Not a template, for speed, as its tokens."""
    return Markup("".join(map(_chip_html, acts)))  # every text in it was escaped


def _chip_html(act: ActChip) -> str:
    title = f' title="{escape(act.title)}"' if act.title else ""
    return f'<li class="{act.kind}"{title}>{escape(act.text)}</li>'


def content_policy(rules: str) -> str:
    """A page loads nothing but the files beside it and runs no script but ours.

    ``file:`` because pages are opened from a folder, where 'self' means nothing to some browsers.
    The page's own style rules are allowed by their hash, so style attributes stay forbidden.
    """
    local = "'self' file:"
    digest = base64.b64encode(hashlib.sha256(rules.encode()).digest()).decode()
    style = f"{local} 'sha256-{digest}'" if rules else local
    return (
        f"default-src 'none'; script-src {local}; style-src {style}; media-src {local}; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def _audio_address(audio: Path | None, folder: Path) -> str:
    """The sound's address relative to the pages; one outside of the output folder is a mistake of ours."""
    if audio is None:
        return ""
    target, root = audio.resolve(), folder.parent.resolve()
    if not target.is_relative_to(root):
        raise ValueError("the sound file must lie in the output folder")
    return quote(Path(os.path.relpath(target, root / folder.name)).as_posix())


def _write_whole(path: Path, text: str) -> None:
    """Write beside the target, then rename: a reader never meets half a page."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".page-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(text.encode("utf-8", "replace"))
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
