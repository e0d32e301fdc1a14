"""``sheets``: workbooks that people filled in, read back into the store."""

from __future__ import annotations

import json as json_module
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qa_pipeline.cli import options
from qa_pipeline.cli.terminal import say

if TYPE_CHECKING:
    from qa_pipeline.core.review import AgreedAction, Review
    from qa_pipeline.store.database import Store

By = Annotated[
    str | None, typer.Option("--by", help="Who filled the score sheets in; without: whoever saved the file last.")
]


@dataclass
class _Read:
    """What one file holds, and what became of it."""

    path: Path
    reviews: list[Review] = field(default_factory=list)
    actions: list[AgreedAction] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    """Calls that the store does not have."""
    added: int = 0

    @property
    def row(self) -> dict[str, object]:
        """The parts for ``--json``."""
        from qa_pipeline.core.review import ReviewKind

        counts = {kind: sum(review.kind is kind for review in self.reviews) for kind in ReviewKind}
        return {
            "file": str(self.path),
            "changes": counts[ReviewKind.CHANGE],
            "comments": counts[ReviewKind.COMMENT],
            "appeals": counts[ReviewKind.APPEAL],
            "actions": len(self.actions),
            "new": self.added,
            "unknown_calls": self.unknown,
        }


def sheets(
    files: Annotated[list[Path], typer.Argument(help="Score sheets and coaching sheets (.xlsx) that were filled in.")],
    by: By = None,
    store: options.Store = None,
    json: options.Json = False,
) -> int:
    """Read filled-in Excel sheets back: changed verdicts, comments, appeals, agreed actions."""
    from qa_pipeline.cli.stored import open_existing
    from qa_pipeline.config import load_settings

    settings = load_settings({"store": store})
    with open_existing(settings.store) as opened:
        # All files are read and checked before anything of them is stored.
        read = _read_all(dict.fromkeys(files), by or "")
        _find_calls(read, opened)
        _find_agents(read, opened)
        for one in read:
            new = _not_stored(one.reviews, opened)
            one.added = opened.put_reviews(new) + opened.put_actions(one.actions)
    for one in read:
        _tell(one, json)
    return 1 if any(one.unknown for one in read) else 0


def _read_all(files: Iterable[Path], by: str) -> list[_Read]:
    """UserError with the mistakes of all files, a line each."""
    from qa_pipeline.core.errors import UserError

    read, problems = [], []
    for path in files:
        try:
            read.append(_read(path, by))
        except UserError as error:
            problems.append(str(error))
    if problems:
        raise UserError("\n".join(problems))
    return read


def _read(path: Path, by: str) -> _Read:
    from qa_pipeline.core.errors import UserError
    from qa_pipeline.report.text import one_line
    from qa_pipeline.report.workbooks import marker
    from qa_pipeline.report.workbooks.coaching_reading import read_coaching_book
    from qa_pipeline.report.workbooks.reading import OtherKind, read_score_sheet

    try:
        return _Read(path, reviews=read_score_sheet(path, by))
    except OtherKind as other:
        if other.kind == marker.COACHING_BOOK:
            return _Read(path, actions=read_coaching_book(path))
    name = one_line(path.name)
    raise UserError(f"{name}: no sheet to be filled in; give files of the folders sheets/ and coaching/")


def _find_calls(read: Sequence[_Read], store: Store) -> None:
    """Give reviews the ids of their calls: a workbook holds another name where an id could hold a customer's number."""
    from qa_pipeline.report.text import one_line, shown_identifier
    from qa_pipeline.report.workbooks.score_columns import call_key

    known = {call_key(call_id): call_id for call_id in store.call_ids()} if any(one.reviews for one in read) else {}
    for one in read:
        missing = dict.fromkeys(review.call_id for review in one.reviews if review.call_id not in known)
        one.unknown = [shown_identifier(one_line(key)) for key in missing]
        one.reviews = [replace(r, call_id=known[r.call_id]) for r in one.reviews if r.call_id in known]


def _find_agents(read: Sequence[_Read], store: Store) -> None:
    """Give actions the ids of their agents: a workbook holds another name where an id holds a number."""
    from qa_pipeline.core.summary import agent_key
    from qa_pipeline.report.workbooks.coaching_book import agent_key_in_book

    if not any(one.actions for one in read):
        return
    known = (call.metadata for call in store.calls())
    agents = {agent_key(m.agent_id, m.agent_name, m.team) for m in known}
    named = {agent_key_in_book(agent): agent for agent in agents if agent}
    for one in read:
        one.actions = [replace(action, agent=named.get(action.agent, action.agent)) for action in one.actions]


def _not_stored(reviews: Sequence[Review], store: Store) -> list[Review]:
    """Reviews that say something new: a sheet that was saved again says the old things with a new time.

    Comments and appeals are known where the same person said the same of the call; a change where it is the newest of
    its criterion, or where somebody else decided since: an old sheet must not undo that.
    """
    from qa_pipeline.core.review import ReviewKind

    said: set[tuple[object, ...]] = set()
    newest: dict[tuple[object, ...], Review] = {}
    for rubric_id in {review.rubric_id for review in reviews}:
        for stored in store.reviews(rubric_id):
            said.add(_said(stored))
            if stored.kind is ReviewKind.CHANGE:
                newest[_about(stored)] = stored
    return [r for r in reviews if not _is_known(r, said, newest)]


def _is_known(review: Review, said: set[tuple[object, ...]], newest: Mapping[tuple[object, ...], Review]) -> bool:
    from qa_pipeline.core.review import ReviewKind

    if review.kind is not ReviewKind.CHANGE:
        return _said(review) in said
    last = newest.get(_about(review))
    if last is None:
        return False
    return _said(last) == _said(review) or (last.author != review.author and _said(review) in said)


def _about(review: Review) -> tuple[object, ...]:
    return (review.call_id, review.rubric_id, review.criterion_id)


def _said(review: Review) -> tuple[object, ...]:
    return (*_about(review), review.kind, review.author, review.text, review.verdict)


def _tell(one: _Read, json: bool) -> None:
    row = one.row
    if json:
        typer.echo(json_module.dumps(row, ensure_ascii=False))
        return
    names = (("changes", "change"), ("comments", "comment"), ("appeals", "appeal"), ("actions", "agreed action"))
    parts = [f"{row[key]} {name}{'' if row[key] == 1 else 's'}" for key, name in names]
    say([f"{one.path.name}: {', '.join(parts)}; {one.added} new"])
    say((f"{one.path.name}: call {key}: not in this store; check --store" for key in one.unknown), err=True)
