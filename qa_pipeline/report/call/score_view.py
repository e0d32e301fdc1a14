"""The scorecard as it is read: totals, what was left out of them, sections, and what to coach."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from qa_pipeline.core.score import Decider, Fatal, Outcome, Scorecard, Subtotal, Verdict
from qa_pipeline.report.call.criterion_view import CriterionView, criterion_view
from qa_pipeline.report.call.quotes import CallTexts
from qa_pipeline.report.text import clean, shown
from qa_pipeline.report.values import ModelWording
from qa_pipeline.report.wording import UNKNOWN, Wording, number, page_suffix, points, signed
from qa_pipeline.rubric.model import Criterion, Rubric

COACHED = 3  # more than a few points are not remembered after a talk


@dataclass(frozen=True)
class SectionView:
    title: str
    points: str
    zeroed: bool
    """A red line of the section was crossed."""
    criteria: tuple[CriterionView, ...]


@dataclass(frozen=True)
class ModelView:
    """A wording to learn from; ``page`` leads to where it is heard, empty where there is no page of it."""

    text: str
    agent: str
    page: str


@dataclass(frozen=True)
class ExpectView:
    """What to do next time: the rubric's advice, else that the criterion be met."""

    anchor: str
    title: str
    text: str
    gain: str
    """The points that it would bring."""
    model: ModelView | None


@dataclass(frozen=True)
class CoachingView:
    """The few things to talk about, in the order in which a leader says them, the weightiest first."""

    good: tuple[CriterionView, ...]
    good_note: str
    """Set where nothing was found that could be praised: ``good`` lists what nothing was found against."""
    change: tuple[CriterionView, ...]
    next_time: tuple[ExpectView, ...]


@dataclass(frozen=True)
class ScoreView:
    points: str
    possible: str
    """Empty where there is nothing to hold the points against."""
    percent: str
    state: str
    """passed, failed, redline, open (no pass line), few (too little scored) or none (nothing could be scored)."""
    state_text: str
    pass_line: str
    start: str
    """Where a deduction form begins; empty for forms that begin at 0."""
    scored: str
    uncounted: tuple[str, ...]
    """Criteria that left the denominator, by why."""
    critical: str
    """The subtotal of the critical criteria; empty where the form has none."""
    review: str
    """Says that a person must look at the call; empty where nobody must."""
    red_line_title: str
    red_lines: tuple[CriterionView, ...]
    red_line_effects: tuple[str, ...]
    sections: tuple[SectionView, ...]
    coaching: CoachingView


def score_view(
    card: Scorecard,
    rubric: Rubric | None,
    texts: CallTexts,
    wording: Wording,
    models: Mapping[str, ModelWording] | None = None,
) -> ScoreView:
    known = criteria_of(rubric)
    views = {
        outcome.criterion_id: criterion_view(outcome, known.get(outcome.criterion_id), number_, texts, wording)
        for number_, outcome in enumerate(card.outcomes)
    }
    state = card_state(card)
    titles = _section_titles(rubric, wording)
    return ScoreView(
        points=points(card.points) if card.scored else UNKNOWN,
        possible=points(card.points_possible) if card.scored and card.points_possible > 0 else "",
        percent=UNKNOWN if card.percent is None else f"{number(card.percent)}%",
        state=state,
        state_text=wording.text(f"state.{state}"),
        pass_line=wording.joined(list(_pass_lines(card, wording))),
        start=wording.text("score.start", points=points(card.frame.start)) if card.frame.start else "",
        scored=wording.text("score.scored", scored=card.scored, total=len(card.outcomes)),
        uncounted=tuple(_uncounted(card, wording)),
        critical=_critical(card, wording),
        review=wording.text("redline.review") if _to_confirm(card) else "",
        red_line_title=_red_line_title(card, wording),
        red_lines=tuple(views[outcome.criterion_id] for outcome in card.red_lines),
        red_line_effects=tuple(_effects(card, titles, wording)),
        sections=_sections(card, titles, views),
        coaching=_coaching(card.outcomes, views, models or {}, wording),
    )


def criteria_of(rubric: Rubric | None) -> dict[str, Criterion]:
    return {c.id: c for s in rubric.sections for c in s.criteria} if rubric else {}


def card_state(card: Scorecard) -> str:
    """One word for the result of a call, the most serious first."""
    if card.red_lines:
        return "redline"
    if not card.scored:
        return "none"
    if card.passed is None:
        return "open" if card.enough_scored else "few"
    return "passed" if card.passed else "failed"


def subtotal_text(subtotal: Subtotal) -> str:
    """``7.5 / 25``; deductions and bonuses without a start stand alone: ``−1.5``, ``+2``."""
    if not subtotal.scored:
        return UNKNOWN
    if subtotal.points_possible > 0:
        return f"{points(subtotal.points)} / {points(subtotal.points_possible)}"
    return signed(subtotal.points)


def _pass_lines(card: Scorecard, wording: Wording) -> Iterator[str]:
    if card.pass_points is not None:
        yield wording.text("score.pass_points", points=points(card.pass_points))
    if card.pass_percent is not None:
        yield wording.text("score.pass_line", percent=number(card.pass_percent))


def _uncounted(card: Scorecard, wording: Wording) -> Iterator[str]:
    """Not applicable by rule and by a reviewer, and not scorable: three things that mean different work."""
    for decider in Decider:
        if count := card.count(Verdict.NOT_APPLICABLE, decided_by=decider):
            yield wording.text(f"score.not_applicable_{decider}", count=count)
    if count := card.count(Verdict.NOT_SCORABLE):
        yield wording.text("score.not_scorable", count=count)


def _critical(card: Scorecard, wording: Wording) -> str:
    return wording.text("score.critical", points=subtotal_text(card.critical)) if card.critical.criteria else ""


def _to_confirm(card: Scorecard) -> bool:
    """Whether a red line waits for a person's word."""
    return any(outcome.decided_by is not Decider.REVIEWER for outcome in card.red_lines)


def _red_line_title(card: Scorecard, wording: Wording) -> str:
    """A rule only reports; it is a person who judges that a red line was crossed."""
    return wording.text("redline.title_open" if _to_confirm(card) else "redline.title") if card.red_lines else ""


def _effects(card: Scorecard, titles: dict[str, str], wording: Wording) -> Iterator[str]:
    """What the crossed red lines bring to zero."""
    if any(outcome.fatal is Fatal.CALL for outcome in card.red_lines):
        before = points(card.points_before_red_lines)
        yield wording.text("redline.call", points=points(card.points), before=before)
    for section_id in _zeroed(card):
        yield wording.text("redline.section", section=titles.get(section_id) or clean(section_id))


def _zeroed(card: Scorecard) -> tuple[str, ...]:
    return tuple(dict.fromkeys(o.section_id for o in card.red_lines if o.fatal is Fatal.SECTION))


def _section_titles(rubric: Rubric | None, wording: Wording) -> dict[str, str]:
    return {s.id: clean(wording.either(s.title, s.title_en)) for s in rubric.sections} if rubric else {}


def _sections(card: Scorecard, titles: dict[str, str], views: dict[str, CriterionView]) -> tuple[SectionView, ...]:
    """Sections in the order of the scorecard; one that the rubric does not know goes by its id."""
    return tuple(
        SectionView(
            title=titles.get(section_id) or clean(section_id),
            points=subtotal_text(card.section(section_id)),
            zeroed=section_id in _zeroed(card),
            criteria=tuple(views[o.criterion_id] for o in card.outcomes if o.section_id == section_id),
        )
        for section_id in card.section_ids
    )


def _coaching(
    outcomes: Sequence[Outcome], views: dict[str, CriterionView], models: Mapping[str, ModelWording], wording: Wording
) -> CoachingView:
    met = [o for o in outcomes if o.verdict is Verdict.MET]
    # sorted() is stable: among equal points the order of the form decides
    shown = [o for o in met if views[o.criterion_id].quotes]
    best = sorted(shown or met, key=lambda o: (not views[o.criterion_id].praise, -o.points_limit))
    worst = sorted((o for o in outcomes if o.lost > 0), key=lambda o: (not o.fatal, -o.lost))[:COACHED]
    return CoachingView(
        good=tuple(views[o.criterion_id] for o in best[:COACHED]),
        good_note=wording.text("coaching.nothing_against") if met and not shown else "",
        change=tuple(views[o.criterion_id] for o in worst),
        next_time=_expected(worst, views, models, wording),
    )


def _expected(
    worst: Sequence[Outcome],
    views: dict[str, CriterionView],
    models: Mapping[str, ModelWording],
    wording: Wording,
) -> tuple[ExpectView, ...]:
    """One expectation per thing to change; the same advice for several of them is said once."""
    found: dict[str, ExpectView] = {}
    for outcome in worst:
        view = views[outcome.criterion_id]
        text = view.advice or wording.text(f"coaching.expect.{outcome.verdict}", title=view.title)
        # What a red line costs is the call or the section, not its few points.
        fatal = f"coaching.fatal.{outcome.fatal}" if outcome.fatal and outcome.verdict is Verdict.MISSED else ""
        gain = wording.text(fatal) if fatal else wording.text("coaching.gain", points=points(outcome.lost))
        model = _model(models.get(outcome.criterion_id), wording)
        found.setdefault(text, ExpectView(view.anchor, view.title, text, gain, model))
    return tuple(found.values())


def _model(model: ModelWording | None, wording: Wording) -> ModelView | None:
    if model is None or not model.text.strip():
        return None
    place = f"#t={model.start_s:g}" if model.start_s is not None else "" if model.turn is None else f"#t{model.turn}"
    page = quote(model.page + page_suffix(wording.lang)) + place if model.page else ""
    return ModelView(shown(model.text).strip(), shown(model.agent).strip(), page)
