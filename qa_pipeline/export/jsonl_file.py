"""A table as JSON Lines: an object per row, every column in it, null for what is not known."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from qa_pipeline.export.columns import Row, Table, Value
from qa_pipeline.export.numbers_as_text import plain_number

_encode = json.JSONEncoder(ensure_ascii=False).encode


class JsonlWriter:
    """See ``TableWriter``."""

    def __init__(self, path: Path, table: Table[Any]) -> None:
        self._keys = [json.dumps(name) for name in table.names]
        self._file = path.open("x", encoding="utf-8", newline="\n")

    def add(self, row: Row) -> None:
        pairs = (f"{key}: {_json(value)}" for key, value in zip(self._keys, row, strict=True))
        self._file.write(f"{{{', '.join(pairs)}}}\n")

    def finish(self) -> None:
        self._file.close()

    def abandon(self) -> None:
        with suppress(OSError):  # what it still kept does not fit on a full disk
            self._file.close()


def _json(value: Value) -> str:
    if value is None:
        return "null"
    if isinstance(value, float):
        return plain_number(value)
    return _encode(value.isoformat() if isinstance(value, datetime) else value)
