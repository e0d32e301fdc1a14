"""``explain``: why a criterion got its verdict, check by check."""

from __future__ import annotations

import json as json_module
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, Any

import typer

from qa_pipeline.cli import options
from qa_pipeline.cli.terminal import say

if TYPE_CHECKING:
    from qa_pipeline.checks.context import Judge
    from qa_pipeline.core.call import Call
    from qa_pipeline.report.call.explain_view import CheckView, ExplainView, PassageView
    from qa_pipeline.report.wording import Wording
    from qa_pipeline.rubric.model import Criterion, LoadedRubric
    from qa_pipeline.store.database import Store

#: Checks that only join others: what they found is shown below them.
_JOINING = frozenset({"all", "any", "not", "at_least", "use"})
_MARKS = {"holds": "✓", "fails": "✗", "unknown": "?"}
_INDENT = "  "


class Lang(StrEnum):
    """The language of the explanation."""

    ZH = "zh"
    EN = "en"


def explain(
    call_id: Annotated[str, typer.Argument(metavar="CALL", help="Id of a stored call.")],
    criterion_id: Annotated[str, typer.Argument(metavar="CRITERION", help="Id of a criterion of the rubric.")],
    rubric: options.Rubric = None,
    store: options.Store = None,
    lang: Annotated[Lang, typer.Option(help="Language of the explanation.")] = Lang.ZH,
    json: options.Json = False,
) -> int:
    """Show why a stored call gets its verdict: windows, hits, near candidates, thresholds."""
    from dataclasses import asdict

    from qa_pipeline.checks.llm_judge import MemoryAnswers, make_judge
    from qa_pipeline.cli.published import changed_version
    from qa_pipeline.cli.stored import open_existing
    from qa_pipeline.config import load_settings
    from qa_pipeline.report.wording import wording
    from qa_pipeline.rubric.loading import load_rubric

    settings = load_settings({"rubric": rubric, "store": store})
    loaded = load_rubric(settings.rubric)
    criterion = _criterion(loaded, criterion_id)
    words = wording(lang.value)
    with open_existing(settings.store) as opened:
        call = _call(opened, call_id)
        changed = changed_version(opened, loaded)
        if changed:  # an unpublished draft may be explained, but not taken for what was published
            say([f"note: {changed}"], err=True)
        # Like a simulation, it may read what a language model said before, and writes nothing.
        view = _explained(call, criterion.id, loaded, words, make_judge(settings, MemoryAnswers(opened)))
    if json:
        typer.echo(json_module.dumps(asdict(view), ensure_ascii=False))
    else:
        say(lines(view, words))
    return 0


def _criterion(loaded: LoadedRubric, criterion_id: str) -> Criterion:
    from qa_pipeline.core.errors import UserError

    try:
        return loaded.rubric.criterion(criterion_id)
    except KeyError:
        known = [criterion.id for criterion in loaded.rubric.criteria]
        hint = _close(criterion_id, known) or f"it has: {', '.join(known)}"
        raise UserError(
            f"explain: rubric {loaded.rubric.id} has no criterion {_one_line(criterion_id)}; {hint}"
        ) from None


def _call(store: Store, call_id: str) -> Call:
    from qa_pipeline.core.errors import UserError

    found = store.call(call_id)
    if found is None:
        known = store.call_ids()
        hint = _close(call_id, known) or ("take an id from the index" if known else "none is stored: use run or import")
        raise UserError(f"explain: no call {_one_line(call_id)} is stored; {hint}")
    return found


def _close(wanted: str, known: Sequence[str]) -> str:
    import difflib

    close = difflib.get_close_matches(wanted, known, n=1)
    return f"did you mean {_one_line(close[0])}?" if close else ""


def _one_line(text: str) -> str:
    from qa_pipeline.report.text import shown_identifier

    return " ".join(shown_identifier(text).split())


def _explained(call: Call, criterion_id: str, loaded: LoadedRubric, words: Wording, judge: Judge | None) -> ExplainView:
    from qa_pipeline.checks.context import Context
    from qa_pipeline.report.call.explain_view import explain_view
    from qa_pipeline.scoring import score

    outcomes = {outcome.criterion_id: outcome for outcome in score(call, loaded, judge).outcomes}
    context = Context(call, loaded.rubric.conditions, judge, loaded.rubric.min_confidence)
    return explain_view(outcomes[criterion_id], loaded.rubric, context, words)


def lines(view: ExplainView, words: Wording) -> Iterator[str]:
    """The explanation as text for a terminal."""
    yield f"{view.call_id} · {view.rubric} {view.rubric_version} · {view.criterion} · {view.title}"
    yield words.text("explain.verdict", verdict=view.verdict_text, points=view.points_text)
    yield words.text("explain.reason", reason=view.reason_text)
    if view.when:
        yield ""
        yield from _check_lines(view.when, 0, words)
    yield ""
    if not view.asked:
        yield words.text("explain.not_asked")
    yield from _check_lines(view.check, 0, words)
    if view.partly:
        yield ""
        yield from _check_lines(view.partly, 0, words)
    yield from _turn_lines(view, words)


def _check_lines(view: CheckView, depth: int, words: Wording) -> Iterator[str]:
    pad = _INDENT * depth
    place = f"{view.place} · " if view.place else ""
    yield f"{pad}{_MARKS[view.state]} {place}{view.name} ({view.title}): {view.state_text} — {view.reason_text}"
    inner = pad + _INDENT
    if shown := _params(view.params):
        yield inner + words.text("explain.params", params=shown)
    if view.name not in _JOINING:
        if view.window:
            numbers = _ranges(view.window.turns)
            yield inner + words.text("explain.window", window=view.window.text, turns=numbers)
        for hit in view.hits:
            yield inner + words.text(_hit_key(view), passage=_passage(hit, words))
        if view.nearest:
            yield inner + words.text("explain.nearest", passage=_passage(view.nearest, words, near=True))
    for part in view.parts:
        yield from _check_lines(part, depth + 1, words)


def _hit_key(view: CheckView) -> str:
    """What ``within`` found nothing close to is no hit of what was looked for."""
    return "explain.anchor" if view.reason in ("within_turns_missed", "within_seconds_missed") else "explain.hit"


def _passage(view: PassageView, words: Wording, *, near: bool = False) -> str:
    place = " ".join(part for part in (f"#{view.turn}", view.time, view.speaker) if part)
    said = f" “{view.text}”" if view.text else ""
    facts = list(_facts(view, words, near=near))
    return place + said + (f" — {words.text('explain.separator').join(facts)}" if facts else "")


def _facts(view: PassageView, words: Wording, *, near: bool) -> Iterator[str]:
    """What was looked for, how it was found, and how close or sure that is."""
    measured = view.how in ("time", "voice")
    if view.matched and view.how == "model":
        yield words.text("evidence.cue", cue=view.matched)
    elif view.matched:
        yield words.text("explain.measured" if measured else "explain.matched", matched=view.matched)
    if view.how_text and not measured:
        yield view.how_text
    if view.similarity is not None:
        kind = "explain.certainty" if view.how in ("act", "model", "llm") else "explain.similarity"
        yield words.text(kind, value=f"{view.similarity:g}")
    if near and view.distance is not None:
        yield words.text("explain.distance", value=f"{view.distance:g}")


def _params(params: Any) -> str:
    """``name=value``; switches that are off are not worth a word."""
    return ", ".join(f"{name}={_value(value)}" for name, value in params.items() if value is not False)


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return f"{{{_params(value)}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, bool):
        return "true"
    return f"{value:g}" if isinstance(value, float) else " ".join(str(value).split())


def _ranges(turns: Iterable[int]) -> str:
    """``#0–#4, #7``: the turns of a window, neighbours joined."""
    numbers = sorted(set(turns))
    breaks = [index for index, (a, b) in enumerate(pairwise(numbers), 1) if b != a + 1]
    groups = [numbers[a:b] for a, b in pairwise([0, *breaks, len(numbers)])]
    return ", ".join(f"#{g[0]}" if len(g) == 1 else f"#{g[0]}–#{g[-1]}" for g in groups if g)


def _turn_lines(view: ExplainView, words: Wording) -> Iterator[str]:
    if not view.turns:
        return
    yield ""
    yield words.text("explain.turns")
    for turn in view.turns:
        place = " ".join(part for part in (f"#{turn.turn}", turn.time, turn.speaker) if part)
        yield f"{_INDENT}{place}: {turn.text}"
        for form, text in turn.normal.items():
            yield _INDENT * 2 + words.text(f"explain.{form}", text=text)
