"""Pages out of view models: Jinja2 with everything escaped, written whole or not at all."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import tempfile
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from qa_pipeline.report.values import PageOptions
from qa_pipeline.report.wording import Wording

_HERE = Path(__file__).parent
_UNSAFE_IN_SCRIPT = {ord(mark): f"\\u{ord(mark):04x}" for mark in "<>&\u2028\u2029"}


def write_page(
    path: Path, template: str, view: object, words: Wording, made: PageOptions, rules: str = "", **more: object
) -> None:
    """Render a view in its language. ``rules``: the page's own style rules, allowed by their hash; ``more``: what the
    template needs beside the view."""
    html = (
        environment()
        .get_template(template)
        .render(
            view=view,
            t=words.text,
            options=made,
            made_at=words.date_time(made.made_at),
            policy=content_policy(rules),
            **more,
        )
    )
    write_whole(path, html)


def write_static(out: Path) -> None:
    """Copy style and scripts to ``out/static``: the folder then stands alone."""
    for path in sorted((_HERE / "static").iterdir()):
        write_whole(out / "static" / path.name, path.read_text(encoding="utf-8"))


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
    made.filters["script_json"] = script_json
    return made


def script_json(value: object) -> Markup:
    """Data for a script, readable as JSON and harmless inside its element. Not Jinja's ``tojson``: that writes each
    Chinese character in six bytes instead of three."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return Markup(text.translate(_UNSAFE_IN_SCRIPT))  # no mark of HTML is left in it


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


def write_whole(path: Path, text: str) -> None:
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
