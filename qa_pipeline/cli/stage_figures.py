"""Figures of acts and stages over labelled calls, as JSON and as a table."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from qa_pipeline.stages.act_figures import ActFigures, count_acts
from qa_pipeline.stages.evaluate import evaluate_stages
from qa_pipeline.stages.tagging import Tagged
from qa_pipeline.transcribe.labelled import LabelledCall


def figures_of(found: Iterable[tuple[LabelledCall, Tagged]]) -> dict[str, Any]:
    """Stage figures, and under ``acts`` those of the calls whose acts are labelled (None: there are none)."""
    judged = list(found)
    acts = ActFigures()
    known = frozenset(act.name for call, _ in judged for of_turn in call.annotations.turn_acts for act in of_turn)
    for call, tagged in judged:
        given = call.annotations.turn_acts
        if given:
            count_acts(acts, call.conversation.turns, given, tagged.acts, tagged.reasons, known)
    pairs = [(call.stages, tagged.stages) for call, tagged in judged]
    return evaluate_stages(pairs).as_dict() | {"acts": acts.as_dict() if acts.calls else None}


def as_json(figures: dict[str, Any]) -> str:
    return json.dumps(figures, ensure_ascii=False, indent=1)


def as_text(figures: dict[str, Any]) -> str:
    acts = figures["acts"]
    lines = [*_rows("stage", figures["per_stage"]), *_values(figures), "", *_confusion(figures["confusion"])]
    if acts:
        lines += ["", *_rows("act", acts["per_act"]), *_rows("objection", acts["per_objection_type"]), *_values(acts)]
    return "\n".join(lines)


def _rows(title: str, rows: dict[str, dict[str, float]]) -> list[str]:
    lines = [f"{title:<26}{'precision':>10}{'recall':>10}{'f1':>10}{'turns':>8}"]
    for name, row in rows.items():
        lines.append(f"{name:<26}{row['precision']:>10.3f}{row['recall']:>10.3f}{row['f1']:>10.3f}{row['n']:>8}")
    return lines


def _values(figures: dict[str, Any]) -> list[str]:
    named = {name: value for name, value in figures.items() if isinstance(value, int | float)}
    return [f"{name}: {value:.3f}" if isinstance(value, float) else f"{name}: {value}" for name, value in named.items()]


def _confusion(confusion: dict[str, dict[str, int]]) -> list[str]:
    lines = [f"{'true, then found':<18}" + "".join(f"{name[:9]:>10}" for name in confusion)]
    return lines + [f"{true:<18}" + "".join(f"{n:>10}" for n in row.values()) for true, row in confusion.items()]
