"""``qa-pipeline``: the program's entry, where errors become one line and an exit code."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from qa_pipeline import __version__
from qa_pipeline.cli import (
    asr,
    demo,
    doctor,
    explain,
    export,
    import_,
    models,
    report,
    rubric,
    run,
    score,
    sheets,
    stages,
    store,
    talk,
)
from qa_pipeline.core.errors import UserError

#: 0 done; 1 done, but some calls failed; 2 the user must mend something; 130 stopped by Ctrl-C.
EXIT_USER_ERROR = 2
EXIT_INTERRUPTED = 130

app = typer.Typer(
    name="qa-pipeline",
    help="Quality assurance and coaching for recorded sales calls.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("demo")(demo.demo)
app.command("run")(run.run)
app.command("import")(import_.import_transcripts)
app.command("score")(score.score_calls)
app.command("report")(report.report)
app.command("sheets")(sheets.sheets)
app.command("export")(export.export)
app.command("explain")(explain.explain)
app.command("talk")(talk.talk)
app.command("doctor")(doctor.doctor)
app.add_typer(rubric.app, name="rubric")
app.add_typer(stages.app, name="stages")
app.add_typer(asr.app, name="asr")
app.add_typer(models.app, name="models")
app.add_typer(store.app, name="store")


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"qa-pipeline {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version and exit."),
    ] = False,
) -> None:
    """Quality assurance and coaching for recorded sales calls."""


def main(arguments: list[str] | None = None) -> None:
    """Run one command and leave with its exit code. A bug keeps its traceback."""
    try:
        code = app(args=arguments, standalone_mode=False, prog_name="qa-pipeline")
        if code == EXIT_INTERRUPTED:  # newer Typer turns Ctrl-C into this exit code by itself
            raise KeyboardInterrupt
    except UserError as error:
        _complain(str(error))
        code = EXIT_USER_ERROR
    except (KeyboardInterrupt, typer.Abort):
        _complain("stopped; the same command goes on from here")
        code = EXIT_INTERRUPTED
    except BrokenPipeError:
        # The reader of our output (head, less) has left: nothing more to say.
        sys.stderr.close()
        code = 0
    except Exception as error:
        # Typer's own errors (wrong option, missing argument) know how to word themselves.
        wording = getattr(error, "format_message", None)
        if wording is None:
            raise
        if type(error).__name__ == "NoArgsIsHelpError":  # its wording is the whole help
            print(wording(), file=sys.stderr)
        else:
            _complain(f"{(wording() or 'wrong usage').rstrip('.')}; see --help".replace("\n", " "))
        code = EXIT_USER_ERROR
    raise SystemExit(code if isinstance(code, int) else 0)


def _complain(message: str) -> None:
    for line in message.splitlines():
        print(f"qa-pipeline: {line}", file=sys.stderr)


if __name__ == "__main__":
    main()
