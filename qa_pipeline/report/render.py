"""Pages out of view models: Jinja2 with everything escaped, written whole or not at all."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from html import escape
from pathlib import Path
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from qa_pipeline.report.call.acts_view import ActChip
from qa_pipeline.report.call.call_view import call_view
from qa_pipeline.report.call.quotes import CallTexts
from qa_pipeline.report.index.index_rows import IndexRow
from qa_pipeline.report.index.index_view import index_view
from qa_pipeline.report.names import page_name
from qa_pipeline.report.sound.outline import load_peaks
from qa_pipeline.report.text import Token
from qa_pipeline.report.values import AudioLink, CallResult, FailureRow, PageOptions
from qa_pipeline.report.wording import LANGUAGES, Wording, page_suffix, wording
from qa_pipeline.rubric.model import Rubric

_HERE = Path(__file__).parent
_UNSAFE_IN_SCRIPT = {ord(mark): f"\\u{ord(mark):04x}" for mark in "<>&\u2028\u2029"}
_PLAYER_TEXTS = (
    "play", "pause", "sound_failed", "shown_turns", "hits", "no_hits", "remove", "clear", "query",
)  # fmt: skip


def write_call_page(result: CallResult, out: Path, made: PageOptions) -> Path:
    """Write ``out/calls/<page name>.html`` and ``….en.html``; the Chinese page is returned."""
    folder = out / "calls"
    stem = page_name(result.call.call_id)
    audio, peaks = _audio_address(result.audio, folder), load_peaks(result.audio)
    texts, spoken = CallTexts(result.call), Said()
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
                said=spoken,
            )
        )
        _write_whole(folder / (stem + page_suffix(lang)), html)
    return folder / (stem + page_suffix(LANGUAGES[0]))


def write_index(
    rows: Iterable[IndexRow],
    failures: Sequence[FailureRow],
    out: Path,
    made: PageOptions,
    rubric: Rubric | None = None,
    overviews: Callable[[Wording], Sequence[tuple[str, str]]] = lambda words: (),
) -> Path:
    """Write ``out/index.html`` and ``out/index.en.html``; the Chinese page is returned.

    ``rubric`` is named at the head of the list; ``overviews`` gives label and address of the pages about the whole.
    """
    kept = tuple(rows)
    for lang in LANGUAGES:
        words = wording(lang)
        html = (
            environment()
            .get_template("index.html")
            .render(
                view=index_view(kept, failures, words, made, rubric, overviews(words)),
                t=words.text,
                options=made,
                made_at=words.date_time(made.made_at),
                policy=content_policy(""),
            )
        )
        _write_whole(out / ("index" + page_suffix(lang)), html)
    return out / "index.html"


def write_static(out: Path) -> None:
    """Copy style and scripts to ``out/static``: the folder then stands alone."""
    for path in sorted((_HERE / "static").iterdir()):
        _write_whole(out / "static" / path.name, path.read_text(encoding="utf-8"))


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
    made.filters["chips"] = chips
    made.filters["script_json"] = script_json
    return made


def script_json(value: object) -> Markup:
    """Data for a script, readable as JSON and harmless inside its element. Not Jinja's ``tojson``: that writes each
    Chinese character in six bytes instead of three."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return Markup(text.translate(_UNSAFE_IN_SCRIPT))  # no mark of HTML is left in it


class Said:
    """Turns' tokens as HTML, made once for all languages of a page.

    Not a template, for speed: a long call has 15,000 of them.
    """

    def __init__(self) -> None:
        # With the tokens themselves, so that no others get their id.
        self._made: dict[int, tuple[Sequence[Token], Markup]] = {}

    def __call__(self, tokens: Sequence[Token]) -> Markup:
        if id(tokens) not in self._made:
            self._made[id(tokens)] = tokens, said(tokens)
        return self._made[id(tokens)][1]


def said(tokens: Iterable[Token]) -> Markup:
    """A turn's tokens as HTML."""
    return Markup("".join(map(_token_html, tokens)))  # every text in it was escaped


def _token_html(token: Token) -> str:
    text, kind = escape(token.text), _TOKEN_CLASSES[token.hit, token.unsure]
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


def _audio_address(audio: Path | AudioLink | None, folder: Path) -> str:
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
