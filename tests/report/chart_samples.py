"""One chart of each kind with known values, and pages that hold them."""

from __future__ import annotations

from pathlib import Path

from qa_pipeline.report.charts import (
    AbilityAxis,
    Bar,
    ChartView,
    HeatCell,
    MissedCriterion,
    RankedAgent,
    TrendPoint,
    ability_bars,
    ability_radar,
    bars,
    distribution,
    heat_map,
    pareto,
    ranking,
    trend,
)
from qa_pipeline.report.render import content_policy, environment, write_static
from qa_pipeline.report.wording import Wording, wording

ZH = wording("zh")
SERIES = ("本期", "上期", "班组")
LONG = "未介绍犹豫期十五天权利及其起算时间与退保损失"

_PAGE = """<!DOCTYPE html><html lang="zh-CN"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{{ policy }}">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>图表</title><link rel="icon" href="data:,">
<link rel="stylesheet" href="static/report.css"><link rel="stylesheet" href="static/charts.css"></head>
<body>{% import "_chart.html" as charts %}<main><h1>图表</h1>
{% for view in views %}<section>{{ charts.chart(view, t, table_open) }}</section>{% endfor %}
</main></body></html>"""


def points() -> list[TrendPoint]:
    return [
        TrendPoint("第44周", 71.5, 12, 66, 77, 75, 210),
        TrendPoint("第45周", None, 0, team=76, team_n=190),
        TrendPoint("第46周", 78.2, 15, 73.1, 83, 76.4, 201),
        TrendPoint("第47周", 81, 14, 77, 85, 75.9, 198),
    ]


def axes() -> list[AbilityAxis]:
    return [
        AbilityAxis("开场白与身份确认", (82, 75, 78), (12, 10, 210)),
        AbilityAxis("需求挖掘", (55, None, 61), (12, 0, 210)),
        AbilityAxis("异议处理", (48, 52, 55), (9, 8, 160)),
        AbilityAxis("服务态度与合规用语规范要求", (93, 90, 91), (12, 10, 210)),
    ]


def agents() -> list[RankedAgent]:
    return [
        RankedAgent("李四", 66, 12, 60, 72),
        RankedAgent("新人小赵", None, 2),
        RankedAgent("Alexandra Konstantinopoulou", 88, 11, 84, 92),
    ]


def missed(count: int = 12) -> list[MissedCriterion]:
    return [MissedCriterion(f"评分项{i:02d}", count - i, 60) for i in range(count)]


def cells() -> list[list[HeatCell | None]]:
    return [[HeatCell(0.1, 10), None, HeatCell(1.0, 3)], [HeatCell(0.25, 8), HeatCell(0.5, 6), HeatCell(0.0, 9)]]


def stages() -> list[Bar]:
    return [
        Bar("开场", 96, "96%（n=120）", 91, "91%"),
        Bar(LONG, 0, "0%（n=60）", 33, "33%"),
        Bar("促成", None, "—"),
    ]


def every_kind(words: Wording = ZH, name: str = "") -> list[ChartView]:
    """All eight kinds; ``name`` takes the place of one label in each."""
    first = [TrendPoint(name or "第43周", 70, 8, 64, 76, 74, 200)]
    row = [RankedAgent(name or "王五", 75, 9, 70, 80)]
    made = [
        trend(words, name or "平均分走势", [*first, *points()], pass_line=60, team_name=name or "外呼一组"),
        ability_radar(words, "能力雷达图", SERIES, [AbilityAxis(name or "促成", (71, 60, 69)), *axes()]),
        ability_bars(words, "能力对比", SERIES, [AbilityAxis(name or "促成", (71, 60, 69)), *axes()]),
        distribution(words, name or "得分分布", [35, 61, 66, 68, 74, 75, 88, 100], pass_line=60),
        ranking(words, "坐席排名", [*agents(), *row], team_mean=74.2, pass_line=60),
        pareto(words, "共性问题", [MissedCriterion(name or LONG, 20, 60), *missed()]),
        heat_map(words, "坐席 × 评分项", [name or "张三", "李四"], ["核身", name or LONG, "结束语"], cells()),
        bars(
            words,
            "阶段执行率",
            [Bar(name or "需求", 61, name or "61%（n=120）", 70, "70%"), *stages()],
            label_name="阶段",
            value_name="本周",
            maximum=100,
            tick_name="上周",
        ),
    ]
    assert all(made)
    return [view for view in made if view]


def write_page(folder: Path, views: list[ChartView], table_open: bool = False) -> Path:
    """A page with the charts under the policy of all pages."""
    write_static(folder)
    template = environment().from_string(_PAGE)
    page = folder / "charts.html"
    html = template.render(views=views, t=ZH.text, policy=content_policy(""), table_open=table_open)
    page.write_text(html, encoding="utf-8", errors="replace")
    return page
