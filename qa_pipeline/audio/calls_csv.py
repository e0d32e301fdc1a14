"""calls.csv: what the business knows about the calls. Every mistake in the file is reported at once."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from qa_pipeline.core.call import MAX_CALL_ID, CallMetadata, CallOutcome, Direction
from qa_pipeline.core.errors import UserError

MAX_BYTES = 256 * 1024**2
"""A row takes 100..200 bytes: this is over a million calls."""
MAX_CELL = 10_000
MAX_PROBLEMS = 20
_DELIMITERS = ",;\t"


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One row: its line (the first is 1), the recording it means, and the facts."""

    line: int
    recording: str
    call_id: str | None = None
    metadata: CallMetadata = field(default_factory=CallMetadata)


@dataclass(frozen=True, slots=True)
class CallSheet:
    path: Path
    rows: tuple[SheetRow, ...]


class _Problem(NamedTuple):
    line: int
    text: str


def read_calls_csv(path: Path) -> CallSheet:
    """The rows of a calls.csv (docs/files.md): UTF-8 or GB18030; comma, semicolon or tab.

    Raises UserError that lists every mistake as ``calls.csv:LINE: column: what is wrong``. Values are not
    repeated in it: they may be customers' data, and the line says where to look.
    """
    lines = list(_records(path, _text(path)))
    if not lines:
        raise UserError(f"{path.name}: the file is empty; its first row must name the columns, e.g. recording")
    header_line, header = lines[0]
    columns = _columns(path, header_line, header)
    rows: list[SheetRow] = []
    problems: list[_Problem] = []
    for line, cells in lines[1:]:
        row = _row(line, columns, cells, problems)
        if row is not None:
            rows.append(row)
    problems += _repeated(rows)
    if problems:
        raise UserError(_listing(path, sorted(problems, key=lambda problem: problem.line)))
    if not rows:
        raise UserError(f"{path.name}: there is a header row and no call below it; add a row per recording")
    return CallSheet(path, tuple(rows))


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise UserError(f"{path.name}: larger than {MAX_BYTES // 1024**2} MiB; split it")
        raw = path.read_bytes()
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "bad name"
        raise UserError(f"{path.name}: cannot be read ({why}); give --calls a CSV file") from error
    if raw.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise UserError(f"{path.name}: is an Excel workbook; save it as CSV (UTF-8) and try again")
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise UserError(f"{path.name}: is UTF-16 text; save it as CSV in UTF-8 and try again")
    if b"\0" in raw:
        raise UserError(f"{path.name}: holds NUL bytes and is no text file; save it as CSV (UTF-8)")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise UserError(f"{path.name}: neither UTF-8 nor GB18030; save it as CSV (UTF-8) and try again")


def _records(path: Path, text: str) -> Iterator[tuple[int, list[str]]]:
    """Rows with the line they start on; blank rows are passed over."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(_DELIMITERS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield line, cells
            line = reader.line_num + 1
    except csv.Error as error:
        advice = "check the quotation marks from this line on"
        raise UserError(f"{path.name}:{line}: the row cannot be read ({error}); {advice}") from error


def _columns(path: Path, line: int, header: list[str]) -> list[str]:
    """The column names: known ones in their plain form, others as written."""
    names = []
    for cell in header:
        plain = "_".join(cell.strip().lower().replace("-", " ").replace("_", " ").split())
        names.append(plain if plain in _READERS or plain in ("recording", "call_id") else cell.strip())
    doubled = sorted({name for name in names if name and names.count(name) > 1})
    if doubled:
        raise UserError(f"{path.name}:{line}: {_shown(doubled[0])}: the column stands there twice; remove one")
    if "recording" not in names:
        found = ", ".join(_shown(name) for name in names[:20])
        raise UserError(f"{path.name}:{line}: no column 'recording' (path or file name); found: {found}")
    return names


def _row(line: int, columns: list[str], cells: list[str], problems: list[_Problem]) -> SheetRow | None:
    if any(cell.strip() for cell in cells[len(columns) :]):
        problems.append(_Problem(line, f"{len(cells)} cells, but the header has {len(columns)}; quote commas"))
        return None
    values = {name: cell.strip() for name, cell in zip(columns, cells, strict=False) if cell.strip()}
    most = {"call_id": MAX_CALL_ID}
    long = [name for name, value in values.items() if len(value) > most.get(name, MAX_CELL)]
    bad = [_Problem(line, f"{_shown(name)}: longer than {most.get(name, MAX_CELL)} characters") for name in long]
    known: dict[str, Any] = {}
    extra: dict[str, str] = {}
    for name, value in values.items():
        if name not in _READERS:
            extra[name] = value
            continue
        try:
            known[name] = _READERS[name](value)
        except ValueError as error:
            bad.append(_Problem(line, f"{name}: {error}"))
    recording, call_id = extra.pop("recording", ""), extra.pop("call_id", None)
    extra.pop("", None)  # a column without a name is a spreadsheet's empty edge
    if not recording:
        bad.append(_Problem(line, "recording: is empty; give the path or the file name"))
    problems += bad
    return None if bad else SheetRow(line, recording, call_id, CallMetadata(**known, extra=extra))


def _repeated(rows: list[SheetRow]) -> list[_Problem]:
    problems = []
    for name in ("recording", "call_id"):
        first: dict[str, int] = {}
        for row in rows:
            value = getattr(row, name)
            if value is not None and first.setdefault(value, row.line) != row.line:
                text = f"{name}: the same as in line {first[value]}; keep one"
                problems.append(_Problem(row.line, text))
    return problems


def _listing(path: Path, problems: list[_Problem]) -> str:
    shown = [f"{path.name}:{problem.line}: {problem.text}" for problem in problems[:MAX_PROBLEMS]]
    more = len(problems) - MAX_PROBLEMS
    return "\n".join([*shown, f"and {more} more"] if more > 0 else shown)


def _shown(value: str) -> str:
    """A value on one line, short enough for a message."""
    return repr(value if len(value) <= 40 else value[:39] + "…")


def _choice(words: dict[str, Any], allowed: str) -> Callable[[str], Any]:
    def read(value: str) -> Any:
        try:
            return words[value.lower().replace("-", "_").replace(" ", "_")]
        except KeyError:
            raise ValueError(f"is not one of {allowed}") from None

    return read


def _time(value: str) -> datetime:
    # fromisoformat also takes "20260102" and week dates; a bare number is more likely an Excel serial day.
    try:
        if value.isdigit():
            raise ValueError
        return datetime.fromisoformat(value.replace("/", "-") if _is_slashed(value) else value)
    except ValueError:
        raise ValueError("is not an ISO 8601 time, e.g. 2026-01-31T09:30:00") from None


def _is_slashed(value: str) -> bool:
    """``2026/01/31``, as spreadsheets write it, has the same order as ISO 8601; ``01/02/2026`` is a guess."""
    return len(value) >= 10 and value[4] == value[7] == "/"


def _number(value: str) -> float:
    plain = value.removeprefix("¥").removeprefix("￥").strip()
    try:
        if "_" in plain:  # Python's own notation, nobody else's
            raise ValueError
        number = float(plain.replace(",", "") if _has_thousands(plain) else plain)
    except ValueError:
        raise ValueError("is not a number") from None
    if not abs(number) < 1e15:  # also NaN and infinity
        raise ValueError("is not a number")
    return number


def _has_thousands(value: str) -> bool:
    """``1,234,567.80`` but not ``1,5``, which is a decimal comma somewhere and a guess here."""
    head, *groups = value.partition(".")[0].split(",")
    return bool(groups) and 1 <= len(head.lstrip("-")) <= 3 and all(len(group) == 3 for group in groups)


def _seconds(value: str) -> float:
    if (number := _number(value)) < 0:
        raise ValueError("is negative; seconds start at 0")
    return number


_YES_NO = dict.fromkeys(("yes", "true", "1", "是", "y"), True) | dict.fromkeys(("no", "false", "0", "否", "n"), False)
_DIRECTIONS = {d.value: d for d in Direction} | {"呼入": Direction.INBOUND, "呼出": Direction.OUTBOUND}
_OUTCOMES = {o.value: o for o in CallOutcome} | {
    "成交": CallOutcome.DEAL,
    "跟进": CallOutcome.FOLLOWUP,
    "拒绝": CallOutcome.REFUSAL,
    "挂断": CallOutcome.HANGUP,
    "打错": CallOutcome.WRONG_NUMBER,
    "空号": CallOutcome.WRONG_NUMBER,
    "投诉": CallOutcome.COMPLAINT,
}
_flag = _choice(_YES_NO, "yes, no")
_READERS: dict[str, Callable[[str], Any]] = {
    "agent_id": str,
    "agent_name": str,
    "team": str,
    "started_at": _time,
    "direction": _choice(_DIRECTIONS, "inbound, outbound"),
    "customer_id": str,
    "connected": _flag,
    "outcome": _choice(_OUTCOMES, ", ".join(o.value for o in CallOutcome)),
    "amount": _number,
    "refunded": _flag,
    "wrap_up_s": _seconds,
    "agent_channel": _choice({"left": 0, "左": 0, "right": 1, "右": 1}, "left, right"),
}


def metadata_of(values: Mapping[str, str]) -> CallMetadata:
    """Metadata from text values as a row of calls.csv would give them; ValueError names the field that is wrong."""
    known: dict[str, Any] = {}
    for name, value in values.items():
        try:
            known[name] = _READERS[name](value)
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from None
    return CallMetadata(**known)
