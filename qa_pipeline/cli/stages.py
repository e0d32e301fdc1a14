"""``stages evaluate``: how well stages are found on labelled calls."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from qa_pipeline.cli import options

app = typer.Typer(help="Script stages of calls.", no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def _group() -> None:
    """Script stages of calls."""


@app.command("evaluate")
def evaluate(
    file: Annotated[Path, typer.Argument(help="Labelled calls (JSON Lines) with a stage for every turn.")],
    json: options.Json = False,
) -> int:
    """Compare the stages found with the labelled ones: F1, boundaries, Pk, WindowDiff."""
    from qa_pipeline.core.errors import UserError
    from qa_pipeline.stages.decode import tag_stages
    from qa_pipeline.stages.evaluate import evaluate_stages
    from qa_pipeline.stages.model import load_stage_model
    from qa_pipeline.transcribe.labelled import read_labelled

    calls = [call for call in read_labelled(file) if call.stages]
    if not calls:
        raise UserError(f"{file}: no call has a stage for every turn; label the turns first")
    pairs = []
    for call in calls:
        model = load_stage_model(call.conversation.language)
        if model is None:
            raise UserError(
                f"{file}:{call.line}: there is no stage model for the language {call.conversation.language}"
            )
        pairs.append((call.stages, tag_stages(call.conversation, model)))
    figures = evaluate_stages(pairs)
    typer.echo(figures.to_json() if json else _table(figures.as_dict()))
    return 0


def _table(figures: dict[str, object]) -> str:
    per_stage = figures.pop("per_stage")
    assert isinstance(per_stage, dict)  # noqa: S101 - the shape is ours
    lines = [f"{'stage':<16}{'precision':>10}{'recall':>10}{'f1':>10}{'turns':>8}"]
    for stage, row in per_stage.items():
        lines.append(f"{stage:<16}{row['precision']:>10.3f}{row['recall']:>10.3f}{row['f1']:>10.3f}{row['n']:>8}")
    lines += [
        f"{name}: {value:.3f}" if isinstance(value, float) else f"{name}: {value}" for name, value in figures.items()
    ]
    return "\n".join(lines)
