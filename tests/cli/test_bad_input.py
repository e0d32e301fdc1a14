"""What a user can get wrong: one clear line on stderr that names it, exit code 2, never a traceback."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from qa_pipeline.rubric.loading import shipped_ids
from qa_pipeline.store.database import open_store
from tests.cli.conftest import MARKER, Command, wav

Prepare = Callable[[Path], object]


class Mistake(NamedTuple):
    name: str
    command: str
    named: str
    """What stands in the message."""
    prepare: Prepare = lambda folder: None


def file(name: str, content: str | bytes) -> Prepare:
    data = content.encode() if isinstance(content, str) else content

    def write(folder: Path) -> None:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)

    return write


def inside(name: str) -> Prepare:
    return lambda folder: (folder / name).mkdir(parents=True)


def sheet(content: str | bytes) -> Prepare:
    return file("calls.csv", content)


def labelled(**fields: object) -> Prepare:
    turn = {"role": "agent", "text": "您好", "stage": "opening"}
    return file("a.jsonl", json.dumps({"id": "a", "turns": [turn], **fields}))


def form(name: str, language: str = "zh") -> Prepare:
    """A form of one line."""
    head = f"id: {Path(name).stem}\nversion: '1'\ntitle: t\nlanguage: {language}\nsections:\n- id: s\n  title: s\n"
    return file(name, head + "  criteria:\n  - {id: greet, title: g, points: 5, check: {phrases: {any: [您好]}}}\n")


def empty_store(folder: Path) -> None:
    open_store(str(folder / "qa-pipeline.sqlite3")).close()


def both(*steps: Prepare) -> Prepare:
    return lambda folder: [step(folder) for step in steps]


WITH_SHEET = "run a.wav --calls calls.csv"
MISTAKES = [
    Mistake("missing recording", "run none.wav", "none.wav"),
    Mistake("empty folder", "run empty", "empty", inside("empty")),
    Mistake("pattern without a match", "run calls/*.wav", "calls/*.wav"),
    Mistake("no recordings at all", "run", "name recordings or folders, or give --retry-failed"),
    Mistake("missing sheet", "run a.wav --calls none.csv", "none.csv"),
    Mistake("sheet that is a folder", WITH_SHEET, "calls.csv", inside("calls.csv")),
    Mistake("empty sheet", WITH_SHEET, "calls.csv", sheet("")),
    Mistake("sheet without rows", WITH_SHEET, "calls.csv", sheet("recording\n")),
    Mistake("sheet without the column", WITH_SHEET, "calls.csv:1: no column 'recording'", sheet("file\na.wav\n")),
    Mistake("doubled column", WITH_SHEET, "calls.csv:1", sheet("recording,recording\na.wav,b\n")),
    Mistake("bad date", WITH_SHEET, "calls.csv:2: started_at", sheet("recording,started_at\na.wav,soon\n")),
    Mistake("bad outcome", WITH_SHEET, "calls.csv:2: outcome", sheet("recording,outcome\na.wav,great\n")),
    Mistake("bad channel", WITH_SHEET, "calls.csv:2: agent_channel", sheet("recording,agent_channel\na.wav,3\n")),
    Mistake("doubled row", WITH_SHEET, "calls.csv:3: recording", sheet("recording\na.wav\na.wav\n")),
    Mistake("doubled id", WITH_SHEET, "calls.csv:3: call_id", sheet("recording,call_id\na.wav,1\nb.wav,1\n")),
    Mistake("sheet of bytes", WITH_SHEET, "calls.csv", sheet(b"recording\n\xff\xff\xff\x80\n")),
    Mistake("UTF-16 sheet", WITH_SHEET, "calls.csv", sheet("recording\na.wav\n".encode("utf-16"))),
    Mistake("workbook as sheet", WITH_SHEET, "calls.csv", sheet(b"PK\x03\x04rest")),
    Mistake("unknown model", "run a.wav --model qqqqqq", "model qqqqqq"),
    Mistake("misspelt model", "run a.wav --model larg-v3", "did you mean large-v3"),
    Mistake("missing model folder", "run a.wav --model ./nowhere", "./nowhere"),
    Mistake("incomplete model", "run a.wav --model m", "holds no Whisper model", inside("m")),
    Mistake("model without words", "run a.wav --model m", "config.json is missing", file("m/model.bin", "x")),
    Mistake("unknown rubric", "run a.wav --rubric nope-nope", "nope-nope"),
    Mistake("misspelt rubric", f"score --rubric x{shipped_ids()[0]}", f"did you mean {shipped_ids()[0]}"),
    Mistake("rubric that is a folder", "score --rubric forms", "forms: is a folder", inside("forms")),
    Mistake("empty rubric", "score --rubric r.yaml", "r.yaml", file("r.yaml", "")),
    Mistake("rubric that is no YAML", "score --rubric r.yaml", "r.yaml:1", file("r.yaml", "a: [")),
    Mistake("rubric that is a list", "score --rubric r.yaml", "r.yaml:1", file("r.yaml", "- a\n")),
    Mistake("rubric of bytes", "score --rubric r.yaml", "r.yaml", file("r.yaml", b"\xff\xff\x80")),
    Mistake("store that is text", "score --store s.db", "s.db", file("s.db", "my notes " * 200)),
    Mistake("store that is a folder", "score --store s", "store s", inside("s")),
    Mistake("store below a file", "score --store f/s.db", "f/s.db", file("f", "x")),
    Mistake("unknown database", "score --store foo://u:p@h/db", "foo://"),
    Mistake("bad port of the store", "score --store postgresql://h:port/db", "h:port"),
    Mistake("empty store name", "score --store=", "store"),
    Mistake("out that is a file", "report all --out f", "f: cannot be written", both(empty_store, file("f", "x"))),
    Mistake("out below a file", "report all --out f/pages", "f/pages", both(empty_store, file("f", "x"))),
    Mistake("no store to report from", "report all", "there is none; check --store"),
    Mistake("no store to score", "score --store typo.sqlite3", "typo.sqlite3: there is none"),
    Mistake("nothing to score", "score", "holds no call", empty_store),
    Mistake("no calls that fit", "score --calls agent=A9", "holds no call", empty_store),
    Mistake("unknown filter", "score --calls colour=red", "--calls colour=red"),
    Mistake("filter without a value", "score --calls agent", "--calls agent"),
    Mistake("unknown call", "report call no-such-call", "no-such-call", empty_store),
    Mistake("a call without its id", "report call", "needs a call id"),
    Mistake("unknown kind of report", "report no-such-kind", "no-such-kind"),
    Mistake("unknown option", "run a.wav --speed 9", "--speed"),
    Mistake("unknown command", "runn a.wav", "runn"),
    Mistake("option without a value", "run a.wav --model", "--model"),
    Mistake("word as threads", "run a.wav --threads many", "--threads"),
    Mistake("negative threads", "run a.wav --threads -1", "cpu_threads"),
    Mistake("language in words", "run a.wav --language Chinese", "language"),
    Mistake("unknown device", "run a.wav --device tpu", "device"),
    Mistake("unknown setting", "score", "did you mean model", file("qa-pipeline.toml", "modle = 1")),
    Mistake("bad setting", "score", "qa-pipeline.toml: beam_size", file("qa-pipeline.toml", "beam_size = 0")),
    Mistake("broken settings", "score", "qa-pipeline.toml", file("qa-pipeline.toml", "model = ")),
    Mistake("import of nothing", "import", "'files'; see --help"),
    Mistake("import of a missing file", "import none.srt", "none.srt"),
    Mistake("import of a folder", "import d", "d: ", inside("d")),
    Mistake("import of bytes", "import a.txt", "a.txt", file("a.txt", b"\x00\xff\xfe\x01")),
    Mistake("import of an empty file", "import a.txt", "a.txt", file("a.txt", "")),
    Mistake("import of an essay", "import a.txt", "a.txt", file("a.txt", "从前有座山")),
    Mistake("import of other JSON", "import a.json", "a.json: segments", file("a.json", '{"a": 1}')),
    Mistake("import of broken JSON", "import a.json", "a.json:1", file("a.json", '{"a"')),
    Mistake("import of endless numbers", "import a.json", "a.json", file("a.json", "[" + "9" * 5000 + "]")),
    Mistake("bad subtitle time", "import a.srt", "a.srt:2", file("a.srt", "1\n00:xx --> 00:02\n好\n")),
    Mistake("bad labelled line", "import a.jsonl", "a.jsonl:1", file("a.jsonl", "{")),
    Mistake("labels of a missing file", "stages evaluate none.jsonl", "none.jsonl"),
    Mistake("unlabelled calls", "stages evaluate a.jsonl", "a.jsonl", labelled(turns=[{"text": "您好"}])),
    Mistake("no stage model", "stages evaluate a.jsonl", "a.jsonl:1", labelled(language="xx")),
    Mistake("labels in broken JSON", "stages evaluate a.jsonl", "a.jsonl:1", file("a.jsonl", "{]")),
    Mistake("reference without recording", "asr evaluate a.jsonl", "a.jsonl:1", labelled(recording="gone.wav")),
    Mistake("missing reference", "asr evaluate none.jsonl", "none.jsonl"),
    Mistake("evaluate a missing file", "rubric evaluate none.jsonl", "none.jsonl: no such file"),
    Mistake("evaluate a folder", "rubric evaluate d", "d: is a folder", inside("d")),
    Mistake("evaluate an empty file", "rubric evaluate a.jsonl", "a.jsonl: holds no calls", file("a.jsonl", "")),
    Mistake("evaluate bytes", "rubric evaluate a.jsonl", "a.jsonl: is not UTF-8", file("a.jsonl", b"\x89PNG\xff\x00")),
    Mistake(
        "evaluate GB18030", "rubric evaluate a.jsonl", "save it as UTF-8", file("a.jsonl", "客户".encode("gb18030"))
    ),
    Mistake("evaluate broken JSON", "rubric evaluate a.jsonl", "a.jsonl:1: Invalid JSON", file("a.jsonl", "{")),
    Mistake("evaluate unlabelled calls", "rubric evaluate a.jsonl", "a.jsonl: no call has a label", labelled()),
    Mistake(
        "labels of another form", "rubric evaluate a.jsonl", "label them by criterion id", labelled(labels={"x": "no"})
    ),
    Mistake(
        "labels that are none", "rubric evaluate a.jsonl", "a.jsonl:1: labels.greet", labelled(labels={"greet": "?"})
    ),
    Mistake(
        "calls of another language",
        "rubric evaluate a.jsonl --rubric f.yaml",
        "a.jsonl: its calls are in en, f is for zh",
        both(form("f.yaml"), labelled(labels={"greet": "yes"}, language="en")),
    ),
    Mistake(
        "kappa in words", "rubric evaluate a.jsonl --min-kappa abc", "--min-kappa", labelled(labels={"greet": "yes"})
    ),
    Mistake(
        "kappa above one", "rubric evaluate a.jsonl --min-kappa 2", "--min-kappa", labelled(labels={"greet": "yes"})
    ),
    Mistake(
        "kappa of nothing", "rubric evaluate a.jsonl --min-kappa nan", "--min-kappa", labelled(labels={"greet": "yes"})
    ),
    Mistake("evaluate under a missing form", "rubric evaluate a.jsonl --rubric none.yaml", "none.yaml", labelled()),
    Mistake("show a missing form", "rubric show none.yaml", "none.yaml: no such rubric file"),
    Mistake("show a form of bytes", "rubric show r.yaml", "neither UTF-8 nor GB18030", file("r.yaml", b"\xff\xff\x80")),
    Mistake("compare one form", "rubric diff f.yaml", "'after'", form("f.yaml")),
    Mistake("compare with a missing form", "rubric diff f.yaml none.yaml", "none.yaml", form("f.yaml")),
    Mistake(
        "compare without a store",
        "rubric diff f.yaml f.yaml",
        "store qa-pipeline.sqlite3: there is none",
        form("f.yaml"),
    ),
    Mistake(
        "compare in a misspelt store",
        "rubric diff f.yaml f.yaml --store sqlite:///no/such.db",
        "store sqlite:///no/such.db: there is none",
        form("f.yaml"),
    ),
    Mistake("compare in a text file", "rubric diff f.yaml f.yaml --store f.yaml", "cannot be opened", form("f.yaml")),
    Mistake(
        "compare by a misspelt filter", "rubric diff f.yaml f.yaml --calls agnt=A", "--calls agnt=A", form("f.yaml")
    ),
    Mistake(
        "compare a missing file", "rubric diff f.yaml f.yaml --calls a.jsonl", "a.jsonl: no such file", form("f.yaml")
    ),
    Mistake(
        "compare a folder", "rubric diff f.yaml f.yaml --calls d", "d: is a folder", both(form("f.yaml"), inside("d"))
    ),
    Mistake(
        "compare forms of two languages",
        "rubric diff f.yaml g.yaml --calls a.jsonl",
        "g.yaml: is for calls in en, f.yaml for zh",
        both(form("f.yaml"), form("g.yaml", language="en"), labelled()),
    ),
    Mistake(
        "explain without a store", "explain a greet --rubric f.yaml", "there is none; check --store", form("f.yaml")
    ),
    Mistake("unknown field of names", "run a.wav --name-pattern {boss}", "boss"),
    Mistake("open brace", "run a.wav --name-pattern {team", "brace"),
    Mistake("bad value in a name", "run a.wav --name-pattern {outcome}", "outcome"),
]


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.name)
def test_a_mistake_is_one_line_that_names_it(qa: Command, folder: Path, mistake: Mistake) -> None:
    wav(folder / "a.wav")
    mistake.prepare(folder)
    answer = qa(*mistake.command.split())
    assert answer.code == 2, answer.err
    assert answer.err.startswith("qa-pipeline: ")
    assert len(answer.err.splitlines()) == 1, answer.err
    assert len(answer.err) < 600
    assert mistake.named in answer.err
    assert answer.out == ""


def test_commands_that_only_read_leave_no_store_behind(qa: Command, folder: Path) -> None:
    form("f.yaml")(folder)
    for command in ("rubric diff f.yaml f.yaml", "explain a greet --rubric f.yaml"):
        for store in ("none.db", "sqlite:///none.db", "sqlite:///none.db?timeout=5", "deep/none.db"):
            assert qa(*command.split(), "--store", store).code == 2
    assert [path.name for path in folder.iterdir()] == ["f.yaml"]


def test_mistakes_in_labelled_calls_say_nothing_of_the_call(qa: Command, folder: Path) -> None:
    form("f.yaml")(folder)
    turn = {"role": MARKER, "text": MARKER, "start_s": MARKER, "acts": MARKER, "voice": {"rate_cpm": MARKER}}
    file("a.jsonl", json.dumps({"id": "a", "turns": [turn], "labels": {"greet": MARKER}, "facts": [MARKER]}))(folder)
    for command in ("rubric evaluate a.jsonl --rubric f.yaml", "rubric diff f.yaml f.yaml --calls a.jsonl"):
        answer = qa(*command.split())
        assert (answer.code, answer.out) == (2, "")
        assert "a.jsonl:1: turns.0.role" in answer.err
        assert MARKER not in answer.err


def test_several_mistakes_are_a_line_each(qa: Command, folder: Path) -> None:
    wav(folder / "a.wav")
    sheet("recording,outcome,amount\na.wav,great,much\n,deal,1\n")(folder)
    for arguments, lines in (
        (("run", "none.wav", "calls/*.wav"), 2),
        (WITH_SHEET.split(), 3),
        (("run", "a.wav", "--language", "Chinese", "--threads", "-1"), 2),
    ):
        answer = qa(*arguments)
        assert answer.code == 2
        assert len(answer.err.splitlines()) == lines
        assert all(line.startswith("qa-pipeline: ") for line in answer.err.splitlines())


def test_a_password_stands_in_no_message(qa: Command) -> None:
    for store in ("foo://u:geheim@h/db", "postgresql://u:geheim@h:port/db", "post gres://u:geheim@h/db"):
        assert "geheim" not in qa("score", "--store", store).err


def test_the_program_itself_shows_no_traceback(folder: Path) -> None:
    command = [sys.executable, "-m", "qa_pipeline.cli.main", "run", "none.wav"]
    ran = subprocess.run(
        command, capture_output=True, text=True, cwd=folder, env={"PYTHONPATH": str(Path(__file__).parents[2])}
    )
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr.startswith("qa-pipeline: 'none.wav': no such file")
