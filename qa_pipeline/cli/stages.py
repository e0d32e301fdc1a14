"""``stages``: measure, train and correct the models of acts and stages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qa_pipeline.cli import options

if TYPE_CHECKING:
    from qa_pipeline.stages.tagging import Tagged
    from qa_pipeline.transcribe.labelled import LabelledCall

app = typer.Typer(help="Acts and script stages of calls.", no_args_is_help=True, rich_markup_mode=None)

#: Fewer calls cannot be cut into parts of which each still shows every stage.
MIN_CALLS = 10

Passages = Annotated[
    list[Path] | None,
    typer.Option("--passages", help="Labelled passages out of calls, also learnt from; may be given several times."),
]
Jobs = Annotated[int, typer.Option(min=1, help="Processes that train side by side.")]


@app.callback()
def _group() -> None:
    """Acts and script stages of calls."""


@app.command("evaluate")
def evaluate(
    file: Annotated[Path, typer.Argument(help="Labelled calls (JSON Lines) with a stage for every turn.")],
    model: options.StageModel = None,
    cross_validate: Annotated[
        bool, typer.Option("--cross-validate", help="Train anew, five times, always without the calls that are judged.")
    ] = False,
    also: Annotated[
        list[Path] | None,
        typer.Option("--also", help="With --cross-validate: calls in every training part; may be given several times."),
    ] = None,
    passages: Passages = None,
    jobs: Jobs = 2,
    json: options.Json = False,
) -> int:
    """Compare acts and stages found with the labelled ones: F1, boundaries, Pk, WindowDiff."""
    from qa_pipeline.cli.stage_figures import as_json, as_text, figures_of
    from qa_pipeline.core.errors import UserError

    calls = _labelled(file)
    if (also or passages) and not cross_validate:
        raise UserError("--also and --passages are training calls: give --cross-validate with them")
    if model and cross_validate:
        raise UserError("--cross-validate trains models of its own: leave --model out")
    if cross_validate:
        figures = figures_of(_cross_validated(file, calls, also or [], passages or [], jobs))
    else:
        figures = figures_of(_found_by(file, calls, model))
    typer.echo(as_json(figures) if json else as_text(figures))
    return 0


@app.command("train")
def train(
    files: Annotated[list[Path], typer.Argument(help="Labelled calls (JSON Lines) with a stage for every turn.")],
    model: Annotated[Path, typer.Option("--model", help="Folder for the model; `--stage-model FOLDER` then uses it.")],
    passages: Passages = None,
    measure: Annotated[
        bool,
        typer.Option("--measure/--no-measure", help="Cross-validate on the first file and write the figures down."),
    ] = True,
    jobs: Jobs = 2,
    json: options.Json = False,
) -> int:
    """Train a model of acts and stages on labelled calls; its folder also says what it was made from."""
    from qa_pipeline.cli.stage_figures import as_json, as_text, figures_of
    from qa_pipeline.cli.stage_training import fit_and_save, one_language, prepare
    from qa_pipeline.core.errors import UserError

    if model.exists() and not model.is_dir():
        raise UserError(f"{model}: is a file; name a folder for the model")
    calls, cut = [(file, _labelled(file)) for file in files], [(file, _labelled(file)) for file in passages or []]
    first, own = calls[0]
    one_language([call for _, of_file in (*calls, *cut) for call in of_file])
    if measure:
        _need_enough(first, own)
    prepare(model)
    found = _cross_validated(first, own, files[1:], passages or [], jobs) if measure else None
    figures = figures_of(found) if found else None
    fit_and_save(calls, cut, model, figures, jobs)
    if figures:
        typer.echo(as_json(figures) if json else as_text(figures))
    if not json:
        typer.echo(f"model: {model}")
    return 0


@app.command("export")
def export(
    out: Annotated[Path, typer.Option("--out", help="JSON Lines file to write.")],
    call_ids: Annotated[list[str] | None, typer.Argument(help="Ids of stored calls; all when none is given.")] = None,
    store: options.Store = None,
) -> int:
    """Write stored calls with the stages and acts found, to be corrected by hand and learnt from."""
    from qa_pipeline.cli.stage_export import export_calls
    from qa_pipeline.config import load_settings

    written = export_calls(load_settings({"store": store}).store, call_ids or [], out)
    typer.echo(f"{written} calls: {out}")
    return 0


def _labelled(file: Path) -> list[LabelledCall]:
    from qa_pipeline.core.errors import UserError
    from qa_pipeline.transcribe.labelled import read_labelled

    calls = [call for call in read_labelled(file) if call.stages]
    if not calls:
        raise UserError(f"{file}: no call has a stage for every turn; label the turns first")
    return calls


def _found_by(file: Path, calls: Sequence[LabelledCall], name: str | None) -> Iterator[tuple[LabelledCall, Tagged]]:
    from qa_pipeline.cli.progress import tracked
    from qa_pipeline.config import load_settings
    from qa_pipeline.core.errors import UserError
    from qa_pipeline.stages.model import find_stage_model, require_stage_model
    from qa_pipeline.stages.tagging import tag

    wanted = load_settings({"stage_model": name}).stage_model
    require_stage_model(wanted)
    with tracked(calls, len(calls)) as followed:
        for call in followed:
            language = call.conversation.language
            model = find_stage_model(wanted, language)
            if model is None:
                raise UserError(f"{file}:{call.line}: there is no stage model for the language {language}")
            yield call, tag(call.conversation, model)


def _cross_validated(
    file: Path, calls: Sequence[LabelledCall], also: Iterable[Path], passages: Iterable[Path], jobs: int
) -> Iterator[tuple[LabelledCall, Tagged]]:
    from qa_pipeline.cli.progress import bar
    from qa_pipeline.cli.stage_training import one_language
    from qa_pipeline.stages.validation import VALIDATION_STEPS, cross_validated, taught_calls

    _need_enough(file, calls)
    others, cut = [_labelled(path) for path in also], [_labelled(path) for path in passages]
    one_language([call for of_file in (calls, *others, *cut) for call in of_file])
    taught = [call for of_file in others for call in taught_calls(of_file)]
    taught += [call for of_file in cut for call in taught_calls(of_file, whole=False)]
    with bar(VALIDATION_STEPS) as advance:
        yield from cross_validated(calls, taught, jobs, advance)


def _need_enough(file: Path, calls: Sequence[LabelledCall]) -> None:
    from qa_pipeline.core.errors import UserError

    if len(calls) < MIN_CALLS:
        raise UserError(f"{file}: {len(calls)} calls are too few to measure on; at least {MIN_CALLS} are needed")
