"""Workbooks of others opened with care: whatever is wrong with a file is one line of advice, never a full memory."""

from __future__ import annotations

import re
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile, LargeZipFile, ZipFile

from qa_pipeline.core.errors import UserError
from qa_pipeline.report.text import one_line
from qa_pipeline.report.workbooks.cells import read_text

if TYPE_CHECKING:
    from openpyxl import Workbook

#: The most bytes that a workbook may hold unpacked: a sheet of 10,000 calls and 20 criteria has about 80 million.
MAX_UNPACKED_BYTES = 200_000_000
MAX_PARTS = 2_000

#: Excel's own limits: what lies beyond was made by something else, and would be counted through row by row.
MAX_ROWS, MAX_COLUMNS = 1_048_576, 16_384

_OLD_OR_LOCKED = b"\xd0\xcf\x11\xe0"  # OLE: .xls, .et, or any workbook with a password
_CORE, _CONTENT = "docProps/core.xml", "[Content_Types].xml"
_MAX_CORE_BYTES = 100_000
_DOCTYPE = tuple("<!DOCTYPE".encode(encoding) for encoding in ("utf-8", "utf-16-le", "utf-16-be"))
_CHUNK_BYTES = 1 << 20
#: What openpyxl and the parsers below it raise for files that are not what they say.
_DAMAGED = (
    BadZipFile, LargeZipFile, zlib.error, ValueError, KeyError, IndexError, TypeError, AttributeError, OSError,
    EOFError, SyntaxError, OverflowError, NotImplementedError, RuntimeError, AssertionError,
)  # fmt: skip


@dataclass(frozen=True)
class FileFacts:
    """Who saved a workbook last and when (UTC); the file's own time where the workbook does not say."""

    saved_by: str
    saved_at: datetime


@contextmanager
def opened(path: Path) -> Iterator[Workbook]:
    """A workbook to read row by row, formulas as they are written; UserError for what is none, or is too large."""
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    check_file(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of openpyxl, about parts that it leaves out
            book = load_workbook(path, read_only=True, data_only=False, keep_links=False)
            try:
                yield book
            finally:
                book.close()
    except (*_DAMAGED, InvalidFileException) as error:
        if error.__traceback__ is not None and _is_ours(error):
            raise
        raise _damaged(path) from None


def _is_ours(error: BaseException) -> bool:
    """Whether this program, not the reading of the file, went wrong: a bug keeps its traceback."""
    last = error.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    name = last.tb_frame.f_code.co_filename if last else ""
    return "qa_pipeline" in Path(name).parts and Path(name).name != Path(__file__).name


def check_file(path: Path) -> None:
    """UserError where a file is missing, no xlsx workbook, damaged, or unpacks to more than it should."""
    try:
        with path.open("rb") as file:
            start = file.read(4)
    except OSError as error:
        raise UserError(f"{_name(path)}: cannot be read ({error.strerror or error}); check the path") from None
    if start == _OLD_OR_LOCKED:
        raise UserError(f"{_name(path)}: an old .xls file or one with a password; save it as .xlsx without a password")
    try:
        with ZipFile(path) as archive:
            _check_parts(path, archive)
    except _DAMAGED:
        raise _damaged(path) from None


def _check_parts(path: Path, archive: ZipFile) -> None:
    parts = archive.infolist()
    # zipfile gives no more bytes of a part than its entry says: the sum holds for what is read later.
    if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED_BYTES:
        limit = MAX_UNPACKED_BYTES // 1_000_000
        raise UserError(f"{_name(path)}: holds more than {limit} MB unpacked; split it into smaller workbooks")
    if _CONTENT not in archive.namelist():
        raise _damaged(path)
    for part in parts:
        if part.filename.endswith((".xml", ".rels", ".vml")) and _has_doctype(archive, part):
            raise UserError(
                f"{_name(path)}: holds a document type, which no workbook has; save it anew with Excel or WPS"
            )


def _has_doctype(archive: ZipFile, part: Any) -> bool:
    """Entities in a document type can unpack to any size."""
    rest = b""
    with archive.open(part) as file:
        while chunk := file.read(_CHUNK_BYTES):
            if any(mark in rest + chunk for mark in _DOCTYPE):
                return True
            rest = chunk[-2 * len("<!DOCTYPE") :]
    return False


def _damaged(path: Path) -> UserError:
    return UserError(f"{_name(path)}: no Excel workbook, or damaged; open it in Excel or WPS and save it as .xlsx")


def _name(path: Path) -> str:
    return one_line(path.name)


def facts_of(path: Path) -> FileFacts:
    """Who saved a checked workbook, and when; read from the file alone, so that it is the same each time."""
    text = _core(path)
    # A program that changes a workbook without saying when leaves the time at which it was made.
    told = None if _untouched(text) else _moment(_property(text, "dcterms:modified"))
    own = datetime.fromtimestamp(int(path.stat().st_mtime), UTC)
    return FileFacts(_unescaped(_property(text, "cp:lastModifiedBy")), told or own)


def is_untouched(path: Path) -> bool:
    """Whether nobody has saved a workbook since this program wrote it, as far as the file says."""
    return _untouched(_core(path))


def _untouched(text: str) -> bool:
    made = _property(text, "dcterms:created")
    return bool(made) and made == _property(text, "dcterms:modified") and not _property(text, "cp:lastModifiedBy")


def _property(text: str, name: str) -> str:
    found = re.search(rf"<{name}[^>]*>([^<]*)<", text)
    return found[1] if found else ""


def _core(path: Path) -> str:
    try:
        with ZipFile(path) as archive, archive.open(_CORE) as file:
            return file.read(_MAX_CORE_BYTES).decode("utf-8", "replace")
    except (KeyError, *_DAMAGED):
        return ""


def _unescaped(text: str) -> str:
    from xml.sax.saxutils import unescape

    return one_line(read_text(unescape(text))).strip()


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
