"""File names of pages: safe on every file system and free of customer numbers, whatever the call id holds."""

from __future__ import annotations

import hashlib
import re

from qa_pipeline.report.text import shown_identifier

_UNSAFE = re.compile(r"[^A-Za-z0-9_-]+")
_MAX_CHARS = 60
_HASH_CHARS = 10  # 40 bits: two of 10,000 changed ids with the same rest collide once in 20,000 batches
_WINDOWS_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)", re.IGNORECASE)


def page_name(call_id: str) -> str:
    """The stem of a call's page: the id itself where it is harmless, else what is left of it and a hash."""
    stem = _UNSAFE.sub("-", shown_identifier(call_id)).strip("-")[:_MAX_CHARS].rstrip("-")
    if stem and stem == call_id and not _WINDOWS_RESERVED.fullmatch(stem):
        return stem
    digest = hashlib.sha256(call_id.encode("utf-8", "surrogatepass")).hexdigest()[:_HASH_CHARS]
    return f"{stem or 'call'}-{digest}"
