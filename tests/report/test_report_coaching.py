"""Coaching notes: what to praise, what to change, what to expect next time, and how somebody said it well."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from qa_pipeline.report.values import ModelWording
from tests.report.long_samples import make_long
from tests.report.samples import PHONE, make_result, make_rubric
from tests.report.test_report_call_page import Page, _pages, _view


def test_no_more_than_three_things_are_said_of_each_kind() -> None:
    score = _view(make_long(55)).score
    assert score
    coaching = score.coaching
    assert (len(coaching.good), len(coaching.change)) == (3, 3)
    # Three criteria have the same advice: it is given once.
    assert [item.text for item in coaching.next_time] == ["先说能省下什么，再说价格。"]


def test_an_expectation_without_advice_speaks_of_the_criterion() -> None:
    form = make_rubric()
    bare = tuple(
        s.model_copy(
            update={"criteria": tuple(c.model_copy(update={"advice": "", "advice_en": ""}) for c in s.criteria)}
        )
        for s in form.sections
    )
    result = make_result(rubric=form.model_copy(update={"sections": bare}))
    for lang, expected in (
        ("zh", ["下次请做到“先讲价值再报价”。", "下次请把“异议先共情再回应”做完整。"]),
        (
            "en",
            ["Next time, please do this: 先讲价值再报价.", "Next time, please do this in full: Shows empathy first."],
        ),
    ):
        score = _view(result, lang).score
        assert score
        assert [item.text for item in score.coaching.next_time] == expected


@pytest.mark.parametrize(
    ("start_s", "turn", "address"),
    [(83.5, 12, "call-009.html#t=83.5"), (None, 12, "call-009.html#t12"), (None, None, "call-009.html")],
)
def test_a_model_wording_stands_under_its_expectation(start_s: float | None, turn: int | None, address: str) -> None:
    model = ModelWording("先帮您算笔账。", "林佳怡", "call-009", start_s, turn)
    score = _view(make_result(wordings={"price": model})).score
    assert score
    first, second = score.coaching.next_time
    assert first.model and second.model is None
    assert (first.model.text, first.model.agent, first.model.page) == ("先帮您算笔账。", "林佳怡", address)


def test_a_model_wording_is_masked_and_leads_to_the_page_of_its_language(tmp_path: Path) -> None:
    model = ModelWording(f"<script>回拨{PHONE}", "<b>林</b>", "a b", 1.0)
    zh, en = _pages(make_result(wordings={"price": model}), tmp_path)
    assert PHONE not in zh and "<script>回拨" not in zh
    assert "优秀话术示例：" in zh
    assert "a%20b.en.html#t=1" in [a["href"] for a in Page(en).all("a")]
    empty = _view(make_result(wordings={"price": replace(model, text=" ")})).score
    assert empty and empty.coaching.next_time[0].model is None
