"""``rubric diff``: what publishing another version of a rubric would change on stored or labelled calls."""

from __future__ import annotations

import json as json_module
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qa_pipeline.cli import options
from qa_pipeline.cli.terminal import say

if TYPE_CHECKING:
    from qa_pipeline.checks.context import Judge
    from qa_pipeline.config import Settings
    from qa_pipeline.core.call import Call
    from qa_pipeline.insight.rubric_diff import AgentChange, CallChange, RubricDiff, Standing
    from qa_pipeline.rubric.model import LoadedRubric

#: Calls listed on the terminal before the rest is only counted; --json lists all.
MAX_LISTED = 30


def diff(
    before: Annotated[str, typer.Argument(help="Rubric file or id: the version in force.")],
    after: Annotated[str, typer.Argument(help="Rubric file or id: the version to be published.")],
    calls: Annotated[
        str | None,
        typer.Option(help="A file of calls (JSON Lines), or a filter of stored ones: agent=…, team=…, outcome=…, id=…"),
    ] = None,
    store: options.Store = None,
    json: options.Json = False,
) -> int:
    """Which calls, agents and criteria would change, and by how much; nothing is stored."""
    from qa_pipeline.cli.progress import tracked
    from qa_pipeline.cli.rubric_evaluate import tell_not_asked
    from qa_pipeline.config import load_settings
    from qa_pipeline.core.errors import UserError
    from qa_pipeline.insight.rubric_diff import rubric_diff
    from qa_pipeline.rubric.loading import load_rubric

    settings = load_settings({"store": store})
    old, new = load_rubric(before), load_rubric(after)
    _refuse_other_language(old, new)
    with _source(calls, settings) as source, tracked(source.calls, source.total) as shown:
        found = rubric_diff(shown, old, new, source.judge)
        code = source.tell_unreadable()
    if not found.calls and not code:
        raise UserError(f"{source.name}: no call to compare; use run or import first, or name a file of calls")
    if json:
        typer.echo(json_module.dumps(found.as_dict(), ensure_ascii=False))
    else:
        say(_lines(found))
    tell_not_asked(source.judge, old.rubric, new.rubric)
    return code


def _refuse_other_language(old: LoadedRubric, new: LoadedRubric) -> None:
    from qa_pipeline.core.errors import UserError

    if old.rubric.language != new.rubric.language:
        raise UserError(
            f"{new.path}: is for calls in {new.rubric.language}, {old.path} for {old.rubric.language}: "
            "no call can be scored by both; name two rubrics of one language"
        )


@dataclass(frozen=True, slots=True)
class _Source:
    """Calls to compare; ``total`` is at least as many as there are."""

    name: str
    calls: Iterable[Call]
    total: int
    judge: Judge | None
    tell_unreadable: Callable[[], int] = lambda: 0
    """Once the calls are read: a line for each that could not be, and the exit code that this makes."""


@contextmanager
def _source(wanted: str | None, settings: Settings) -> Iterator[_Source]:
    """Calls of a file, or those of the store that fit a filter."""
    from qa_pipeline.checks.llm_judge import MemoryAnswers, make_judge
    from qa_pipeline.cli.score import matches, parse_filter
    from qa_pipeline.cli.stored import open_existing, tell_unreadable
    from qa_pipeline.steps import build_imported_call
    from qa_pipeline.transcribe.labelled import read_labelled

    if wanted and ("=" not in wanted or Path(wanted).is_file()):
        labelled = read_labelled(Path(wanted))
        yield _Source(wanted, map(build_imported_call, labelled), len(labelled), make_judge(settings))
        return
    fits = parse_filter(wanted)
    with open_existing(settings.store) as opened:
        calls = (call for call in opened.calls() if matches(call, fits))
        # It may read what a language model said before, and writes nothing.
        judge = make_judge(settings, MemoryAnswers(opened))
        name = f"--calls {wanted}" if wanted else "the store"
        unreadable = partial(tell_unreadable, opened, fits.get("id"))
        yield _Source(name, calls, len(opened.call_ids()), judge, unreadable)


def _lines(found: RubricDiff) -> Iterator[str]:
    yield f"{len(found.changed)} of {found.calls} calls change"
    yield from map(_call_line, found.changed[:MAX_LISTED])
    if len(found.changed) > MAX_LISTED:
        yield f"  … and {len(found.changed) - MAX_LISTED} more (--json lists all)"
    if found.criteria:
        yield "by criterion"
    for name, counter in found.criteria.items():
        moves = ", ".join(f"{old or 'absent'} → {new or 'absent'}: {n}" for (old, new), n in counter.most_common())
        yield f"  {name}: {moves}"
    named = {name: agent for name, agent in found.agents.items() if name}
    if named:
        yield "by agent"
    yield from (_agent_line(name, agent) for name, agent in sorted(named.items()))


def _call_line(change: CallChange) -> str:
    from qa_pipeline.language.redaction import mask_identifier

    moves = [f"{v.criterion} {v.before or 'absent'}→{v.after or 'absent'}" for v in change.verdicts]
    verdicts = "  " + ", ".join(moves) if moves else ""
    return f"  {mask_identifier(change.call_id)}  {_shown(change.before)} → {_shown(change.after)}{verdicts}"


def _shown(standing: Standing) -> str:
    mark = {True: " pass", False: " fail", None: ""}[standing.passed]
    return ("not scorable" if standing.percent is None else f"{standing.percent:.1f}") + mark


def _agent_line(name: str, agent: AgentChange) -> str:
    mean = agent.mean_percent_change
    shown = "-" if mean is None else f"{mean:+.1f} points (n={agent.comparable})"
    return f"  {name}: {shown}, newly passed {agent.newly_passed}, newly failed {agent.newly_failed}"
