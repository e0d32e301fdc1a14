"""Three agents of two teams in a month with figures that can be counted by hand, and large worlds.

November, 14 calls under ``form_of_three``: A01 (一组) six, of which three miss ``need`` and one crosses the red line;
A02 (一组) six without a fault; A03 (二组) two that miss ``greet`` and ``need``. October: A01 five without a fault.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from qa_pipeline.core.call import CallOutcome
from qa_pipeline.core.review import Review, ReviewKind
from qa_pipeline.core.score import Verdict
from qa_pipeline.core.summary import CallSummary, Clip
from qa_pipeline.insight.overview import Overview
from qa_pipeline.insight.plan import Plan
from qa_pipeline.report.figure_tables import FigureTable
from qa_pipeline.report.links import Links
from qa_pipeline.report.period.period_view import PeriodView, period_view
from qa_pipeline.report.team.team_view import TeamView, team_view
from qa_pipeline.report.values import FailureRow
from qa_pipeline.report.wording import wording
from qa_pipeline.rubric.model import Rubric
from tests.factories import form
from tests.report.agent_samples import MET, MISSED, call, calls, form_of_three, world
from tests.summary_samples import criterion_summary, summary

NO_PLAN, PLAN = Plan(), Plan(per_week=2, per_month=5)
NOWHERE = Path("/nowhere")


def month() -> list[CallSummary]:
    """What the module's text says."""
    red = call("A01-red", promise=MISSED, day="2026-11-05")
    poor = [call(f"A03-{n}", MISSED, greet=MISSED, agent="A03", team="二组", day="2026-11-12") for n in range(2)]
    return [
        *calls("now", [MISSED] * 3 + [MET] * 2),
        red,
        *calls("now", [MET] * 6, "2026-11-11", "A02"),
        *poor,
        *calls("old", [MET] * 5, "2026-10-07"),
    ]


def team_of(
    found: Overview,
    key: str = "",
    lang: str = "zh",
    plan: Plan = PLAN,
    rubric: Rubric | None = None,
    complete: bool = True,
) -> TeamView:
    """``complete``: all pages that it may link to are there."""
    team = found.teams[key] if key else found.everybody
    links = Links(NOWHERE, lang, complete=complete)
    return team_view(team, found, rubric or form_of_three(), links, wording(lang), plan)


def period_of(
    found: Overview,
    reviews: Sequence[Review] = (),
    failures: Sequence[FailureRow] = (),
    lang: str = "zh",
    plan: Plan = PLAN,
    rubric: Rubric | None = None,
    made_at: datetime | None = None,
    complete: bool = True,
) -> PeriodView:
    links, words = Links(NOWHERE, lang, complete=complete), wording(lang)
    return period_view(found, rubric or form_of_three(), reviews, failures, links, words, plan, made_at)


def suspected(call_id: str, **more: object) -> CallSummary:
    """A call in which the program finds a red line."""
    return call(call_id, promise=MISSED, **more)  # type: ignore[arg-type]


def found_by_a_person(call_id: str, **more: object) -> CallSummary:
    """A call in which a person found a red line that the rules had passed over."""
    return confirmed(suspected(call_id, **more), machine_verdict=MET)


def confirmed(made: CallSummary, **more: object) -> CallSummary:
    """A person looked at the red line of a call and let it stand."""
    looked_at = {"by_person": True, **more}
    criteria = tuple(
        replace(c, **looked_at) if c.criterion_id == "promise" else c  # type: ignore[arg-type]
        for c in made.criteria
    )
    return replace(made, criteria=criteria)


def ended_as_complaint(made: CallSummary) -> CallSummary:
    return replace(made, outcome=CallOutcome.COMPLAINT)


def recorded(made: CallSummary) -> CallSummary:
    return replace(made, recording=f"{made.call_id}.wav")


def row(table: FigureTable, first: str) -> list[str]:
    """The texts of the row that begins with a word."""
    return next([cell.text for cell in cells] for cells in table.rows if cells[0].text == first)


def review(
    call_id: str,
    at: str = "2026-11-06",
    kind: ReviewKind = ReviewKind.CHANGE,
    criterion: str | None = "need",
    verdict: Verdict | None = MET,
    author: str = "李质检",
    text: str = "客户已经说了需求",
) -> Review:
    made = datetime.fromisoformat(f"{at}T15:00:00+08:00")
    return Review(call_id, "test", kind, author, made, text, criterion, verdict if kind is ReviewKind.CHANGE else None)


def appeal(call_id: str, at: str = "2026-11-06", criterion: str | None = "need") -> Review:
    return review(call_id, at, ReviewKind.APPEAL, criterion, author="坐席A01", text="我问过了")


def complaining(made: CallSummary, text: str = "我要投诉你们") -> CallSummary:
    return replace(made, complaint=Clip(3, text, 30.0, 34.0))


WIDE_FORM = form(
    *(
        {
            "id": f"s{section}",
            "title": f"第{section}部分：" + "沟通" * 10,
            "criteria": [
                {"id": f"c{section}_{n}", "title": f"第{section}.{n}项 主动说明" + "细则" * 8, "points": 4,
                 "check": {"phrases": {"any": ["您好"]}}}
                for n in range(5)
            ],
        }
        for section in range(5)
    ),
    title="大表",
    pass_percent=60,
).rubric  # fmt: skip


def crowd(agents: int = 40, each: int = 2, name: str = "") -> list[CallSummary]:
    """Many agents under ``WIDE_FORM``; ``name`` is given to agents and teams."""
    made = []
    for agent in range(agents):
        for n in range(each):
            verdicts = [
                criterion_summary(c.id, MISSED if (agent + n + k) % 3 == 0 else MET, section=f"s{k // 5}", limit=4)
                for k, c in enumerate(WIDE_FORM.criteria)
            ]
            one = summary(f"c{agent}-{n}", verdicts, agent=f"A{agent:02}", team=f"{name or '组'}{agent % 4}")
            made.append(replace(one, agent_name=f"{name or '坐席'}{agent}"))
    return made


def hostile(text: str) -> list[CallSummary]:
    """A red line with a complaint in which every field that people write holds the text, and a good call."""
    clip = Clip(1, text, 3.0, 5.0)
    verdicts = [criterion_summary("promise", MISSED, clip=clip, section="closing", fatal=None)]
    verdicts += [criterion_summary("need", MISSED, clip=clip, section=text)]
    bad = summary(text or "x", verdicts, agent=text, team=text)
    red = call("red", promise=MISSED, agent=text, team=text)
    good = call("good", agent="A02", team=text)
    named = [replace(one, agent_name=text) for one in (bad, red, good)]
    return [complaining(one, text) for one in named]


__all__ = ["MET", "MISSED", "NO_PLAN", "PLAN", "WIDE_FORM", "call", "calls", "form_of_three", "world"]
