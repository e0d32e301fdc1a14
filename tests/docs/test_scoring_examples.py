"""Every worked example of docs/scoring.md is computed: form and call give the result that the page shows."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import pytest

from qa_pipeline.core.score import Outcome, PointKind, Scorecard, Subtotal
from qa_pipeline.insight.examples import example_call
from qa_pipeline.rubric.loading import load_rubric
from qa_pipeline.scoring import score
from tests.docs.blocks import DOCS, blocks_of

PASSED = {True: "passed", False: "not passed"}


def examples() -> Iterator[tuple[str, str, str, str]]:
    """(heading, form, call, result) of each worked example."""
    for heading, group in groupby(blocks_of(DOCS / "scoring.md"), key=lambda block: block.heading):
        form, call, result = group
        assert (form.language, call.language, result.language) == ("yaml", "text", "text")
        yield heading, form.text, call.text, result.text


def shown(card: Scorecard) -> str:
    """A scorecard in the words of the page."""
    sections = card.section_ids if len(card.section_ids) > 1 else ()
    lines = [_outcome(outcome) for outcome in card.outcomes]
    lines += [f"[{name}] {_subtotal(card.section(name))}" for name in sections]
    lines.append(f"{_total(card)}; scored {card.scored} of {len(card.outcomes)}; {_passed(card)}")
    lines += [f"critical: {_subtotal(card.critical)}"] if card.critical.criteria else []
    if card.red_lines:
        names = ", ".join(outcome.criterion_id for outcome in card.red_lines)
        lines.append(f"red line: {names}; {card.points_before_red_lines:g} points before it")
    return "\n".join(lines) + "\n"


def _outcome(outcome: Outcome) -> str:
    name = f"{outcome.criterion_id}: {outcome.verdict.value}"
    if outcome.points is None:
        return name
    earned, limit = f"{outcome.points + 0.0:g}", f"{outcome.points_limit:g}"
    if outcome.kind is PointKind.BONUS:
        return f"{name}, +{earned} of +{limit}"
    # 0.0, not -0: nothing was lost.
    return f"{name}, {earned} of " + (f"at most -{limit}" if outcome.kind is PointKind.DEDUCTED else limit)


def _subtotal(part: Subtotal) -> str:
    return f"{part.points:g} of {part.points_possible:g}"


def _total(card: Scorecard) -> str:
    assert card.percent is not None
    return f"{card.points:g} of {card.points_possible:g} points = {round(card.percent, 1):g} %"


def _passed(card: Scorecard) -> str:
    if card.pass_percent is None and card.pass_points is None:
        return "no pass line"
    return "neither passed nor failed" if card.passed is None else PASSED[card.passed]


@pytest.mark.parametrize(("form", "call", "result"), [pytest.param(*rest, id=heading) for heading, *rest in examples()])
def test_the_page_shows_what_the_program_computes(form: str, call: str, result: str, tmp_path: Path) -> None:
    file = tmp_path / "form.yaml"
    file.write_text(form, encoding="utf-8")
    assert shown(score(example_call(call), load_rubric(str(file)))) == result


def test_every_form_of_scoring_has_an_example() -> None:
    page = (DOCS / "scoring.md").read_text(encoding="utf-8")
    keys = ("when:", "partly:", "start:", "deduct:", "cap:", "pass_points:", "floor:", "ceiling:", "weight:", "bonus:")
    keys += ("fatal: section", "fatal: call", "severity: critical", "min_scored_percent:", "pass_percent:")
    forms = "".join(form for _, form, _, _ in examples())
    assert [key for key in keys if key not in forms] == []
    assert len(list(examples())) == page.count("```yaml") >= 9
