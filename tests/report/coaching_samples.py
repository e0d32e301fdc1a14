"""An agent with strengths, weaknesses and agreements, for the tests of the one-to-one sheet."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from qa_pipeline.core.review import AgreedAction
from qa_pipeline.core.score import Verdict
from qa_pipeline.core.summary import CallSummary, Clip
from qa_pipeline.insight.overview import Overview, overview
from qa_pipeline.insight.period import parse_period
from qa_pipeline.report.coaching.coaching_sheet_values import CoachingSheetView
from qa_pipeline.report.coaching.coaching_sheet_view import coaching_sheet_view
from qa_pipeline.report.coaching.write_coaching_sheet import write_coaching_sheet
from qa_pipeline.report.links import Links
from qa_pipeline.report.names import page_name
from qa_pipeline.report.render import write_static
from qa_pipeline.report.values import PageOptions
from qa_pipeline.report.wording import wording
from qa_pipeline.rubric.model import Rubric
from tests.factories import form, line
from tests.summary_samples import criterion_summary, summary

RUBRIC = form(
    {
        "id": "main",
        "title": "过程",
        "criteria": (
            line("greet", title="礼貌问候", title_en="Greets", points=10, praise="开口先问候。"),
            line("confirm_need", title="确认需求", title_en="Confirms the need", points=20, advice="先复述，再推荐。"),
            line("next_step", title="约定下一步", title_en="Agrees a next step", points=10),
        ),
    },
    title="辅导表",
).rubric

PERIOD = parse_period("2026-11")
WEAK = "您就办这个吧，别想那么多了。"
MODEL = "我理解一下，您最怕的是晚上卡，对吗？"


def calls(
    agent: str,
    *,
    missed: int,
    met: int,
    day: str = "2026-11-04",
    team: str = "一组",
    weak: str = WEAK,
    rude: int = 0,
    name: str | None = None,
) -> list[CallSummary]:
    """Calls that confirm the need or not; all but the first ``rude`` ones greet well."""
    verdicts = [Verdict.MISSED] * missed + [Verdict.MET] * met
    more = {} if name is None else {"agent_name": name}
    return [
        summary(
            f"{agent}-{day}-{number}",
            [
                criterion_summary(
                    "greet",
                    Verdict.MISSED if number < rude else Verdict.MET,
                    clip=Clip(0, "您好，我是云桥宽带的小郭。", 1.0, 4.0, 0.95),
                ),
                criterion_summary(
                    "confirm_need",
                    verdict,
                    limit=20.0,
                    clip=Clip(3, MODEL if verdict is Verdict.MET else weak, 41.0, 47.0, 0.9),
                ),
            ],
            agent=agent,
            team=team,
            day=day,
            **more,
        )
        for number, verdict in enumerate(verdicts)
    ]


def usual() -> Overview:
    """A01 misses 12 of 20, the rest of the team 2 of 20, and 8 of the greetings; one agreement that is measured and one
    that is not."""
    actions = [
        AgreedAction("A01", "test", "先复述再推荐", date(2026, 10, 20), "王组长", "confirm_need", date(2026, 11, 20)),
        AgreedAction("A01", "test", "每天听一通录音", date(2026, 11, 1), "王组长"),
        AgreedAction("A02", "test", "别人的约定", date(2026, 11, 1)),
        AgreedAction("A01", "other", "另一张表的约定", date(2026, 11, 1), "", "confirm_need"),
    ]
    found = [
        *calls("A01", missed=12, met=8),
        *calls("A01", missed=18, met=2, day="2026-10-08"),
        *calls("A02", missed=2, met=18, rude=8),
    ]
    return overview(found, PERIOD, actions)


def view_of(
    found: Overview, agent: str = "A01", lang: str = "zh", out: Path = Path("nowhere"), rubric: Rubric = RUBRIC
) -> CoachingSheetView:
    return coaching_sheet_view(found.agents[agent], found, rubric, wording(lang), Links(out, lang, complete=True))


def written(out: Path, found: Overview, agent: str = "A01", rubric: Rubric = RUBRIC) -> Path:
    """The Chinese page of the agent in a report folder that has pages of the calls."""
    write_static(out)
    (out / "calls").mkdir(exist_ok=True)
    for call in found.everybody.calls:
        (out / "calls" / f"{page_name(call.call_id)}.html").write_text("", encoding="utf-8")
    return write_coaching_sheet(found.agents[agent], found, rubric, out, PageOptions(), complete=True)
