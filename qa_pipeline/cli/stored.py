"""A store for commands that only read: a slip in its name must not leave an empty one behind."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from qa_pipeline.cli.terminal import say

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from qa_pipeline.core.call import Call
    from qa_pipeline.store.database import Store


def open_existing(url: str) -> Store:
    """The store at an address; UserError where there is no such file yet."""
    from qa_pipeline.core.errors import UserError
    from qa_pipeline.store.database import open_store, shown_address

    if _is_missing(_file_of(url)):
        raise UserError(f"store {shown_address(url)}: there is none; check --store, or use run or import first")
    return open_store(url)


def wanted_calls(store: Store, call_ids: Sequence[str]) -> Iterator[Call]:
    """The calls asked for, all without ids, one at a time; UserError names one that is not stored."""
    from qa_pipeline.core.errors import UserError
    from qa_pipeline.language.redaction import mask_identifier

    if not call_ids:
        yield from store.calls()
    for call_id in dict.fromkeys(call_ids):
        call = store.call(call_id)
        if call is None:
            raise UserError(f"{mask_identifier(call_id)}: no such call in the store; see `report all` for the ids")
        yield call


def tell_unreadable(store: Store, only_id: str | None = None) -> int:
    """A line for each call that could not be read so far, or for just this one; the exit code that it makes."""
    from qa_pipeline.store.database import UnreadableCall

    concerned = [call_id for call_id in store.unreadable_calls() if only_id in (None, call_id)]
    for call_id in concerned:
        say([str(UnreadableCall(call_id))], err=True)
    return 1 if concerned else 0


def _file_of(url: str) -> str:
    """The SQLite file that an address names; empty for other databases."""
    if "://" not in url:
        return url
    return url.removeprefix("sqlite:///").partition("?")[0] if url.startswith("sqlite:///") else ""


def _is_missing(path: str) -> bool:
    try:
        return bool(path.strip()) and not Path(path).exists()
    except (OSError, ValueError):
        return False  # open_store says what is wrong with such a name
