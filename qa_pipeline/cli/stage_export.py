"""Stored calls as labelled calls: the stages and acts found, for people to correct and ``stages train`` to learn."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TextIO

from qa_pipeline.cli.stored import open_existing, wanted_calls
from qa_pipeline.core.call import Call
from qa_pipeline.core.errors import UserError


def export_calls(store_url: str, call_ids: Sequence[str], out: Path) -> int:
    """How many calls were written; UserError for an id that is not stored, or a file that is there already."""
    if out.exists():
        raise UserError(f"{out}: is there already; corrections may be in it, so name another --out file")
    written = 0
    part = out.with_name(f"{out.name}.part")
    try:
        with open_existing(store_url) as store, _private(part) as file:
            for call in wanted_calls(store, call_ids):
                if call.turns:
                    file.write(json.dumps(_line(call), ensure_ascii=False) + "\n")
                    written += 1
        part.replace(out)
    except OSError as error:
        raise UserError(f"{out}: cannot be written ({error.strerror}); choose another --out file") from None
    finally:
        part.unlink(missing_ok=True)
    return written


def _private(path: Path) -> TextIO:
    """A new file for the owner's eyes: it holds what customers said, unmasked, as training needs it."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8")


def _line(call: Call) -> dict[str, Any]:
    return {
        "id": call.call_id,
        "language": call.conversation.language,
        "turns": [_turn(call, index) for index in range(len(call.turns))],
    }


def _turn(call: Call, index: int) -> dict[str, Any]:
    turn = call.turns[index]
    said: dict[str, Any] = {"role": turn.role.value, "text": turn.text}
    if call.turn_stages:
        said["stage"] = call.turn_stages[index].value
    if call.turn_acts:
        said["acts"] = [act.name for act in call.turn_acts[index]]
    if turn.span:
        said |= {"start_s": turn.span.start_s, "end_s": turn.span.end_s}
    return said
