"""``rubric evaluate``: how far a rubric's verdicts agree with labelled calls."""

from __future__ import annotations

import json as json_module
import math
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from qa_pipeline.cli import options
from qa_pipeline.cli.terminal import say

if TYPE_CHECKING:
    from qa_pipeline.checks.context import Judge
    from qa_pipeline.core.score import Scorecard
    from qa_pipeline.rubric.model import Criterion, LoadedRubric, Rubric
    from qa_pipeline.transcribe.labelled import LabelledCall

#: Name, column title and width of the figures beside each criterion.
_COLUMNS = (("precision", "prec"), ("recall", "rec"), ("f1", "F1"), ("evidence_shared", "evid"))


def evaluate(
    file: Annotated[Path, typer.Argument(help="Labelled calls (JSON Lines) with labels yes, no, na by criterion.")],
    rubric: options.Rubric = None,
    min_kappa: Annotated[
        float | None, typer.Option(min=-1.0, max=1.0, help="Exit code 1 when the mean kappa is below this.")
    ] = None,
    differ: Annotated[
        bool, typer.Option("--differ", help="Also list the calls where label and verdict differ.")
    ] = False,
    json: options.Json = False,
) -> int:
    """Agreement with labels: n, prevalence, precision, recall, F1, Cohen's kappa with interval, confusion."""
    from qa_pipeline.checks.llm_judge import make_judge
    from qa_pipeline.cli.progress import tracked
    from qa_pipeline.config import load_settings
    from qa_pipeline.core.errors import UserError
    from qa_pipeline.insight.agreement import agreement
    from qa_pipeline.rubric.loading import load_rubric
    from qa_pipeline.transcribe.labelled import read_labelled

    if min_kappa is not None and math.isnan(min_kappa):
        raise UserError("--min-kappa: nan is no number; give one from -1 to 1")
    settings = load_settings({"rubric": rubric})
    loaded, judge = load_rubric(settings.rubric), make_judge(settings)
    calls = [call for call in read_labelled(file) if call.labels]
    _refuse_unfit(file, calls, loaded)
    with tracked(calls, len(calls)) as shown:
        figures = agreement((call.labels, call.evidence, card) for call, card in _scored(shown, loaded, judge))
    figures |= {"rubric": loaded.rubric.id, "version": loaded.rubric.version, "sha256": loaded.sha256}
    figures |= _unmatched(calls, loaded)
    if json:
        typer.echo(json_module.dumps(figures, ensure_ascii=False, indent=1))
    else:
        say((table(figures) + (differences(figures) if differ else "")).split("\n"))
    tell_not_asked(judge, loaded.rubric)
    macro = figures["macro_kappa"]
    assert isinstance(macro, float)  # noqa: S101 - there are labels, so there is a mean
    if min_kappa is not None and macro < min_kappa:
        typer.echo(f"mean kappa {macro:.3f} is below {min_kappa:g}", err=True)
        return 1
    return 0


def _refuse_unfit(file: Path, calls: Sequence[LabelledCall], loaded: LoadedRubric) -> None:
    """UserError where nothing could be compared: no labels that fit, or no call in the rubric's language."""
    from qa_pipeline.core.errors import UserError

    rubric = loaded.rubric
    known = {criterion.id for criterion in rubric.criteria}
    fitting = [call for call in calls if known & set(call.labels)]
    if not fitting:
        raise UserError(f"{file}: no call has a label for a criterion of {rubric.id}; label them by criterion id")
    spoken = sorted({call.conversation.language for call in fitting})
    if all(language.split("-")[0] != rubric.language for language in spoken):
        raise UserError(f"{file}: its calls are in {', '.join(spoken)}, {rubric.id} is for {rubric.language}")


def _scored(
    calls: Iterable[LabelledCall], loaded: LoadedRubric, judge: Judge | None
) -> Iterator[tuple[LabelledCall, Scorecard]]:
    from qa_pipeline.scoring import score
    from qa_pipeline.steps import build_imported_call

    for call in calls:
        yield call, score(build_imported_call(call), loaded, judge)


def tell_not_asked(judge: Judge | None, *rubrics: Rubric) -> None:
    """One line on stderr where criteria ask a language model and there is none."""
    asking = set() if judge else {c.id for rubric in rubrics for c in rubric.criteria if _asks_llm(c, rubric)}
    if asking:
        noun = "criterion was" if len(asking) == 1 else "criteria were"
        typer.echo(f"{len(asking)} llm {noun} not asked: llm_url names no language model", err=True)


def _asks_llm(criterion: Criterion, rubric: Rubric) -> bool:
    """Whether any of its checks is ``llm``, also by way of a condition."""
    from qa_pipeline.checks.base import walk

    waiting = [check for check in (criterion.when, criterion.check, criterion.partly) if check]
    used: set[str] = set()
    for check in waiting:
        for _, inner in walk(check):
            if inner.name == "llm":
                return True
            if inner.name == "use" and inner.params not in used:
                used.add(inner.params)
                waiting.append(rubric.conditions[inner.params])
    return False


def _unmatched(calls: Iterable[LabelledCall], loaded: LoadedRubric) -> dict[str, list[str]]:
    """Criteria that no call has a label for, and labels that the rubric has no criterion for."""
    labels = {name for call in calls for name in call.labels}
    known = [criterion.id for criterion in loaded.rubric.criteria]
    return {
        "criteria_without_labels": [name for name in known if name not in labels],
        "labels_without_criterion": sorted(labels - set(known)),
    }


def differences(figures: dict[str, Any]) -> str:
    """The calls to look at, by criterion: what people said, and what the rubric said."""
    from qa_pipeline.language.redaction import mask_identifier

    lines = [
        f"{name}: {mask_identifier(row['call_id'])}: label {row['label']}, verdict {row['answer']}"
        for name, figure in figures["criteria"].items()
        for row in figure["differ"]
    ]
    return "".join(f"\n{line}" for line in lines)


def table(figures: dict[str, Any]) -> str:
    """The figures as text, one line per criterion, the weakest first."""
    titles = "".join(f"{title:>6}" for _, title in _COLUMNS)
    lines = [f"{'criterion':<28}{'n':>5}{'yes':>6}{'kappa':>7}  {'95 %':<13}{titles}   confusion"]
    for name, row in sorted(figures["criteria"].items(), key=lambda item: item[1]["kappa"]):
        interval = f"{row['kappa_low']:.2f}..{row['kappa_high']:.2f}"
        numbers = "".join(f"{_number(row[key]):>6}" for key, _ in _COLUMNS)
        lines.append(
            f"{name:<28}{row['n']:>5}{_number(row['prevalence']):>6}{row['kappa']:>7.2f}  {interval:<13}{numbers}   "
            f"{_confusion(row['confusion'])}"
        )
    low, high = figures["macro_kappa_low"], figures["macro_kappa_high"]
    lines.append(f"{figures['calls']} calls, mean kappa {figures['macro_kappa']:.3f} (95 %: {low:.3f}..{high:.3f})")
    return "\n".join([*lines, *_slips(figures)])


def _slips(figures: dict[str, Any]) -> Iterator[str]:
    """Labels that were meant for a criterion which has none."""
    import difflib

    for name in figures["criteria_without_labels"]:
        close = difflib.get_close_matches(name, figures["labels_without_criterion"], n=1, cutoff=0.8)
        yield f"{name}: no call is labelled" + (f"; is the label {close[0]} meant for it?" if close else "")


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def _confusion(counts: dict[str, dict[str, int]]) -> str:
    """Label: answers that were given, as ``yes: 120 yes 8 no``."""
    parts = []
    for label, answers in counts.items():
        given = " ".join(f"{n} {answer}" for answer, n in answers.items() if n)
        if given:
            parts.append(f"{label}: {given}")
    return "; ".join(parts)
