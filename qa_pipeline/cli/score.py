"""``score``: stored calls under a rubric, without listening again."""

from __future__ import annotations

import json as json_module
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from qa_pipeline.cli import options
from qa_pipeline.cli.terminal import say

if TYPE_CHECKING:
    from qa_pipeline.core.call import Call
    from qa_pipeline.core.score import Scorecard
    from qa_pipeline.rescoring import Change, Rescoring
    from qa_pipeline.store.database import Store


def score_calls(
    rubric: options.Rubric = None,
    store: options.Store = None,
    calls: Annotated[
        str | None, typer.Option(help="Only these: agent=…, team=…, outcome=…, id=…, comma-separated.")
    ] = None,
    simulate: Annotated[bool, typer.Option("--simulate", help="Show who would change; write nothing.")] = False,
    workers: options.Workers = None,
    json: options.Json = False,
) -> int:
    """Score stored calls again; with --simulate only show what would change."""
    from qa_pipeline.cli.published import refuse_changed_version
    from qa_pipeline.cli.stored import open_existing, tell_unreadable
    from qa_pipeline.config import load_settings
    from qa_pipeline.core.errors import UserError
    from qa_pipeline.rescoring import Rescoring
    from qa_pipeline.rubric.loading import load_rubric
    from qa_pipeline.store.database import shown_address

    settings = load_settings({"rubric": rubric, "store": store, "workers": workers})
    loaded = load_rubric(settings.rubric)
    wanted = parse_filter(calls)
    tally: Counter[str] = Counter()
    with open_existing(settings.store) as opened:
        if not simulate:
            refuse_changed_version(opened, loaded)
        for change in _changed(Rescoring(settings, loaded, simulate), opened, opened.call_ids(wanted)):
            if change.after is None:
                opened.pass_over(change.call_id)
                continue
            before, after = change.before, change.after
            changes = _changes(before, after)
            tally.update(["calls", _standing(after), *_why(after)])
            tally.update({"red lines": bool(after.red_lines), "changed": changes})
            if json:
                typer.echo(json_module.dumps(_row(before, after), ensure_ascii=False))
            elif changes or not simulate:
                say([_line(before, after)])
        code = tell_unreadable(opened, wanted.get("id"))
    if not tally and not code:
        raise UserError(
            f"{shown_address(settings.store)}: holds no call"
            + (" that fits --calls" if wanted else "; use run or import")
        )
    if tally and not json:
        say(_summary(tally, simulate=simulate))
    return code


def _changed(work: Rescoring, store: Store, call_ids: Sequence[str]) -> Iterator[Change]:
    """On workers where the settings ask for more than one, with a bar where somebody looks."""
    from qa_pipeline.cli.batch import make_executor
    from qa_pipeline.cli.progress import tracked
    from qa_pipeline.rescoring import score_here, score_on

    alone = work.settings.executor == "local" and work.settings.workers < 2
    found = score_here(work, store, call_ids) if alone else score_on(make_executor(work.settings), work, call_ids)
    with tracked(found, len(call_ids)) as shown:
        yield from shown


def parse_filter(text: str | None) -> dict[str, str]:
    """``agent=A1,team=B`` as a mapping; UserError for an unknown key."""
    from qa_pipeline.core.errors import UserError

    wanted: dict[str, str] = {}
    for part in filter(None, (part.strip() for part in (text or "").split(","))):
        key, equals, value = part.partition("=")
        if not equals or key not in ("agent", "team", "outcome", "id"):
            raise UserError(f"--calls {part}: expected agent=…, team=…, outcome=… or id=…")
        wanted[key] = value
    return wanted


def matches(call: Call, wanted: dict[str, str]) -> bool:
    facts = {
        "id": call.call_id,
        "agent": call.metadata.agent_id,
        "team": call.metadata.team,
        "outcome": call.metadata.outcome,
    }
    return all(facts[key] == value for key, value in wanted.items())


def _row(before: Scorecard | None, after: Scorecard) -> dict[str, Any]:

    return {
        "call_id": after.call_id,
        "percent": after.percent,
        "percent_before": before.percent if before else None,
        "passed": after.passed,
        "unscorable": after.unscorable_codes,
        "red_lines": [outcome.criterion_id for outcome in after.red_lines],
        "criteria": {outcome.criterion_id: outcome.verdict for outcome in after.outcomes},
    }


def _line(before: Scorecard | None, after: Scorecard) -> str:
    from qa_pipeline.language.redaction import mask_identifier

    parts = [mask_identifier(after.call_id), _result_and_why(after), _shown_standing(after)]
    parts += [f"scored {after.scored} of {len(after.outcomes)}", _was(before, after), _red_lines(after)]
    return "  ".join(filter(None, parts))


def _result_and_why(card: Scorecard) -> str:
    from qa_pipeline.cli.unscorable import reasons

    return ": ".join(filter(None, (result(card), reasons(card.unscorable_codes))))


def _why(card: Scorecard) -> list[str]:
    """The first reason why nothing was scored, as it is tallied."""
    from qa_pipeline.report.call.unscorable_view import NOTHING

    return [] if card.scored else [_UNSCORABLE + code for code in (*card.unscorable_codes, NOTHING)[:1]]


def _was(before: Scorecard | None, after: Scorecard) -> str:
    """What the call had before, or the verdicts that changed where it comes to the same."""
    from qa_pipeline.insight.rubric_diff import call_change

    if before is None:
        return ""
    old, new = (", ".join(filter(None, (result(card), _shown_standing(card)))) for card in (before, after))
    if old != new:
        return f"(was {old})"
    moves = call_change("", before, after).verdicts
    return ", ".join(f"{move.criterion} {move.before or 'absent'}→{move.after or 'absent'}" for move in moves)


def _changes(before: Scorecard | None, after: Scorecard) -> bool:
    """Whether points, verdicts, or passing differ; a call that had no score yet gets its first."""
    from qa_pipeline.insight.rubric_diff import call_change

    return before is None or before.points != after.points or call_change("", before, after).changed


def _standing(card: Scorecard) -> str:
    """``passed``, ``failed``, ``not scorable``; ``neither`` without a pass line, or where too little was scored."""
    if not card.scored:
        return "not scorable"
    return {True: "passed", False: "failed", None: "neither"}[card.passed]


def _shown_standing(card: Scorecard) -> str:
    """As it stands in a line, where points or "not scorable" are told already."""
    has_line = card.pass_percent is not None or card.pass_points is not None
    if not card.scored or (card.passed is None and not has_line):
        return ""
    return "too little scored to pass or fail" if card.passed is None else _standing(card)


_UNSCORABLE = "unscorable: "


def _summary(tally: Counter[str], *, simulate: bool) -> Iterator[str]:
    from qa_pipeline.cli.unscorable import by_reason

    if simulate:
        yield f"{tally['changed']} of {tally['calls']} calls change"
    counts = [f"{tally[name]} {name}" for name in ("passed", "failed")]
    counts += [f"{tally['neither']} neither"] if tally["neither"] else []
    why = by_reason((name.removeprefix(_UNSCORABLE), n) for name, n in tally.items() if name.startswith(_UNSCORABLE))
    counts += [f"{tally['red lines']} with red lines", f"{tally['not scorable']} not scorable{why}"]
    yield f"{tally['calls']} calls: {', '.join(counts)}"


def result(card: Scorecard) -> str:
    """``75.0`` percent; for forms that start with points, deduct or add, ``8.5 / 10 points (85.0%)``."""
    if not card.scored:
        return "not scorable"
    percent = "" if card.percent is None else f"{card.percent:.1f}"
    if percent and not _counts_points(card):
        return percent
    possible = f" / {card.points_possible:g}" if card.points_possible > 0 else ""
    return f"{card.points:g}{possible} points" + (f" ({percent}%)" if percent else "")


def _counts_points(card: Scorecard) -> bool:
    """Whether people think of the form in points rather than in percent."""
    starts = [card.frame.start, *(frame.start for frame in card.sections.values())]
    return card.pass_points is not None or any(starts) or any(o.kind != "earned" for o in card.outcomes)


def _red_lines(card: Scorecard) -> str:
    if not card.red_lines:
        return ""
    named = ", ".join(f"{outcome.criterion_id} ({outcome.fatal})" for outcome in card.red_lines)
    return f"red line: {named}; needs human review"
