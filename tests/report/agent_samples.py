"""Agents over two months with known figures, for the tests of their pages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from qa_pipeline.core.call import CallOutcome
from qa_pipeline.core.review import AgreedAction
from qa_pipeline.core.score import Fatal, Verdict
from qa_pipeline.core.summary import CallSummary, TalkSummary
from qa_pipeline.insight.overview import Group, Overview, overview
from qa_pipeline.insight.period import Period, parse_period
from qa_pipeline.report.agent.agent_view import AgentView, agent_view
from qa_pipeline.report.links import Links
from qa_pipeline.report.wording import wording
from qa_pipeline.rubric.model import Rubric
from tests.factories import form
from tests.summary_samples import criterion_summary, summary

NOVEMBER = parse_period("2026-11")
MET, PARTLY, MISSED = Verdict.MET, Verdict.PARTLY, Verdict.MISSED
TALK = TalkSummary(120.0, dead_air_s=6.0, units=400, units_s=100.0, questions=4, response_s=0.8, longest_monologue_s=20)


def _line(id: str, title: str, title_en: str, **more: object) -> dict[str, object]:
    check = {"phrases": {"any": ["您好"]}}
    return {"id": id, "title": title, "title_en": title_en, "points": 10, "check": check, **more}


def form_of_three() -> Rubric:
    """Sections opening, needs and closing; ``promise`` is a red line."""
    greet = _line("greet", "礼貌问候", "Greets politely", praise="开口先问候。", praise_en="Greeted first.")
    need = _line("need", "了解需求", "Asks what is needed", advice="先问再推荐。", advice_en="Ask first.")
    promise = _line("promise", "无虚假承诺", "No false promise", fatal=Fatal.CALL, advice="只说合同里的。")
    sections = [
        {"id": "opening", "title": "开场", "title_en": "Opening", "criteria": [greet]},
        {"id": "needs", "title": "需求", "title_en": "Needs", "criteria": [need]},
        {"id": "closing", "title": "收尾", "title_en": "Closing", "criteria": [promise]},
    ]
    return form(*sections, title="电销评分表", title_en="Sales form", pass_percent=60).rubric


def call(
    call_id: str,
    need: Verdict = MET,
    *,
    greet: Verdict = MET,
    promise: Verdict = MET,
    day: str = "2026-11-04",
    agent: str = "A01",
    **more: object,
) -> CallSummary:
    """A call that follows ``form_of_three``."""
    verdicts = [
        criterion_summary("greet", greet, section="opening"),
        criterion_summary("need", need, section="needs", text="您现在最看重的是什么呢？"),
        criterion_summary("promise", promise, section="closing", fatal=Fatal.CALL, text="我保证您一定赚钱。"),
    ]
    made = summary(call_id, verdicts, agent=agent, day=day, **more)  # type: ignore[arg-type]
    return replace(made, talk=TALK, outcome=CallOutcome.DEAL)


def calls(
    tag: str, verdicts: Sequence[Verdict], day: str = "2026-11-04", agent: str = "A01", **more: object
) -> list[CallSummary]:
    """A call per verdict on ``need``."""
    return [
        call(f"{agent}-{tag}{number}", verdict, day=day, agent=agent, **more)  # type: ignore[arg-type]
        for number, verdict in enumerate(verdicts)
    ]


def two_months() -> list[CallSummary]:
    """A01 misses ``need`` in 9 of 12 calls (October: 4 of 10); A02 and A03 of the same team in 2 of 20."""
    own = calls("now", [MISSED] * 9 + [MET] * 3) + calls("old", [MISSED] * 4 + [MET] * 6, "2026-10-07")
    others = [calls("now", [MISSED] + [MET] * 9, agent=other) for other in ("A02", "A03")]
    return own + [one for group in others for one in group]


def world(
    summaries: Iterable[CallSummary], actions: Iterable[AgreedAction] = (), period: Period = NOVEMBER
) -> Overview:
    return overview(summaries, period, actions)


def agent_of(found: Overview, key: str = "A01") -> Group:
    """The agent, or one without any calls."""
    return found.agents.get(key) or Group(key, key)


def view_of(found: Overview, lang: str = "zh", key: str = "A01", out: Path = Path("/nowhere")) -> AgentView:
    return agent_view(agent_of(found, key), found, form_of_three(), Links(out, lang, complete=True), wording(lang))


def action(day: str = "2026-11-01", criterion: str | None = "need", **more: object) -> AgreedAction:
    """Agreed on with A01 under the form of three."""
    return AgreedAction("A01", "test", "推荐前先问两个问题", date.fromisoformat(day), "周组长", criterion, **more)  # type: ignore[arg-type]
