"""Calls, verdicts and turns as tables for other programs: CSV, JSON Lines, Parquet, Excel. See docs/export.md."""
