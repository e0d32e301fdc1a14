"""Charts as data: places and tables from known values, hostile and missing values, the palette's contrast."""

from __future__ import annotations

import json
import re
from html import unescape
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
    labels,
    pareto,
    ranking,
    spark,
    trend,
)
from qa_pipeline.report.wording import wording
from tests.report.chart_samples import LONG, SERIES, ZH, agents, axes, cells, every_kind, missed, points

KINDS = ["trend", "radar", "ability", "distribution", "ranking", "pareto", "heat", "bars"]
HOSTILE = [
    "</text><script>alert(1)</script>",
    "{{7*7}}",
    '=HYPERLINK("http://x.example","x")',
    "../../etc",
    "\u202eabc\u2066",
    "字" * 10_000,
    "x" * 10_000,
    '" onload="alert(1)',
    "\ud800半",
    "datum.x",
]


def texts(view: ChartView) -> list[str]:
    """What is written in the drawing, lines of a label joined."""
    found = re.findall(r"<text[^>]*>(.*?)</text>", view.svg)
    return [unescape(re.sub(r"<[^>]+>", "", text)) for text in found]


def made(view: ChartView | None) -> ChartView:
    assert view is not None
    return view


def paths(view: ChartView, stroke: str) -> list[str]:
    return re.findall(rf'<path d="([^"]+)"[^>]* stroke="var\(--{stroke}\)"', view.svg)


def dots(view: ChartView, fill: str) -> list[tuple[float, float]]:
    found = re.findall(rf'<path transform="translate\(([\d.]+),([\d.]+)\)"[^>]* fill="var\(--{fill}\)"', view.svg)
    return [(float(x), float(y)) for x, y in found]


def widths(view: ChartView, fill: str) -> list[float]:
    """Of bars in a colour, from the top."""
    return [float(w) for w in re.findall(rf'<path d="M[-\d.,]+h([\d.]+)v[^"]*" fill="var\(--{fill}\)"', view.svg)]


def test_there_is_one_chart_of_each_kind() -> None:
    assert [view.kind for view in every_kind()] == KINDS


@pytest.mark.parametrize("view", every_kind(), ids=KINDS)
def test_a_drawing_says_in_words_what_it_shows(view: ChartView) -> None:
    head = view.svg.partition(">")[0]
    assert 'role="img"' in head
    assert unescape(re.findall(r'aria-label="([^"]*)"', head)[0]) == view.description
    assert view.title in view.description
    assert len(view.description) > len(view.title) + 10


@pytest.mark.parametrize("view", every_kind(), ids=KINDS)
def test_a_drawing_needs_nothing_that_the_policy_forbids(view: ChartView) -> None:
    names = set(re.findall(r" ([\w:-]+)=", re.sub(r">[^<]*<", "><", view.svg)))
    assert not names & {"style", "id", "href", "src", "onload", "font-family", "clip-path"}
    assert set(re.findall(r"<(\w+)", view.svg)) <= {"svg", "g", "path", "line", "text", "tspan"}
    colours = set(re.findall(r'(?:fill|stroke)="([^"]+)"', view.svg))
    assert colours and all(colour == "none" or colour.startswith("var(--") for colour in colours)


@pytest.mark.parametrize("name", HOSTILE, ids=lambda name: repr(name[:8]))
def test_hostile_names_are_text(name: str) -> None:
    for view in every_kind(name=name):
        assert "<script" not in view.svg and "onload=" not in re.sub(r'"[^"]*"|>[^<]*<', "", view.svg)
        assert not re.search("[\u202a-\u202e\u2066-\u2069\ud800-\udfff]", view.svg + view.description)
        assert all(labels.em(text) <= 22 for text in texts(view)), view.kind
        assert len(view.description) < 300
        cells_of = [cell for row in (view.table.columns, *view.table.rows) for cell in row]
        assert name in cells_of or view.kind == "distribution"


def test_the_same_values_make_the_same_bytes() -> None:
    assert every_kind() == every_kind()


def test_both_languages_word_every_chart() -> None:
    english = every_kind(wording("en"))
    told = [view.description.replace(view.title, "") for view in english]
    assert all(re.search("[a-z]{4}", text) for text in told)
    assert english[0].table.columns[:4] == ("Period", "Mean score", "Interval", "Calls")


def test_nothing_to_draw_is_none() -> None:
    names = {"label_name": "", "value_name": ""}
    assert trend(ZH, "x", [TrendPoint("第1周", None, 0, team=70)]) is None
    assert trend(ZH, "x", []) is None
    assert ability_bars(ZH, "x", SERIES, [AbilityAxis("a", (None, None, None))]) is None
    assert ability_bars(ZH, "x", SERIES, []) is None
    assert distribution(ZH, "x", []) is None
    assert ranking(ZH, "x", [RankedAgent("张三", None, 1)]) is None
    assert pareto(ZH, "x", [MissedCriterion("a", 0, 9)]) is None
    assert heat_map(ZH, "x", ["张三"], ["a"], [[None]]) is None
    assert bars(ZH, "x", [Bar("a", None, "—")], **names) is None
    assert spark([None, None], "x") is None


# --- trend ------------------------------------------------------------------------------------------------------


def test_a_period_without_calls_breaks_the_line() -> None:
    view = made(trend(ZH, "走势", points(), pass_line=60, team_name="一组"))
    assert len(dots(view, "c1")) == 3 and len(dots(view, "c3")) == 4
    assert [path.count("L") for path in paths(view, "c1")] == [0, 1]  # 第44周 alone, 第46周 to 第47周
    assert [path.count("L") for path in paths(view, "c3")] == [3]
    assert view.table.rows[1] == ("第45周", "—", "—", "0", "76（n=190）")
    assert view.table.rows[2] == ("第46周", "78.2", "73.1–83", "15", "76.4（n=201）")
    assert "从 第44周 71.5 分（n=12） 到 第47周 81 分（n=14）" in view.description


def test_a_point_stands_at_its_value() -> None:
    view = made(trend(ZH, "走势", [TrendPoint("a", 70, 5), TrendPoint("b", 80, 5)], pass_line=60))
    (_, low), (_, high) = dots(view, "c1")
    # The scale goes from 60 to 80, and the plot is 164 high.
    assert (low, high) == (pytest.approx(82), pytest.approx(0))
    assert 'stroke="var(--pass)"' in view.svg and "60" in texts(view)


def test_one_period_is_a_point() -> None:
    view = made(trend(ZH, "走势", [TrendPoint("第47周", 82.5, 3, 70, 92)]))
    assert len(dots(view, "c1")) == 1
    assert not any("L" in path for path in paths(view, "c1"))
    assert "只有一期有数据" in view.description


def test_the_number_of_calls_stands_under_every_point() -> None:
    written = texts(made(trend(ZH, "走势", points())))
    assert [text for text in written if text in {"12", "0", "15", "14"}] == ["12", "0", "15", "14"]


def test_names_of_periods_thin_out_to_the_newest() -> None:
    year = [TrendPoint(f"2026年第{week}周", 70, 5) for week in range(1, 53)]
    shown = [text for text in texts(made(trend(ZH, "走势", year))) if text.startswith("2026年")]
    assert shown[-1] == "2026年第52周"
    weeks = [int(re.findall(r"第(\d+)周", text)[0]) for text in shown]
    assert len({b - a for a, b in pairwise(weeks)}) == 1 and len(weeks) >= 3


# --- ability ----------------------------------------------------------------------------------------------------


def test_a_radar_needs_three_known_axes() -> None:
    assert ability_radar(ZH, "x", SERIES, axes()[:2]) is None
    unknown = [*axes()[:2], AbilityAxis("促成", (None, 60, 70))]
    assert ability_radar(ZH, "x", SERIES, unknown) is None
    assert ability_radar(ZH, "x", SERIES, axes()[:3]) is not None


def test_a_radar_is_broken_at_an_unknown_axis() -> None:
    view = made(ability_radar(ZH, "能力", SERIES, axes()))
    assert len(dots(view, "c1")) == 4 and len(dots(view, "c2")) == 3
    last = paths(view, "c2")
    assert sum(path.count("L") for path in last) == 2 and not any("Z" in path for path in last)
    assert view.table.rows[1] == ("需求挖掘", "55%（n=12）", "—", "61%（n=210）")


def test_a_full_axis_reaches_the_outer_ring() -> None:
    view = made(ability_radar(ZH, "能力", ["本期"], [AbilityAxis(name, (100,)) for name in "abcd"]))
    places = dots(view, "c1")
    assert places[0] == (200, pytest.approx(44))  # straight up from (200, 148), 104 far
    assert places[1] == (pytest.approx(304), 148)


def test_bars_are_as_long_as_their_values() -> None:
    view = made(ability_bars(ZH, "能力", SERIES, axes()))
    first = widths(view, "c1")
    assert [round(width / first[0] * 82) for width in first] == [82, 55, 48, 93]
    assert len(widths(view, "c2")) == 3
    assert "—" in texts(view)
    assert "最高 服务态度与合规用语规范要求 93%，最低 异议处理 48%" in view.description


# --- distribution, ranking, pareto ------------------------------------------------------------------------------


def test_scores_fall_into_bins_of_ten() -> None:
    view = made(distribution(ZH, "分布", [0, 9.9, 10, 59.9, 60, 99, 100, 100], pass_line=60))
    assert [row[1] for row in view.table.rows] == ["2", "1", "0", "0", "0", "1", "1", "0", "0", "3"]
    assert view.table.rows[9] == ("90–100", "3", "38%")
    assert view.table.rows[6][0] == "60–69"
    assert "共 8 通，最低 0 分，最高 100 分，90–100 分最多（3 通）" in view.description


def test_the_ranking_is_sorted_and_small_n_is_only_listed() -> None:
    view = made(ranking(ZH, "排名", agents(), team_mean=74.2, pass_line=60))
    assert [row[0] for row in view.table.rows] == ["Alexandra Konstantinopoulou", "李四", "新人小赵"]
    assert view.table.rows[2] == ("新人小赵", "—", "—", "2")
    assert len(dots(view, "c1")) == 2
    assert not any("小赵" in text for text in texts(view))
    assert [item.text for item in view.legend] == ["平均分", "区间", "班组平均 74.2 分", "及格线 60 分"]


def test_beyond_ten_the_rest_is_one_bar() -> None:
    view = made(pareto(ZH, "共性问题", missed(12)))
    assert len(widths(view, "c1")) == 11
    assert "其他 2 项" in texts(view)
    assert len(view.table.rows) == 12
    assert view.table.rows[0] == ("评分项00", "12", "60", "20%", "15%")  # 12 of 78 misses
    assert view.table.rows[-1][-1] == "100%"
    assert "前 4 项占一半以上" in view.description  # 12 + 11 + 10 + 9 = 42 of 78


# --- heat map, bars, spark --------------------------------------------------------------------------------------


def test_a_cell_says_its_share_and_n() -> None:
    view = made(heat_map(ZH, "热力图", ["张三", "李四"], ["核身", "报价", "结束语"], cells()))
    written = texts(view)
    assert {"10%", "n=10", "100%", "n=3", "0%", "—"} <= set(written)
    assert view.table.rows[0] == ("张三", "10%（n=10）", "—", "100%（n=3）")
    assert "未达成最多的是 张三 的「结束语」，100%（n=3）" in view.description
    assert len(widths(view, "heat-4")) == 1 and len(widths(view, "heat-0")) == 2


def test_a_large_heat_map_is_cut_and_says_so() -> None:
    rows = [f"坐席{i}" for i in range(41)]
    grid: list[list[HeatCell | None]] = [[HeatCell(0.5, 4)] for _ in rows]
    view = made(heat_map(ZH, "热力图", rows, ["核身"], grid, note="本周"))
    assert "坐席39" in texts(view) and "坐席40" not in texts(view)
    assert len(view.table.rows) == 41
    assert view.note.startswith("本周 ") and "40" in view.note


def test_only_a_wide_heat_map_scrolls() -> None:
    assert not made(heat_map(ZH, "x", ["张三"], ["a"], [[HeatCell(0.5, 4)]])).wide
    many = [f"评分项{i}" for i in range(20)]
    assert made(heat_map(ZH, "x", ["张三"], many, [[HeatCell(0.5, 4)] * 20])).wide


def test_bars_have_their_comparison_in_the_table() -> None:
    items = [Bar("开场", 50, "50%（n=20）", 91, "91%"), Bar("促成", None, "—")]
    view = made(bars(ZH, "执行率", items, label_name="阶段", value_name="本周", maximum=100, tick_name="上周"))
    assert view.table.columns == ("阶段", "本周", "上周")
    assert view.table.rows == (("开场", "50%（n=20）", "91%"), ("促成", "—", "—"))
    assert widths(view, "c1")[0] * 2 == pytest.approx(widths(view, "track")[0], abs=0.02)


def test_a_spark_breaks_where_nothing_is_known() -> None:
    line = spark([70, None, 72, 75], '走势 "<b>"')
    assert line is not None
    path = re.findall(r'd="([^"]+)"', line)[0]
    assert path.count("M") == 2 and path.count("L") == 1
    assert 'aria-label="走势 &quot;&lt;b&gt;&quot;"' in line
    assert re.findall(r'cy="([\d.]+)"', spark([70, 80], "x") or "") == ["3.0"]  # the highest value, at the top


# --- labels and colours -----------------------------------------------------------------------------------------


@given(st.text(max_size=60), st.integers(4, 16))
def test_wrapped_lines_fit(text: str, line_em: int) -> None:
    lines = labels.wrapped(text, line_em)
    assert 1 <= len(lines) <= 2
    assert all(labels.em(line) <= line_em + 0.01 for line in lines)


@given(st.text(max_size=60), st.integers(2, 20))
def test_cut_texts_fit(text: str, most_em: int) -> None:
    assert labels.em(labels.cut(text, most_em)) <= most_em + 0.01


def test_labels_are_broken_evenly_and_only_where_words_end() -> None:
    assert labels.wrapped("需求挖掘") == ["需求挖掘"]
    assert labels.wrapped("开场白与身份确认吗") == ["开场白与身", "份确认吗"]
    assert labels.wrapped("Needs discovery") == ["Needs", "discovery"]
    assert labels.wrapped("阿不都热西提·买买提") == ["阿不都热西", "提·买买提"]
    assert labels.wrapped(LONG)[1].endswith("…")
    assert labels.cut("一二三四五六", 4) == "一二三…"


def _luminance(colour: str) -> float:
    digits = colour.lstrip("#")
    digits = "".join(2 * digit for digit in digits) if len(digits) == 3 else digits
    parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    """WCAG 2.2, relative luminance."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _palettes() -> list[dict[str, str]]:
    """The light colours, and the dark ones."""
    folder = Path(__file__).parents[2] / "qa_pipeline/report/static"
    found = []
    for name in ("report.css", "charts.css"):
        light, _, rest = (folder / name).read_text("utf-8").partition("prefers-color-scheme: dark")
        dark = rest.partition("\n}")[0]
        found.append([dict(re.findall(r"--([\w-]+): (#[\da-f]+)", part)) for part in (light, dark)])
    return [{**page, **chart} for page, chart in zip(*found, strict=True)]


@pytest.mark.parametrize("palette", _palettes(), ids=["light", "dark"])
def test_colours_stand_out(palette: dict[str, str]) -> None:
    for name in ("c1", "c2", "c3", "c4", "pass"):
        assert _contrast(palette[name], palette["surface"]) >= 3, name
    for step in range(5):
        assert _contrast(palette[f"heat-{step}"], palette[f"heat-ink-{step}"]) >= 4.5, step


@pytest.mark.parametrize("palette", _palettes(), ids=["light", "dark"])
def test_the_scale_of_the_heat_map_is_told_by_lightness_alone(palette: dict[str, str]) -> None:
    steps = [_luminance(palette[f"heat-{step}"]) for step in range(5)]
    assert steps in (sorted(steps), sorted(steps, reverse=True))
    assert all(_contrast(palette[f"heat-{i}"], palette[f"heat-{i + 1}"]) >= 1.2 for i in range(4))


def test_a_view_is_plain_data() -> None:
    for view in every_kind():
        assert json.loads(json.dumps([view.table.columns, view.table.rows, view.title, view.note], ensure_ascii=False))
