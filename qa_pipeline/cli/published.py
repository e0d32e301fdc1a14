"""A published rubric version keeps its meaning: its file may not change once results exist."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qa_pipeline.rubric.model import LoadedRubric
    from qa_pipeline.store.database import Store


def refuse_changed_version(store: Store, loaded: LoadedRubric) -> None:
    """UserError when results under this id and version were made by another file: raise the version first.

    What is used is kept in the store, so that old scorecards can be understood.
    """
    from qa_pipeline.core.errors import UserError

    changed = changed_version(store, loaded)
    if changed:
        raise UserError(changed)
    rubric = loaded.rubric
    store.note_rubric(rubric.id, loaded.sha256, rubric.version, rubric.title, loaded.path.read_text("utf-8", "replace"))


def changed_version(store: Store, loaded: LoadedRubric) -> str | None:
    """What is wrong when results under this id and version were made by another file; None when nothing is."""
    rubric = loaded.rubric
    published = store.published_sha256(rubric.id, rubric.version)
    if published is None or published == loaded.sha256:
        return None
    return (
        f"{loaded.path}: {rubric.id} {rubric.version} has results already, made by another file "
        f"({published[:12]}, this one is {loaded.sha256[:12]}): raise version, then run this again"
    )
