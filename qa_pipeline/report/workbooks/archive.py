"""Workbooks written whole or not at all, the same bytes from the same input."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from qa_pipeline.report.workbooks.opening import is_untouched

if TYPE_CHECKING:
    from openpyxl import Workbook

_CREATOR = "qa-pipeline"
_CORE = "docProps/core.xml"

#: The first moment that a zip archive can name: what stands for "not known".
_EARLIEST = datetime(1980, 1, 1, tzinfo=UTC)


def save(workbook: Workbook, path: Path, made_at: datetime | None) -> Path:
    """Write a workbook as if it had been made at a moment (its own clock is not read); the path is returned.

    A workbook that lies there already and that people have saved is kept beside it (``….filled-<time>.xlsx``): it may
    hold what was not read back yet.
    """
    from openpyxl.writer.excel import ExcelWriter

    moment = (made_at or _EARLIEST).astimezone(UTC).replace(tzinfo=None, microsecond=0)
    workbook.properties.creator = _CREATOR
    workbook.properties.created = moment
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=".qa-", suffix=".tmp", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file, _Archive(file, workbook, moment) as archive:
            ExcelWriter(workbook, archive).save()
        Path(name).chmod(0o644)
        keep_filled(path)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        discard(workbook)
        raise
    return path


def discard(workbook: Workbook) -> None:
    """Remove the temporary files of a workbook that is written row by row and will not be finished."""
    for sheet in workbook.worksheets:
        writer = getattr(sheet, "_writer", None)
        if writer is None:
            continue
        with suppress(Exception):  # it may be closed already, or the disk may be full
            sheet.close()
        with suppress(Exception):
            writer.cleanup()


def keep_filled(path: Path) -> None:
    """Move a workbook away that somebody else than this program saved last."""
    if not path.exists() or is_untouched(path):
        return
    moment = datetime.fromtimestamp(int(path.stat().st_mtime), UTC)
    path.rename(path.with_name(f"{path.stem}.filled-{moment:%Y%m%d-%H%M%S}{path.suffix}"))


class _Archive(ZipFile):
    """Gives every part the same time, and the workbook the one that it was made at."""

    def __init__(self, file: Any, workbook: Workbook, moment: datetime) -> None:
        super().__init__(file, "w", ZIP_DEFLATED, allowZip64=True)
        self._workbook, self._moment = workbook, moment

    def writestr(self, zinfo_or_arcname: Any, data: Any, *_: Any, **__: Any) -> None:
        if zinfo_or_arcname == _CORE:
            from openpyxl.xml.functions import tostring

            # The writer has just set it to the time of the computer.
            self._workbook.properties.modified = self._moment
            data = tostring(self._workbook.properties.to_tree())
        super().writestr(self._info(zinfo_or_arcname), data, ZIP_DEFLATED)

    def write(self, filename: Any, arcname: Any = None, *_: Any, **__: Any) -> None:
        info = self._info(arcname)
        info.file_size = Path(filename).stat().st_size
        with Path(filename).open("rb") as source, self.open(info, "w") as target:
            shutil.copyfileobj(source, target)

    def _info(self, name: str) -> ZipInfo:
        info = ZipInfo(name, _EARLIEST.timetuple()[:6])
        info.compress_type = ZIP_DEFLATED
        info.external_attr = 0o600 << 16
        return info
