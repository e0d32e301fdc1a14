"""Every command: its help, its exit code, and the keys of its JSON."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from qa_pipeline import __version__
from qa_pipeline.core.call import Stage
from qa_pipeline.rubric.loading import shipped_ids
from tests.cli.conftest import Command, wav
from tests.transcribe.fake_models import model_folder

#: A small form, so that no trained model has to be loaded.
WORDS_ONLY = str(Path(__file__).parents[1] / "data" / "words-only.yaml")

COMMANDS = [
    (),
    ("demo",),
    ("run",),
    ("import",),
    ("score",),
    ("report",),
    ("doctor",),
    ("rubric",),
    ("stages", "train"),
    ("stages", "export"),
    ("rubric", "check"),
    ("rubric", "test"),
    ("rubric", "show"),
    ("rubric", "schema"),
    ("rubric", "evaluate"),
    ("rubric", "diff"),
    ("explain",),
    ("stages",),
    ("stages", "evaluate"),
    ("asr",),
    ("asr", "evaluate"),
]
DIALOGUE = "坐席：您好，我是小李，工号三零五二\n客户：喂，太贵了\n"
LABELLED = {
    "id": "a",
    "turns": [
        {"role": "agent", "text": "您好", "stage": "opening"},
        {"role": "customer", "text": "太贵了", "stage": "objection"},
    ],
}


@pytest.fixture(autouse=True)
def words_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QA_PIPELINE_RUBRIC", WORDS_ONLY)


def imported(qa: Command, folder: Path, *names: str) -> None:
    for name in names:
        (folder / f"{name}.txt").write_text(DIALOGUE, encoding="utf-8")
    assert qa("import", *(f"{name}.txt" for name in names)).code == 0


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
@pytest.mark.parametrize("option", ["--help", "-h"])
def test_every_command_explains_itself(qa: Command, command: tuple[str, ...], option: str) -> None:
    answer = qa(*command, option)
    assert (answer.code, answer.err) == (0, "")
    assert "Usage: qa-pipeline" in answer.out


@pytest.mark.parametrize("group", [(), ("rubric",), ("stages",), ("asr",)], ids=" ".join)
def test_without_a_command_the_help_is_shown(qa: Command, group: tuple[str, ...]) -> None:
    answer = qa(*group)
    assert answer.code == 2
    assert answer.err.startswith("Usage: qa-pipeline") and "Commands:" in answer.err


def test_the_version(qa: Command) -> None:
    assert qa("--version").out == f"qa-pipeline {__version__}\n"


def test_help_loads_no_heavy_library() -> None:
    code = (
        "import sys\nfrom qa_pipeline.cli.main import main\n"
        "try:\n    main(['run', '--help'])\nexcept SystemExit:\n    pass\n"
        "heavy = {'numpy', 'spacy', 'faster_whisper', 'sqlalchemy', 'pandas', 'av', 'torch'} & set(sys.modules)\n"
        "print(sorted(heavy), file=sys.stderr)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stderr.strip() == "[]"


def test_a_reader_that_leaves_is_no_error(folder: Path) -> None:
    script = f"{sys.executable} -m qa_pipeline.cli.main --help | head -c 10"
    ran = subprocess.run(["bash", "-c", script], capture_output=True, text=True, cwd=Path(__file__).parents[2])
    assert (ran.stderr, len(ran.stdout)) == ("", 10)


def test_ctrl_c_is_told_and_has_its_own_code(qa: Command, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr("qa_pipeline.cli.batch.run_batch", interrupted)
    wav(folder / "a.wav")
    answer = qa("run", "a.wav")
    assert (answer.code, answer.err) == (130, "qa-pipeline: stopped; the same command goes on from here\n")


def test_a_bug_keeps_its_traceback(qa: Command, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def buggy(*_: object, **__: object) -> int:
        raise ZeroDivisionError

    monkeypatch.setattr("qa_pipeline.config.load_settings", buggy)
    with pytest.raises(ZeroDivisionError):
        qa("score")


# -- run ----------------------------------------------------------------------


@pytest.mark.usefixtures("spoken")
def test_run_prints_one_object_per_recording(qa: Command, folder: Path) -> None:
    wav(folder / "calls" / "a.wav", 1), wav(folder / "calls" / "b.wav", 2)
    first, second = qa("run", "calls", "--json"), qa("run", "calls", "--json")
    assert (first.code, second.code, first.err) == (0, 0, "")
    assert [row["status"] for row in first.rows + second.rows] == ["done", "done", "skipped", "skipped"]
    keys = {"recording", "call_id", "status", "step", "reason", "unscorable", "code"}
    assert {frozenset(row) for row in first.rows} == {frozenset(keys)}


@pytest.mark.usefixtures("spoken")
def test_run_takes_facts_from_the_sheet_and_reports_what_does_not_fit(qa: Command, folder: Path) -> None:
    wav(folder / "a.wav", 1), wav(folder / "b.wav", 2)
    sheet = "recording,call_id,agent_id,agent_channel\na.wav,C1,A7,left\n13812345678.wav,C2,A7,left\n"
    (folder / "calls.csv").write_text(sheet)
    answer = qa("run", "a.wav", "b.wav", "--calls", "calls.csv", "--out", "pages")
    assert answer.code == 0
    assert "✓ a.wav" in answer.out
    assert "2 done, 0 skipped, 0 failed" in answer.out
    assert str(folder / "pages" / "index.html") in answer.out
    assert "calls.csv:3: no recording named 138****5678.wav was given" in answer.err
    assert "b.wav: has no row in calls.csv" in answer.err
    assert [row["call_id"] for row in qa("score", "--json", "--calls", "agent=A7").rows] == ["C1"]


@pytest.mark.usefixtures("spoken")
def test_run_reads_facts_from_file_names(qa: Command, folder: Path) -> None:
    wav(folder / "A7_20261102101240.wav")
    assert qa("run", "A7_20261102101240.wav", "--name-pattern", "{agent_id}_{started_at:%Y%m%d%H%M%S}").code == 0
    assert len(qa("score", "--json", "--calls", "agent=A7").rows) == 1


# -- import, score, report ----------------------------------------------------


def test_import_prints_one_object_per_call_and_skips_what_is_stored(qa: Command, folder: Path) -> None:
    (folder / "a.txt").write_text(DIALOGUE, encoding="utf-8")
    first, second = qa("import", "a.txt", "--json"), qa("import", "a.txt", "--json")
    row = {"recording": "a.txt", "call_id": "a", "status": "done", "step": "import", "reason": "", "code": ""}
    assert first.rows == [{**row, "unscorable": []}]
    assert second.rows[0]["status"] == "skipped"


@pytest.mark.usefixtures("spoken")
def test_import_never_takes_the_place_of_a_recording(qa: Command, folder: Path) -> None:
    wav(folder / "x.wav")
    (folder / "calls.csv").write_text("recording,call_id\nx.wav,a\n")
    qa("run", "x.wav", "--calls", "calls.csv")
    (folder / "a.txt").write_text(DIALOGUE, encoding="utf-8")
    answer = qa("import", "a.txt", "--json")
    assert (answer.code, answer.rows[0]["status"]) == (1, "failed")


def test_import_refuses_two_files_of_one_id_and_stores_nothing(qa: Command, folder: Path) -> None:
    for name in ("one", "two"):
        (folder / name).mkdir()
        (folder / name / "1.txt").write_text(DIALOGUE, encoding="utf-8")
    answer = qa("import", "one/1.txt", "two/1.txt")
    assert (answer.code, answer.err.count("\n")) == (2, 1)
    assert "two/1.txt: gives the same call id as one/1.txt" in answer.err
    assert qa("score").code == 2


def test_a_mistake_in_the_last_file_stores_nothing_of_the_first(qa: Command, folder: Path) -> None:
    (folder / "a.txt").write_text(DIALOGUE, encoding="utf-8")
    assert qa("import", "a.txt", "none.txt").code == 2
    assert qa("score").code == 2


def test_score_prints_every_verdict(qa: Command, folder: Path) -> None:
    imported(qa, folder, "a", "b")
    answer = qa("score", "--json")
    assert answer.code == 0
    keys = {"call_id", "percent", "percent_before", "passed", "unscorable", "red_lines", "criteria"}
    assert [set(row) for row in answer.rows] == [keys, keys]
    assert answer.rows[0]["criteria"]["greet"] == "met"
    assert [row["call_id"] for row in qa("score", "--json", "--calls", "id=b").rows] == ["b"]


def other_rubric(folder: Path) -> str:
    text = "id: words-only\nversion: '2'\ntitle: t\nsections:\n- id: s\n  title: s\n  criteria:\n"
    text += "  - {id: never, title: n, points: 5, check: {phrases: {any: [绝无此语]}}}\n"
    (folder / "other.yaml").write_text(text, encoding="utf-8")
    return "other.yaml"


def test_simulate_shows_the_change_and_writes_nothing(qa: Command, folder: Path) -> None:
    imported(qa, folder, "a")
    before = qa("score", "--json").rows[0]["percent"]
    simulated = qa("score", "--simulate", "--json", "--rubric", other_rubric(folder)).rows[0]
    assert (simulated["percent"], simulated["percent_before"]) == (0, before)
    assert qa("score", "--json").rows[0]["percent_before"] == before
    qa("score", "--rubric", "other.yaml")
    assert qa("score", "--json").rows[0]["percent_before"] == 0


def test_score_for_people_names_call_and_points(qa: Command, folder: Path) -> None:
    imported(qa, folder, "a")
    assert qa("score").out.startswith("a  ")
    assert "(was " in qa("score", "--simulate", "--rubric", other_rubric(folder)).out


@pytest.mark.parametrize("what", [(), ("all",), ("call", "a")])
def test_report_writes_pages_and_says_where(qa: Command, folder: Path, what: tuple[str, ...]) -> None:
    imported(qa, folder, "a")
    answer = qa("report", *what, "--json", "--out", "pages")
    assert answer.code == 0
    assert Path(answer.rows[0]["report"]).is_file()
    assert (folder / "pages" / "calls" / "a.html").is_file()
    assert "calls/a.html" in (folder / "pages" / "index.html").read_text(encoding="utf-8")
    assert "report: " in qa("report", *what).out


# -- figures ------------------------------------------------------------------


def test_stages_evaluate_gives_the_documented_figures(qa: Command, folder: Path) -> None:
    (folder / "a.jsonl").write_text(json.dumps(LABELLED), encoding="utf-8")
    found: dict[str, Any] = json.loads(qa("stages", "evaluate", "a.jsonl", "--json").out)
    assert {"macro_f1", "boundary_f1", "pk", "windowdiff", "per_stage"} <= set(found)
    assert set(found["per_stage"]) == {stage.value for stage in Stage}
    assert set(found["per_stage"]["opening"]) == {"precision", "recall", "f1", "n"}
    assert "macro_f1: " in qa("stages", "evaluate", "a.jsonl").out


@pytest.mark.usefixtures("spoken")
def test_asr_evaluate_gives_the_documented_figures(qa: Command, folder: Path) -> None:
    wav(folder / "audio" / "a.wav")
    turns = [
        {"role": "agent", "text": "您好，我是小李，工号三零五二", "channel": "left"},
        {"role": "customer", "text": "喂", "channel": "right"},
    ]
    row = {"id": "a", "recording": "a.wav", "turns": turns}
    (folder / "a.jsonl").write_text(json.dumps(row), encoding="utf-8")
    answer = qa("asr", "evaluate", "a.jsonl", "--recordings", "audio", "--json")
    assert answer.code == 0
    found = json.loads(answer.out)
    assert {"cer", "files"} <= set(found)
    assert found["files"][0]["recording"] == "a.wav"
    assert found["cer"] > 0
    assert "a.wav" in qa("asr", "evaluate", "a.jsonl", "--recordings", "audio").out


def test_rubric_check_of_good_and_bad(qa: Command, folder: Path) -> None:
    good = qa("rubric", "check", WORDS_ONLY, "--json")
    assert (good.code, good.rows[0]["ok"], good.rows[0]["id"]) == (0, True, "words-only")
    (folder / "bad.yaml").write_text("id: X\ntitel: a\n")
    bad = qa("rubric", "check", WORDS_ONLY, "bad.yaml")
    assert bad.code == 2
    assert "no mistakes" in bad.out
    assert all(line.startswith("bad.yaml:") for line in bad.err.splitlines())
    assert len(bad.err.splitlines()) >= 3
    assert qa("rubric", "check", "bad.yaml", "--json").rows[0]["problems"] == bad.err.splitlines()


def test_doctor_says_what_is_there_and_whether_the_model_is(qa: Command, folder: Path) -> None:
    model_folder(folder / "model")
    ready = qa("doctor", "--json", "--model", "model")
    facts = json.loads(ready.out)
    assert (ready.code, facts["model_ready"], facts["qa-pipeline"]) == (0, True, __version__)
    assert facts["rubrics"] == shipped_ids()
    missing = qa("doctor", "--model", "qqqqqq")
    assert missing.code == 1
    assert "model_ready: False" in missing.out


def test_doctor_hides_the_password_of_the_store(qa: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QA_PIPELINE_STORE", "postgresql://u:geheim@h/db")
    answer = qa("doctor", "--model", "qqqqqq")
    assert "geheim" not in answer.out + answer.err
    assert "postgresql://u:***@h/db" in answer.out
