"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Json = Annotated[bool, typer.Option("--json", help="Print machine-readable JSON.")]
Store = Annotated[str | None, typer.Option(help="Database of results: SQLAlchemy URL or SQLite file.")]
Out = Annotated[Path | None, typer.Option(help="Folder for the pages.")]
Audio = Annotated[
    str | None, typer.Option(help="Sound of the pages: copy (numbers bleeped), link (the recording itself), none.")
]
Rubric = Annotated[str | None, typer.Option(help="Rubric file, or id of a shipped rubric.")]
Model = Annotated[str | None, typer.Option(help="Speech model: size, hub id, folder, or demo-zh.")]
EngineName = Annotated[str | None, typer.Option("--engine", help="faster-whisper, funasr, qwen or openai.")]
Words = Annotated[Path | None, typer.Option(help="Word list: products, people, tariffs, one a line.")]
Language = Annotated[str | None, typer.Option(help="Language spoken (zh, en …), or auto.")]
StageModel = Annotated[
    str | None, typer.Option(help="Model of acts and stages: name of a shipped one, or folder of your own.")
]
LeadRules = Annotated[Path | None, typer.Option(help="File with the rules of lead grades (see docs/facts.md).")]
Device = Annotated[str | None, typer.Option(help="auto, cpu or cuda.")]
ComputeType = Annotated[str | None, typer.Option(help="CTranslate2 number type, e.g. int8, float16.")]
Threads = Annotated[int | None, typer.Option("--threads", help="CPU threads; 0: as many as there are cores.")]
Workers = Annotated[int | None, typer.Option(help="Worker processes, each with its own model; 0: none.")]
ExecutorName = Annotated[str | None, typer.Option("--executor", help="Where workers run: local or ray.")]
