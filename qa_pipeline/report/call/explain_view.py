"""Why a verdict was given, as plain data: each check of a criterion with what it looked at and what it found there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from pydantic import BaseModel

from qa_pipeline.checks.base import Check, nested_checks
from qa_pipeline.checks.context import Context
from qa_pipeline.checks.finding import Finding, State
from qa_pipeline.core.score import Evidence, Outcome, Quote, Verdict
from qa_pipeline.language.normalise import Form, normalise
from qa_pipeline.report.call.compared import with_norm
from qa_pipeline.report.call.criterion_view import criterion_title, limit_text, points_text, reason_text
from qa_pipeline.report.call.quotes import CallTexts, quote_view, searched_view
from qa_pipeline.report.text import clean, shown_identifier
from qa_pipeline.report.wording import Wording, clock_tenths
from qa_pipeline.rubric.model import Rubric
from qa_pipeline.scorable import CODES


@dataclass(frozen=True)
class PassageView:
    """A hit or a near candidate. ``turn`` counts from 0, as evidence in labelled calls does."""

    turn: int
    start_s: float | None
    end_s: float | None
    time: str
    speaker: str
    text: str
    matched: str
    how: str
    how_text: str
    similarity: float | None
    distance: float | None


@dataclass(frozen=True)
class WindowView:
    text: str
    turns: tuple[int, ...]
    start_s: float | None
    end_s: float | None


@dataclass(frozen=True)
class CheckView:
    place: str
    """Where it stands in the rubric, from its parent: ``check``, ``[0]``, ``after.check``, a condition's name;
    empty where nothing lies between, as under ``not``."""
    name: str
    title: str
    state: str
    state_text: str
    reason: str
    reason_text: str
    params: Mapping[str, Any]
    """Parameters with their defaults; nested checks are among the parts."""
    window: WindowView | None
    hits: tuple[PassageView, ...]
    nearest: PassageView | None
    parts: tuple[CheckView, ...]


@dataclass(frozen=True)
class SpokenTurn:
    turn: int
    time: str
    speaker: str
    text: str
    normal: Mapping[str, str]
    """The turn in the normal forms in which checks compare it."""


@dataclass(frozen=True)
class ExplainView:
    call_id: str
    rubric: str
    rubric_version: str
    criterion: str
    title: str
    verdict: str
    verdict_text: str
    points: float | None
    points_limit: float
    kind: str
    """earned, deducted or bonus."""
    points_text: str
    reason: str
    reason_text: str
    asked: bool
    """False where the verdict was given without asking ``check``."""
    when: CheckView | None
    check: CheckView
    partly: CheckView | None
    turns: tuple[SpokenTurn, ...]


def explain_view(outcome: Outcome, rubric: Rubric, context: Context, wording: Wording) -> ExplainView:
    """``context``: the call under the rubric; every check of the criterion is asked in it, decisive or not."""
    criterion = rubric.criterion(outcome.criterion_id)
    wording = wording.about(context.call.conversation.language, wording.team)
    maker = _Maker(context, CallTexts(context.call), wording)
    views = {
        key: maker.check(key, check)
        for key, check in (("when", criterion.when), ("check", criterion.check), ("partly", criterion.partly))
        if check is not None
    }
    return ExplainView(
        call_id=shown_identifier(context.call.call_id),
        rubric=rubric.id,
        rubric_version=rubric.version,
        criterion=criterion.id,
        title=criterion_title(criterion.id, criterion, wording),
        verdict=outcome.verdict.value,
        verdict_text=wording.text(f"verdict.{outcome.verdict}"),
        points=outcome.points,
        points_limit=outcome.points_limit,
        kind=outcome.kind.value,
        points_text=" ".join(filter(None, (points_text(outcome), limit_text(outcome, wording)))),
        reason=outcome.reason.code,
        reason_text=reason_text(outcome, criterion, wording),
        asked=_is_asked(outcome, views.get("when")),
        when=views.get("when"),
        check=views["check"],
        partly=views.get("partly"),
        turns=tuple(maker.turns(views.values())),
    )


def _is_asked(outcome: Outcome, when: CheckView | None) -> bool:
    blocked = outcome.verdict is Verdict.NOT_SCORABLE and outcome.reason.code in CODES
    return not blocked and (when is None or when.state == State.HOLDS)


@dataclass(frozen=True)
class _Maker:
    context: Context
    texts: CallTexts
    wording: Wording

    def check(self, place: str, check: Check) -> CheckView:
        """One check with all inside it; the conditions that it refers to are parts as well."""
        found = self.context.ask(check)
        evidence = found.evidence
        how = evidence.hits[0].how if evidence.hits else None
        return CheckView(
            place=place,
            name=check.name,
            title=self.wording.word("check", check.name),
            state=found.state.value,
            state_text=self.wording.text(f"explain.{found.state}"),
            reason=found.reason.code,
            reason_text=with_norm(self.wording.reason(found.reason, how), found.reason, (check,), self.wording),
            params=_plain(check.params) if isinstance(check.params, BaseModel) else {},
            window=self._window(evidence),
            hits=tuple(view for hit in evidence.hits if (view := self._passage(hit))),
            nearest=self._nearest(found),
            parts=tuple(self.check(*part) for part in self._parts(check)),
        )

    def _nearest(self, found: Finding) -> PassageView | None:
        """What came close; where the check holds, that could only be a part's own."""
        nearest = found.evidence.nearest
        return self._passage(nearest, near=True) if nearest and found.state is not State.HOLDS else None

    def _parts(self, check: Check) -> Iterator[tuple[str, Check]]:
        if check.name == "use":
            yield check.params, self.context.conditions[check.params]
        for path, nested in nested_checks(check.params):
            yield _place(path), nested

    def _window(self, evidence: Evidence) -> WindowView | None:
        found = searched_view(evidence, self.texts, self.wording)
        span = evidence.searched_span
        times = (span.start_s, span.end_s) if span else (None, None)
        return WindowView(found.text, evidence.searched, *times) if found else None

    def _passage(self, quote: Quote, near: bool = False) -> PassageView | None:
        view, span = quote_view(quote, self.texts, self.wording, near), self.texts.span(quote)
        if view is None:
            return None
        return PassageView(
            turn=quote.turn,
            start_s=round(span.start_s, 2) if span else None,
            end_s=round(span.end_s, 2) if span else None,
            time=view.time,
            speaker=view.speaker,
            text=view.text,
            matched=view.matched,
            how=quote.how.value if quote.how else "",
            how_text=self.wording.text(f"how.{quote.how}") if quote.how else "",
            similarity=_rounded(quote.similarity),
            distance=_rounded(quote.distance),
        )

    def turns(self, views: Iterable[CheckView]) -> Iterator[SpokenTurn]:
        """The turns that were hit or came nearest, each once, with the forms in which they were compared."""
        forms: dict[int, set[Form]] = {}
        for view in (inner for outer in views for inner in _walk(outer)):
            for passage in (*view.hits, *((view.nearest,) if view.nearest else ())):
                forms.setdefault(passage.turn, {Form.NUMBERS}).update(_forms(view))
        for index in sorted(forms):
            turn, shown = self.context.call.turns[index], self.texts.shown[index]
            yield SpokenTurn(
                turn=index,
                time=clock_tenths(turn.span.start_s) if turn.span else "",
                speaker=self.wording.text(f"role.{turn.role}"),
                text=" ".join(shown.slice(0, len(shown.text)).split()),
                normal={form.value: shown.normal(normalise(turn.text, form)) for form in sorted(forms[index])},
            )


def _walk(view: CheckView) -> Iterator[CheckView]:
    yield view
    for part in view.parts:
        yield from _walk(part)


def _forms(view: CheckView) -> set[Form]:
    """The normal form that a check compares in, where it is not the usual one."""
    form = view.params.get("form", Form.PLAIN.value if view.name == "question" else None)
    return {Form(form)} if form else set()


def _place(path: tuple[str | int, ...]) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).lstrip(".")


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)


def _plain(value: object) -> Any:
    """Parameters as plain values; checks inside them, and what is not given, are left out."""
    if isinstance(value, BaseModel):
        fields = {info.alias or name: getattr(value, name) for name, info in type(value).model_fields.items()}
        return {name: _plain(part) for name, part in fields.items() if _is_given(part)}
    if isinstance(value, tuple):
        return [_plain(part) for part in value]
    if isinstance(value, Enum):
        return value.value
    # The rubric's own words are nobody's number: masked, a pattern such as [一二三四五六七八九]百 could not be read.
    return clean(value) if isinstance(value, str) else value


def _is_given(value: object) -> bool:
    holds_checks = isinstance(value, tuple) and any(isinstance(part, Check) for part in value)
    return value is not None and value != () and not isinstance(value, Check) and not holds_checks
