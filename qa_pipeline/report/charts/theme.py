"""The look that all charts share, and the way from a Vega description to a drawing that can stand in a page.

Places are counted in units of a drawing 400 wide with text of 12: read on a phone at 390 px without zooming, and
enlarged by at most a fifth on a wide screen. Margins come from the texts' own lengths, never from measured fonts,
so that the same values make the same bytes on every machine.
"""

from __future__ import annotations

import re
from html import escape
from typing import Any

from markupsafe import Markup

WIDTH = 400.0
FONT = 12.0
SMALL = 10.0
FIGURE = 11.0
"""Text of the values that stand beside rows."""
NAME_W = 110.0
"""Room for the names of rows: two lines of eight Chinese characters."""
EDGE = 4.0
LINE_HEIGHT = 14.0

INK, MUTED, LINE, SURFACE = "var(--text)", "var(--muted)", "var(--line)", "var(--surface)"
BAND, PASS, TRACK = "var(--band)", "var(--pass)", "var(--track)"

#: Series differ in colour, dash and shape: none is told by its colour alone.
COLOURS = ("var(--c1)", "var(--c2)", "var(--c3)", "var(--c4)")
DASHES: tuple[list[float], ...] = ([], [6, 3], [2, 3], [8, 3, 2, 3])
SHAPES = ("circle", "square", "triangle-up", "diamond")
PASS_DASH: list[float] = [4, 4]

Spec = dict[str, Any]
Margins = tuple[float, float, float, float]
"""Top, right, bottom, left of the plot."""

_HEAD = re.compile(r"<svg [^<>]*>")
_TAG = re.compile(r"<[^<>]+>")
_PAINTS_NOTHING = re.compile(r'<path class="(?:back|fore)ground"[^<>]*/>')
#: What the page does not need: names for other drawing programs, roles within a picture, the font that text inherits.
_IDLE = re.compile(r' (?:class|role|aria-[a-z]+|font-family|pointer-events)="[^"<>]*"| opacity="1"| stroke-width="0"')
_LONG_DECIMALS = re.compile(r"(-?\d+\.\d\d)\d+")

_CONFIG: Spec = {
    "background": None,
    # Looked up fast; what is drawn names no font, so that text has that of the page.
    "font": "sans-serif",
    "view": {"stroke": None},
    "text": {"limit": 0, "baseline": "middle"},
}


def line_look(series: int, width: float = 2) -> Spec:
    dash = {"strokeDash": DASHES[series]} if DASHES[series] else {}
    return {"type": "line", "color": COLOURS[series], "strokeWidth": width, **dash}


def dot_look(series: int, size: float) -> Spec:
    look = {"shape": SHAPES[series], "size": size, "filled": True, "opacity": 1}
    return {"type": "point", "color": COLOURS[series], **look}


def drawn(layers: list[Spec], size: tuple[float, float], margins: Margins, label: str, fixed: bool = False) -> Markup:
    """Layers of Vega-Lite as SVG. ``size``: of the whole drawing; ``label``: what it shows, in words; ``fixed``: a
    unit is a pixel, else the drawing is as wide as its box."""
    import vl_convert  # half a second to load, and many commands draw nothing

    spec = {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "width": size[0] - margins[1] - margins[3],
        "height": size[1] - margins[0] - margins[2],
        "padding": dict(zip(("top", "right", "bottom", "left"), margins, strict=True)),
        "autosize": {"type": "none", "contains": "content"},
        "config": _CONFIG,
        "layer": [layer for layer in layers if layer["data"]["values"]],
    }
    return _framed(vl_convert.vegalite_to_svg(spec, vl_version="6.4", allowed_base_urls=[]), size, label, fixed)


def _framed(svg: str, size: tuple[float, float], label: str, fixed: bool) -> Markup:
    """One picture with a name for those who hear it; the texts in it were escaped by Vega."""
    body = _TAG.sub(_lean, _PAINTS_NOTHING.sub("", _HEAD.sub("", svg, count=1)))
    width = f' width="{size[0]:g}"' if fixed else ""
    box = f'viewBox="0 0 {size[0]:g} {size[1]:g}"{width}'
    head = f'<svg class="chart-svg" {box} role="img" aria-label="{escape(label)}">'
    return Markup(head + body)


def _lean(tag: re.Match[str]) -> str:
    return _LONG_DECIMALS.sub(r"\1", _IDLE.sub("", tag.group()))
