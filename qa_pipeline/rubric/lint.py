"""Mistakes that only show in a rubric as a whole: references, points, settings, criteria that nothing can reach."""

from __future__ import annotations

import glob
import json
from collections.abc import Collection, Iterator
from functools import lru_cache
from itertools import chain
from pathlib import Path

from qa_pipeline.checks.base import Check, walk
from qa_pipeline.checks.criterion_model import CriterionModelParams
from qa_pipeline.checks.model import ModelParams
from qa_pipeline.resources import models_dir
from qa_pipeline.rubric.model import Criterion, Rubric
from qa_pipeline.rubric.parts import Mistake, all_criteria
from qa_pipeline.rubric.points import points
from qa_pipeline.rubric.reach import unreachable
from qa_pipeline.rubric.snippets import SnippetError, parse_snippet
from qa_pipeline.rubric.wording import closest, did_you_mean

__all__ = ["Mistake", "all_criteria", "lint"]


def lint(rubric: Rubric, mentioned: Collection[str] = ()) -> list[Mistake]:
    """All mistakes of the whole. ``mentioned``: words of the file that are not in the rubric, as they made no sense."""
    found = [*_references(rubric, mentioned), *_cycles(rubric), *_models(rubric), *_settings(rubric), *points(rubric)]
    return found + list(unreachable(rubric))


def _references(rubric: Rubric, mentioned: Collection[str]) -> Iterator[Mistake]:
    wanted = set(mentioned)
    for path, check in rubric.checks:
        if check.name == "use" and check.params not in rubric.conditions:
            close = closest(check.params, rubric.conditions)
            # What it was meant to refer to is not unused on top of that.
            wanted.add(close)
            hint = f"did you mean {close}?" if close else "name it under conditions"
            yield path, f"there is no condition {check.params}; {hint}"
    used = _reachable(rubric, wanted | set(chain.from_iterable(_circles(rubric))))
    for name in rubric.conditions:
        if name not in used:
            yield ("conditions", name), "no criterion uses this condition: remove it, or refer to it with use"


def _uses(check: Check) -> Iterator[str]:
    return (inner.params for _, inner in walk(check) if inner.name == "use")


def _reachable(rubric: Rubric, wanted: set[str]) -> set[str]:
    """Conditions that criteria, or words that made no sense, lead to."""
    for _, criterion in all_criteria(rubric):
        for check in filter(None, (criterion.when, criterion.check, criterion.partly)):
            wanted |= set(_uses(check))
    seen: set[str] = set()
    while wanted - seen:
        name = (wanted - seen).pop()
        seen.add(name)
        if name in rubric.conditions:
            wanted |= set(_uses(rubric.conditions[name]))
    return seen


def _cycles(rubric: Rubric) -> Iterator[Mistake]:
    """Conditions that lead back to themselves can never be answered."""
    for circle in _circles(rubric):
        yield ("conditions", circle[0]), f"leads back to itself: {' → '.join(circle)}"


def _circles(rubric: Rubric) -> Iterator[list[str]]:
    """Each circle of references once, from the first of its conditions back to it."""
    named: set[str] = set()
    for start in rubric.conditions:
        circle = _way_back(start, rubric)
        if circle and not named & set(circle):
            yield circle
        named |= set(circle)


def _way_back(start: str, rubric: Rubric) -> list[str]:
    """The shortest way from a condition through others back to it; empty where there is none."""
    ways, seen = [[start]], {start}
    for way in ways:
        for name in _uses(rubric.conditions[way[-1]]):
            if name == start:
                return [*way, start]
            if name in rubric.conditions and name not in seen:
                seen.add(name)
                ways.append([*way, name])
    return []


def _models(rubric: Rubric) -> Iterator[Mistake]:
    """What a trained model is asked for must be something it was trained on."""
    for path, check in rubric.checks:
        params = check.params
        if isinstance(params, CriterionModelParams):
            key, wanted, kind = "criterion", params.criterion, "criteria"
        elif isinstance(params, ModelParams):
            key, wanted, kind = "shows", params.shows, "behaviours"
        else:
            continue
        known = _trained_on(params.model, rubric.language, kind)
        if known and wanted not in known:
            hint = did_you_mean(wanted, known) or f"; it knows {', '.join(sorted(known))}"
            yield (*path, key), f"the model {params.model} does not know {wanted}{hint}"


@lru_cache(maxsize=16)
def _trained_on(model: str, language: str, kind: str) -> frozenset[str]:
    """Names from a model's description, of any language where there is none for this; empty where it is missing."""
    folders = [models_dir() / f"{model}-{language}", *models_dir().glob(f"{glob.escape(model)}-*"), Path(model)]
    for folder in folders if Path(model).name == model else folders[-1:]:
        try:
            return frozenset(map(str, json.loads((folder / "model.json").read_text(encoding="utf-8"))[kind]))
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return frozenset()


def _settings(rubric: Rubric) -> Iterator[Mistake]:
    """Keys of a criterion that need another key, and examples that can never get their verdict."""
    for path, criterion in all_criteria(rubric):
        if "partly_share" in criterion.model_fields_set and criterion.partly is None:
            yield (*path, "partly_share"), "has no effect without partly"
        if criterion.examples.partly and criterion.partly is None:
            yield (*path, "examples", "partly"), "nothing is ever partly met here: there is no partly"
        if criterion.examples.na and criterion.when is None:
            yield (*path, "examples", "na"), "this criterion always applies: there is no when"
        yield from _examples((*path, "examples"), criterion)


def _examples(path: tuple[str | int, ...], criterion: Criterion) -> Iterator[Mistake]:
    first: dict[str, str] = {}
    for expected in type(criterion.examples).model_fields:
        for number, text in enumerate(getattr(criterion.examples, expected)):
            if first.setdefault(text, expected) != expected:
                yield (*path, expected, number), f"stands under {first[text]} too: it can get one verdict only"
            try:
                parse_snippet(text)
            except SnippetError as error:
                yield (*path, expected, number), str(error)
