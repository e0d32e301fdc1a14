"""What a rubric file may say, as pydantic models."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from qa_pipeline.checks.base import Check, CheckParams, walk
from qa_pipeline.core.score import Fatal, PointKind, Severity
from qa_pipeline.rubric.recording_limits import RecordingLimits

#: Ids stand in file names, URLs and tables, so they are kept plain.
ID_PATTERN = r"^[a-z][a-z0-9_-]{0,63}$"

Id = Annotated[str, Field(pattern=ID_PATTERN)]
Examples = Annotated[tuple[Annotated[str, Field(min_length=1)], ...], Field(strict=False)]


class Deduction(CheckParams):
    """Points that a finding costs."""

    points: float = Field(gt=0, le=1000, description="points lost")
    per: Literal["call", "hit"] = Field("call", description="once per call, or for each hit")
    cap: float | None = Field(None, gt=0, le=1000, description="with per: hit, the most that can be lost")

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        if (self.per == "hit") != (self.cap is not None):
            raise ValueError("per: hit needs a cap, and a cap goes with per: hit")
        if self.cap is not None and self.cap < self.points:
            raise ValueError(f"the cap {self.cap:g} is below the {self.points:g} points of a single hit")
        return self

    @property
    def limit(self) -> float:
        return self.points if self.cap is None else self.cap


class ExampleSet(CheckParams):
    """Snippets or mini-dialogues with the verdict that they must get; ``rubric test`` runs them."""

    met: Examples = Field((), description="must be met")
    partly: Examples = Field((), description="must be partly met")
    missed: Examples = Field((), description="must be missed")
    na: Examples = Field((), description="must be not applicable")


class Criterion(CheckParams):
    """One scored line of the form: it earns ``points``, adds a ``bonus``, or costs a ``deduct``."""

    id: Id = Field(description="name in results; never reuse one for another meaning")
    title: str = Field(min_length=1, description="shown to people")
    title_en: str = Field("", description="shown in the English interface")
    points: float | None = Field(None, gt=0, le=1000, description="points earned when met")
    bonus: float | None = Field(None, gt=0, le=1000, description="points on top when met, outside the denominator")
    deduct: Deduction | None = Field(None, description="points lost when missed")
    partly_share: float = Field(0.5, gt=0, lt=1, description="share of the points that partly earns")
    weight: float = Field(1.0, gt=0, le=100, description="multiplies points, bonus or deduction")
    fatal: Fatal | None = Field(None, strict=False, description="red line: missing it brings call or section to zero")
    severity: Severity = Field(Severity.MINOR, strict=False, description="minor, major or critical (own subtotal)")
    when: Check | None = Field(None, description="not applicable unless this check holds")
    check: Check = Field(description="met when it holds, else missed")
    partly: Check | None = Field(None, description="asked where check fails: partly met when it holds")
    advice: str = Field("", description="what to do next time, shown when missed")
    advice_en: str = ""
    praise: str = Field("", description="what was good, shown when met")
    praise_en: str = ""
    examples: ExampleSet = Field(default_factory=ExampleSet, description="tests of the criterion")

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if sum(value is not None for value in (self.points, self.bonus, self.deduct)) != 1:
            raise ValueError("give exactly one of points, bonus, deduct")
        if self.bonus is not None and self.fatal:
            raise ValueError("a bonus cannot be a red line")
        return self

    @property
    def checks(self) -> dict[str, Check]:
        """The checks by the key under which they stand."""
        known = {"when": self.when, "check": self.check, "partly": self.partly}
        return {key: check for key, check in known.items() if check is not None}

    @property
    def kind(self) -> PointKind:
        if self.deduct:
            return PointKind.DEDUCTED
        return PointKind.BONUS if self.bonus is not None else PointKind.EARNED

    @property
    def limit(self) -> float:
        """The most that the criterion can change, before the section's weight."""
        raw = self.deduct.limit if self.deduct else self.bonus if self.bonus is not None else self.points
        return self.weight * (raw or 0.0)


class Section(CheckParams):
    """Criteria that belong together, with a subtotal."""

    id: Id = Field(description="name in results")
    title: str = Field(min_length=1, description="shown to people")
    title_en: str = Field("", description="shown in the English interface")
    points: float | None = Field(
        None, gt=0, description="what points (and start) must add up to, if you want it checked"
    )
    start: float = Field(0.0, ge=0, le=10_000, description="points that the section begins with, for deductions")
    floor: float | None = Field(None, description="the subtotal never falls below this")
    ceiling: float | None = Field(None, description="the subtotal never rises above this")
    weight: float = Field(1.0, gt=0, le=100, description="multiplies all points of the section")
    criteria: Annotated[tuple[Criterion, ...], Field(min_length=1, strict=False)] = Field(description="the lines")

    @property
    def has_frame(self) -> bool:
        return bool(self.start) or self.floor is not None or self.ceiling is not None


class Rubric(CheckParams):
    """A scoring form. Identified by id, version and the hash of its file."""

    id: Id = Field(description="name of the form")
    version: str = Field(pattern=r"^\d+(\.\d+){0,2}$", description="quoted, such as '1.0'; raise it with every change")
    title: str = Field(min_length=1, description="shown to people")
    title_en: str = Field("", description="shown in the English interface")
    language: str = Field("zh", pattern=r"^[a-z]{2}$", description="language of the calls")
    start: float = Field(0.0, ge=0, le=10_000, description="points that every call begins with, for deduction forms")
    floor: float | None = Field(0.0, description="the total never falls below this")
    ceiling: float | None = Field(None, gt=0, description="the total never rises above this")
    total_points: float | None = Field(None, gt=0, description="what start and points must add up to, checked")
    pass_percent: float | None = Field(None, ge=0, le=100, description="pass line in percent of what could be scored")
    pass_points: float | None = Field(None, description="pass line in points, for forms with a start")
    min_confidence: float = Field(0.6, ge=0, le=1, description="calls recognised with less confidence are not scored")
    min_scored_percent: float = Field(
        0, ge=0, le=100, description="with less of the points scorable, a call neither passes nor fails"
    )
    recording: RecordingLimits = Field(
        default_factory=RecordingLimits, description="what recordings must be like, so that their calls are scored"
    )
    conditions: dict[Id, Check] = Field(default_factory=dict, description="named checks; refer to them with use")
    sections: Annotated[tuple[Section, ...], Field(min_length=1, strict=False)] = Field(description="the form")

    @property
    def criteria(self) -> tuple[Criterion, ...]:
        return tuple(criterion for section in self.sections for criterion in section.criteria)

    @cached_property
    def checks(self) -> tuple[tuple[tuple[str | int, ...], Check], ...]:
        """Every check of the file, nested ones too, with the path at which its name stands."""
        found = [each for name, check in self.conditions.items() for each in walk(check, ("conditions", name))]
        for i, section in enumerate(self.sections):
            for j, criterion in enumerate(section.criteria):
                for key, check in criterion.checks.items():
                    found += walk(check, ("sections", i, "criteria", j, key))
        return tuple(found)

    def criterion(self, criterion_id: str) -> Criterion:
        """The criterion of that id; KeyError when the rubric has none."""
        for criterion in self.criteria:
            if criterion.id == criterion_id:
                return criterion
        raise KeyError(criterion_id)

    @property
    def points_possible(self) -> float:
        """The most that a call can have without bonuses."""
        return self.start + sum(section_possible(section) for section in self.sections)


def section_possible(section: Section) -> float:
    """The start of a section and all that it can earn, bonuses left out."""
    earned = sum(c.limit for c in section.criteria if c.kind is PointKind.EARNED)
    return section.start + section.weight * earned


@dataclass(frozen=True, slots=True)
class LoadedRubric:
    """A rubric with the file that it came from."""

    rubric: Rubric
    path: Path
    sha256: str
