"""What a rubric file may say, as pydantic models."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Self

from pydantic import Field, model_validator

from qa_pipeline.checks.registry import Check
from qa_pipeline.checks.scope import CheckParams

#: Ids stand in file names, URLs and tables, so they are kept plain.
ID_PATTERN = r"^[a-z][a-z0-9_-]{0,63}$"


class Criterion(CheckParams):
    """One scored line of the form."""

    id: str = Field(pattern=ID_PATTERN)
    title: str = Field(min_length=1)
    title_en: str = ""
    points: float = Field(gt=0, le=1000, description="points earned when met")
    fatal: bool = Field(False, description="red line: missing it brings the call to zero and to a human")
    when: Check | None = Field(None, description="not applicable unless this check holds")
    check: Check
    advice: str = Field("", description="what to do next time, shown when missed")
    advice_en: str = ""
    praise: str = Field("", description="what was good, shown when met")
    praise_en: str = ""


class Section(CheckParams):
    id: str = Field(pattern=ID_PATTERN)
    title: str = Field(min_length=1)
    title_en: str = ""
    criteria: tuple[Criterion, ...] = Field(min_length=1, strict=False)


class Rubric(CheckParams):
    """A scoring form. Identified by id, version and the hash of its file."""

    id: str = Field(pattern=ID_PATTERN)
    version: str = Field(pattern=r"^\d+(\.\d+){0,2}$", description="quoted, such as '1.0'")
    title: str = Field(min_length=1)
    title_en: str = ""
    language: str = Field("zh", pattern=r"^[a-z]{2}$")
    pass_percent: float | None = Field(None, ge=0, le=100)
    min_confidence: float = Field(0.6, ge=0, le=1, description="calls recognised with less confidence are not scored")
    min_scored_percent: float = Field(
        0, ge=0, le=100, description="with less of the points scorable, a call neither passes nor fails"
    )
    sections: tuple[Section, ...] = Field(min_length=1, strict=False)

    @model_validator(mode="after")
    def _unique_ids(self) -> Self:
        seen: set[str] = set()
        for used in [section.id for section in self.sections] + [criterion.id for criterion in self.criteria]:
            if used in seen:
                raise ValueError(f"the id {used} is used twice")
            seen.add(used)
        return self

    @property
    def criteria(self) -> tuple[Criterion, ...]:
        return tuple(criterion for section in self.sections for criterion in section.criteria)

    def criterion(self, criterion_id: str) -> Criterion:
        """The criterion of that id; KeyError when the rubric has none."""
        for criterion in self.criteria:
            if criterion.id == criterion_id:
                return criterion
        raise KeyError(criterion_id)


@dataclass(frozen=True, slots=True)
class LoadedRubric:
    """A rubric with the file that it came from."""

    rubric: Rubric
    path: Path
    sha256: str
