"""The tables that can be exported: the documented schema (docs/export.md is made from it)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from qa_pipeline.export.calls_table import CALLS
from qa_pipeline.export.columns import Table
from qa_pipeline.export.outcomes_table import OUTCOMES
from qa_pipeline.export.turns_table import TURNS

TABLES: Mapping[str, Table[Any]] = {table.name: table for table in (CALLS, OUTCOMES, TURNS)}


def schema() -> list[dict[str, object]]:
    """The schema as plain values, for programs."""
    return [
        {
            "table": table.name,
            "about": table.about,
            "about_zh": table.about_zh,
            "columns": [
                {
                    "name": column.name,
                    "type": column.kind.value,
                    "unit": column.unit,
                    "meaning": column.meaning,
                    "meaning_zh": column.meaning_zh,
                }
                for column in table.columns
            ],
        }
        for table in TABLES.values()
    ]
