"""All mistakes of a rubric at once.

Pydantic looks at a mapping as a whole only where each of its values is right, and a form can be looked at as a whole
only where each of its parts is. So that one mistake hides no other, what is wrong is noted, something harmless takes
its place, and the rest is looked at again.

What takes its place can look wrong beside the rest: points that no longer add up, a condition that nothing uses any
more. So this is done twice, with different stand-ins, and only what is found both times is a mistake of the file.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from qa_pipeline.checks.base import KINDS
from qa_pipeline.rubric.lint import lint
from qa_pipeline.rubric.model import Criterion, Rubric
from qa_pipeline.rubric.parts import Mistake
from qa_pipeline.rubric.shape import NOTHING, Path, StandIns, is_check, keys_at, kind_at
from qa_pipeline.rubric.wording import closest, wording

#: Each pass uncovers what the ones before hid; a file nested deeper than this is no scoring form.
MAX_PASSES = 50


def mistakes_of(
    value: Any, doubtful: Mapping[Path, Any], raw: Mapping[Path, str]
) -> tuple[Rubric | None, list[Mistake]]:
    """The rubric of plain values, None where there is any mistake, and all mistakes.

    ``doubtful`` holds the paths that were reported while the file was read, with the value that may be meant there
    instead; ``raw`` numbers as they were written.
    """
    first = _Mended(value, 0, doubtful, raw)
    found = first.look()
    if not found and not doubtful:
        return first.rubric, []
    again = set(_Mended(value, 1, doubtful, raw).look())
    both = [mistake for mistake in found if mistake in again]
    # A mended form never passes for the written one, so that something must be named.
    return None, both if both or doubtful else found


class _Mended:
    """The values under repair, with what was wrong in them."""

    def __init__(self, value: Any, variant: int, doubtful: Mapping[Path, Any], raw: Mapping[Path, str]) -> None:
        self.rubric: Rubric | None = None
        self._value = copy.deepcopy(value)
        self._variant = variant
        self._raw = raw
        self._stand_ins = StandIns(variant)
        self._found: dict[Mistake, None] = {}
        self._quiet = set(doubtful)  # reported before: what is wrong at just these places is no news
        self._replaced: set[Path] = set()
        self._touched: dict[Path, None] = dict.fromkeys(doubtful)
        self._meant: dict[Path, Path] = {}  # where a value stands now → where it was written
        self._lost: list[Any] = list(doubtful.values())
        for path, other in doubtful.items():
            if variant and isinstance(other, str | int | float):
                self._put(path, other)

    def look(self) -> list[Mistake]:
        """Every mistake, the self-contained ones first."""
        self.rubric = self._validated()
        if self.rubric is None:
            return list(self._found)
        if self._touched:
            # What a check asks is unknown where a part of it could not be read.
            for path in self._touched:
                self._blank_check_around(path)
            self.rubric = self._validated() or self.rubric
        if ("sections",) in self._replaced:  # then nobody knows what the form uses
            self._lost += self.rubric.conditions
        for path, message in lint(self.rubric, frozenset(_words(self._lost))):
            self._note(path, message)
        return list(self._found)

    def _validated(self) -> Rubric | None:
        for _ in range(MAX_PASSES):
            try:
                return Rubric.model_validate(self._value)
            except ValidationError as error:
                details = error.errors(include_url=False)
                # Misspelt keys first: what they were meant to be is then not missing.
                misspelt = [detail for detail in details if detail["type"] == "extra_forbidden"]
                for detail in misspelt or details:
                    self._mend(detail)
        return None

    def _mend(self, detail: Any) -> None:
        """Note a mistake and put something right in its place."""
        path, kind = tuple(detail["loc"]), detail["type"]
        if _is_echo(detail):
            return
        is_key = path[-1:] == ("[key]",)
        path = path[:-1] if is_key else path
        named = (*path, detail["ctx"]["n"]) if kind == "unknown_check" else path
        self._note(named, wording(detail, keys_at(path[:-1]), self._raw.get(self._written(path))))
        if is_key:
            self._rename(path)
            return
        self._touched[path] = None
        if kind == "extra_forbidden":
            self._take_as_meant(path)
        elif kind in ("unknown_check", "check_shape") and isinstance(self._at(path), dict):
            self._sort_out(path, self._at(path))
        elif kind == "value_error" and kind_at(path) is Criterion:
            self._earn_points(path)
        else:
            self._replace(path)

    def _note(self, path: Path, message: str) -> None:
        written = self._written(path)
        within = any(path[: len(place)] == place for place in self._replaced)
        if not within and path not in self._quiet and written not in self._quiet:
            self._found[written, message] = None

    def _written(self, path: Path) -> Path:
        """The path in the file of what stands at a path now."""
        for end in range(len(path), 0, -1):
            if path[:end] in self._meant:
                return self._meant[path[:end]] + path[end:]
        return path

    def _take_as_meant(self, path: Path) -> None:
        """A misspelt key becomes the one that it resembles; any other unknown key goes."""
        mapping, name = self._at(path[:-1]), path[-1]
        if not isinstance(mapping, dict) or name not in mapping:
            return  # it went with something around it
        value = mapping.pop(name)
        close = closest(str(name), (key for key in keys_at(path[:-1]) if key not in mapping))
        if name in KINDS and "check" in keys_at(path[:-1]) and mapping.get("check") is None:
            mapping["check"] = {}
            self._move(path, (*path[:-1], "check", name), value)
        elif close:
            self._move(path, (*path[:-1], close), value)
            self._quiet.add((*path[:-1], close))  # one mistake for one value
        else:
            self._lost.append(value)

    def _sort_out(self, path: Path, mapping: dict[str, Any]) -> None:
        """A mapping that names no check, or several: each that can be told apart is looked at by itself."""
        empty = [name for name, value in mapping.items() if name in KINDS and value is None]
        if empty and len(mapping) > 1:  # its parameters stand beside it
            below = {key: value for key, value in mapping.items() if key != empty[0]}
            self._put(path, {empty[0]: {}})
            for key, value in below.items():
                self._move((*path, key), (*path, empty[0], key), value)
            return
        meant = {name: closest(name, KINDS) for name in mapping}
        self._lost += [value for name, value in mapping.items() if not meant[name]]
        parts = [(name, close) for name, close in meant.items() if close]
        if not parts:
            self._replace(path)
        elif len(parts) == 1:
            (name, close), *_ = parts
            self._put(path, {})
            self._move((*path, name), (*path, close), mapping[name])
        else:
            joined = ("all", "any")[self._variant]
            self._meant[(*path, joined)] = self._written(path)
            self._put(path, {joined: [{} for _ in parts]})
            for i, (name, close) in enumerate(parts):
                self._move((*path, name), (*path, joined, i, close), mapping[name])

    def _rename(self, path: Path) -> None:
        """A condition gets a name that may stand there, in all references to it too."""
        name = self._stand_ins.of(kind_at(("id",)))
        value = self._at(path[:-1]).pop(path[-1])
        _refer(self._value, str(path[-1]), name)
        self._move(path, (*path[:-1], name), value)

    def _move(self, written: Path, here: Path, value: Any) -> None:
        self._meant[here] = self._written(written)
        self._put(here, value)

    def _earn_points(self, path: Path) -> None:
        """A line of the form whose points make no sense earns some."""
        line = self._at(path)
        for key in ("bonus", "deduct", "fatal"):
            line.pop(key, None)
        self._put((*path, "points"), self._stand_ins.of(kind_at((*path, "points"))))

    def _replace(self, path: Path) -> None:
        """A stand-in for the value, or for the smallest thing around it that has one."""
        for end in range(len(path), 0, -1):
            here = path[:end]
            value = NOTHING if here in self._replaced else self._stand_ins.of(kind_at(here))
            if value is not NOTHING:
                self._lost.append(self._at(here))
                if self._put(here, value):
                    self._replaced.add(here)
                    return

    def _blank_check_around(self, path: Path) -> None:
        around = next((path[:end] for end in range(len(path), 0, -1) if is_check(path[:end])), None)
        if around is not None and self._at(around) != ():
            self._lost += _uses(self._at(around))
            self._put(around, self._stand_ins.check())

    def _at(self, path: Path) -> Any:
        value = self._value
        for part in path:
            try:
                value = value[part]
            except (KeyError, IndexError, TypeError):
                return ()
        return value

    def _put(self, path: Path, value: Any) -> bool:
        parent = self._at(path[:-1])
        try:
            parent[path[-1]] = value
        except (IndexError, TypeError):
            return False
        return True


def _is_echo(detail: Any) -> bool:
    """Pydantic calls a list too short whose members failed; the members' own mistakes say it better."""
    return detail["type"] == "too_short" and len(detail["input"]) >= int(detail["ctx"]["min_length"])


def _uses(value: Any) -> Iterator[Any]:
    """What is referred to in the plain values of a check."""
    if isinstance(value, dict) and "use" in value:
        yield value["use"]
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _uses(part)


def _words(value: Any) -> Iterator[str]:
    """Every text in plain values, keys too."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, part in value.items():
            yield from (str(key), *_words(part))
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _words(part)


def _refer(value: Any, old: str, new: str) -> None:
    """Every reference to a condition under its new name."""
    if isinstance(value, dict):
        if value.get("use") == old:
            value["use"] = new
        for part in value.values():
            _refer(part, old, new)
    elif isinstance(value, list):
        for part in value:
            _refer(part, old, new)
