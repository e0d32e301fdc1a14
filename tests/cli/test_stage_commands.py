"""``stages evaluate``, ``train`` and ``export``, and ``--stage-model``: files, figures, exit codes."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from threadpoolctl import threadpool_limits

from qa_pipeline.core.call import Stage
from qa_pipeline.stages import validation
from qa_pipeline.stages.model import StageModel, read_stage_model, save_stage_model
from qa_pipeline.stages.training import STEPS, Progress, TaughtCall
from qa_pipeline.store.database import open_store
from tests.cli.conftest import MARKER, Answer, Command, wav
from tests.stage_models import invented, small_stage_model, write_calls

WORDS_ONLY = str(Path(__file__).parents[1] / "data" / "words-only.yaml")
STORE = "qa-pipeline.sqlite3"
DIALOGUE = "坐席：您好，我是小李，工号三零五二\n客户：喂，太贵了\n"

#: The contract; more keys are welcome.
FIGURES = {"macro_f1", "boundary_f1", "pk", "windowdiff", "per_stage"}
ACT_FIGURES = {"micro_f1", "refusal_f1", "objection_type_macro_f1", "calibration_error", "per_act"}


@pytest.fixture(autouse=True)
def words_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QA_PIPELINE_RUBRIC", WORDS_ONLY)


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> Iterator[None]:
    with threadpool_limits(1):
        yield


@pytest.fixture
def small(stage_model: StageModel, folder: Path) -> Path:
    """A folder with the small model."""
    save_stage_model(stage_model, folder / "small")
    return folder / "small"


@pytest.fixture
def fits(monkeypatch: pytest.MonkeyPatch) -> list[Sequence[TaughtCall]]:
    """Cross-validation without its five fits; what each would have been taught."""
    taught: list[Sequence[TaughtCall]] = []

    def fit(language: str, calls: Sequence[TaughtCall], jobs: int, progress: Progress) -> StageModel:
        taught.append(calls)
        progress("evidence", STEPS)
        return small_stage_model()

    monkeypatch.setattr(validation, "fit_stage_model", fit)
    return taught


def refused(answer: Answer, *words: str) -> None:
    """One line that says what to mend."""
    assert (answer.code, answer.out) == (2, "")
    assert len(answer.err.splitlines()) == 1
    assert all(word in answer.err for word in words)


def english(count: int) -> list[dict[str, Any]]:
    turn = {"role": "agent", "text": "good morning, this is Amy", "stage": "opening"}
    return [{"id": f"e{number}", "language": "en", "turns": [turn]} for number in range(count)]


# -- evaluate -----------------------------------------------------------------


def test_evaluate_gives_the_documented_figures(qa: Command, small: Path, folder: Path) -> None:
    write_calls(folder / "a.jsonl", invented(3))
    answer = qa("stages", "evaluate", "a.jsonl", "--model", "small", "--json")
    assert answer.code == 0
    found = json.loads(answer.out)
    assert set(found) >= FIGURES | {"confusion", "acts"}
    assert set(found["per_stage"]) == set(found["confusion"]) == {stage.value for stage in Stage}
    assert set(found["per_stage"]["opening"]) == {"precision", "recall", "f1", "n"}
    assert set(found["acts"]) >= ACT_FIGURES
    assert found["calls"] == found["acts"]["calls"] == 3
    assert found["macro_f1"] > 0.9


def test_evaluate_for_people_shows_tables(qa: Command, small: Path, folder: Path) -> None:
    write_calls(folder / "a.jsonl", invented(3))
    answer = qa("stages", "evaluate", "a.jsonl", "--model", "small")
    assert answer.code == 0
    for shown in ("macro_f1: ", "boundary_f1: ", "true, then found", "agent.greet", "micro_f1: ", "calls: 3"):
        assert shown in answer.out


def test_calls_without_acts_have_no_figures_of_acts(qa: Command, small: Path, folder: Path) -> None:
    write_calls(folder / "a.jsonl", invented(3, acts=False))
    assert json.loads(qa("stages", "evaluate", "a.jsonl", "--model", "small", "--json").out)["acts"] is None
    answer = qa("stages", "evaluate", "a.jsonl", "--model", "small")
    assert answer.code == 0
    assert "micro_f1" not in answer.out


def test_cross_validation_judges_every_call(qa: Command, folder: Path, fits: list[Sequence[TaughtCall]]) -> None:
    write_calls(folder / "a.jsonl", invented(10))
    write_calls(folder / "b.jsonl", invented(14)[10:])
    write_calls(folder / "c.jsonl", [{"id": "p", "turns": invented(1)[0]["turns"][:2]}])
    command = "stages evaluate a.jsonl --cross-validate --also b.jsonl --passages c.jsonl --json"
    answer = qa(*command.split())
    assert (answer.code, json.loads(answer.out)["calls"]) == (0, 10)
    # Eight calls, the four further ones and the passage.
    assert [len(calls) for calls in fits] == [13] * 5
    assert all([call.whole for call in calls] == [True] * 12 + [False] for calls in fits)


def test_too_few_calls_cannot_be_cut_into_parts(qa: Command, folder: Path, fits: list[Sequence[TaughtCall]]) -> None:
    write_calls(folder / "a.jsonl", invented(9))
    refused(qa("stages", "evaluate", "a.jsonl", "--cross-validate"), "a.jsonl: 9 calls are too few", "at least 10")
    refused(qa("stages", "train", "a.jsonl", "--model", "m"), "a.jsonl: 9 calls are too few", "at least 10")
    assert fits == [] and not (folder / "m").exists()


@pytest.mark.parametrize("option", ["--also", "--passages"])
def test_training_calls_need_a_training(qa: Command, folder: Path, option: str) -> None:
    write_calls(folder / "a.jsonl", invented(10))
    refused(qa("stages", "evaluate", "a.jsonl", option, "a.jsonl"), "--cross-validate")


@pytest.mark.parametrize("name", ["nonsense", "small/model.json", "empty"])
def test_evaluate_refuses_what_is_no_model(qa: Command, small: Path, folder: Path, name: str) -> None:
    (folder / "empty").mkdir()
    write_calls(folder / "a.jsonl", invented(1))
    refused(qa("stages", "evaluate", "a.jsonl", "--model", name), name)


def test_a_language_without_cues_is_refused(qa: Command, folder: Path) -> None:
    write_calls(folder / "a.jsonl", [line | {"language": "fr"} for line in english(10)])
    refused(qa("stages", "train", "a.jsonl", "--model", "m", "--no-measure"), "no cues for the language fr")


# -- train --------------------------------------------------------------------


def test_train_makes_a_folder_that_says_what_it_was_made_from(
    qa: Command, folder: Path, fits: list[Sequence[TaughtCall]], monkeypatch: pytest.MonkeyPatch
) -> None:
    write_calls(folder / "own.jsonl", invented(10))
    write_calls(folder / "more.jsonl", invented(14)[10:])
    write_calls(folder / "cut.jsonl", [{"id": "p", "turns": invented(1)[0]["turns"][:2]}])
    command = "stages train own.jsonl more.jsonl --passages cut.jsonl --model mine --jobs 1"
    monkeypatch.setattr(sys, "argv", ["qa-pipeline", *command.split()])
    answer = qa(*command.split())
    assert answer.code == 0
    assert answer.out.endswith("model: mine\n")
    assert {path.name for path in (folder / "mine").iterdir()} == {
        "model.json", "weights.npz", "README.md", "figures.json",
    }  # fmt: skip
    card = (folder / "mine" / "README.md").read_text(encoding="utf-8")
    figures = json.loads((folder / "mine" / "figures.json").read_text(encoding="utf-8"))
    assert set(figures) >= FIGURES
    for said in ("own.jsonl (10 calls)", "more.jsonl (4 calls)", "cut.jsonl (1 passages)", f"`qa-pipeline {command}`"):
        assert said in card
    assert f"macro F1 of stages {figures['macro_f1']:.3f}" in card
    assert f"micro F1 of acts {figures['acts']['micro_f1']:.3f}" in card
    assert read_stage_model(folder / "mine").name == "mine"
    evaluated = qa("stages", "evaluate", "own.jsonl", "--model", "mine", "--json")
    assert json.loads(evaluated.out)["macro_f1"] > 0.9


def test_train_anew_keeps_the_card_and_changes_the_model(qa: Command, folder: Path) -> None:
    write_calls(folder / "a.jsonl", invented(2))
    train = ("stages", "train", "a.jsonl", "--model", "mine", "--no-measure", "--jobs", "1")
    assert qa(*train, "--json").out == ""
    card = folder / "mine" / "README.md"
    assert "not measured" in card.read_text(encoding="utf-8")
    assert not (folder / "mine" / "figures.json").exists()
    first = read_stage_model(folder / "mine")
    card.write_text("Checked by a person.\n", encoding="utf-8")
    write_calls(folder / "a.jsonl", invented(3))
    assert qa(*train).code == 0
    assert card.read_text(encoding="utf-8") == "Checked by a person.\n"
    assert read_stage_model(folder / "mine").revision != first.revision


def test_one_model_is_of_one_language(qa: Command, folder: Path) -> None:
    write_calls(folder / "zh.jsonl", invented(10))
    write_calls(folder / "en.jsonl", english(2))
    for command in (
        "stages train zh.jsonl en.jsonl --model m --no-measure",
        "stages train zh.jsonl en.jsonl --model m",
        "stages train zh.jsonl --passages en.jsonl --model m --no-measure",
        "stages evaluate zh.jsonl --cross-validate --also en.jsonl",
    ):
        refused(qa(*command.split()), "zh, en", "one model per language")
    assert not (folder / "m").exists()


def test_a_model_needs_a_folder(qa: Command, folder: Path) -> None:
    write_calls(folder / "a.jsonl", invented(2))
    (folder / "m").write_text("mine", encoding="utf-8")
    refused(qa("stages", "train", "a.jsonl", "--model", "m", "--no-measure"), "m: is a file", "folder")
    assert (folder / "m").read_text(encoding="utf-8") == "mine"
    refused(qa("stages", "train", "a.jsonl", "--model", "m/deep", "--no-measure", "--jobs", "1"), "m/deep")


@pytest.mark.parametrize("option", [(), ("--passages", "bare.jsonl")])
def test_calls_without_stages_teach_nothing(qa: Command, folder: Path, option: tuple[str, ...]) -> None:
    write_calls(folder / "bare.jsonl", [{"id": "a", "turns": [{"role": "agent", "text": MARKER}]}])
    write_calls(folder / "a.jsonl", invented(2))
    answer = qa("stages", "train", "a.jsonl" if option else "bare.jsonl", *option, "--model", "m", "--no-measure")
    refused(answer, "bare.jsonl: no call has a stage for every turn")
    assert MARKER not in answer.err


# -- export -------------------------------------------------------------------


@pytest.fixture
def stored(qa: Command, small: Path, folder: Path) -> Path:
    """Three invented calls in the store, tagged by the small model."""
    write_calls(folder / "calls.jsonl", invented(3))
    assert qa("import", "calls.jsonl", "--stage-model", "small").code == 0
    return folder


def test_what_is_exported_can_be_learnt_from(qa: Command, stored: Path) -> None:
    answer = qa("stages", "export", "--out", "out.jsonl")
    assert (answer.code, answer.out) == (0, "3 calls: out.jsonl\n")
    lines = [json.loads(line) for line in (stored / "out.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [line["id"] for line in lines] == ["t00", "t01", "t02"]
    assert [[turn["text"] for turn in line["turns"]] for line in lines] == [
        [turn["text"] for turn in line["turns"]] for line in invented(3)
    ]
    # The acts that the calls brought are kept.
    assert lines[0]["turns"][0]["acts"] == ["greet", "verify_customer"]
    trained = qa("stages", "train", "out.jsonl", "--model", "mine", "--no-measure", "--jobs", "1")
    assert (trained.code, trained.out) == (0, "model: mine\n")
    evaluated = json.loads(qa("stages", "evaluate", "out.jsonl", "--model", "mine", "--json").out)
    assert evaluated["acts"]["calls"] == 3


def test_some_calls_are_exported_by_their_id(qa: Command, stored: Path) -> None:
    assert qa("stages", "export", "t02", "t00", "--out", "out.jsonl").out == "2 calls: out.jsonl\n"
    lines = (stored / "out.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["id"] for line in lines] == ["t02", "t00"]


def test_what_customers_said_is_for_the_owners_eyes(qa: Command, stored: Path) -> None:
    qa("stages", "export", "--out", "out.jsonl")
    assert (stored / "out.jsonl").stat().st_mode & 0o777 == 0o600


def test_corrections_are_never_overwritten(qa: Command, stored: Path) -> None:
    (stored / "out.jsonl").write_text("corrected", encoding="utf-8")
    refused(qa("stages", "export", "--out", "out.jsonl"), "out.jsonl: is there already")
    assert (stored / "out.jsonl").read_text(encoding="utf-8") == "corrected"


def test_export_refuses_what_is_not_there_and_writes_nothing(qa: Command, stored: Path) -> None:
    refused(qa("stages", "export", "t00", "t99", "--out", "out.jsonl"), "t99: no such call")
    refused(qa("stages", "export", "--out", "out.jsonl", "--store", "none.db"), "none.db")
    refused(qa("stages", "export", "--out", "none/out.jsonl"), "none/out.jsonl")
    assert not (stored / "out.jsonl").exists() and not (stored / "none.db").exists()


def test_a_number_as_an_id_is_masked_in_the_message(qa: Command, stored: Path) -> None:
    answer = qa("stages", "export", "13912345678", "--out", "out.jsonl")
    assert answer.code == 2
    assert "13912345678" not in answer.err


# -- --stage-model ------------------------------------------------------------


@pytest.mark.usefixtures("spoken")
@pytest.mark.parametrize("command", ["run a.wav", "import a.txt"])
def test_an_unknown_stage_model_is_refused_before_anything_is_done(qa: Command, folder: Path, command: str) -> None:
    wav(folder / "a.wav")
    (folder / "a.txt").write_text(DIALOGUE, encoding="utf-8")
    refused(qa(*command.split(), "--stage-model", "nonsense"), "nonsense", "stages train")
    assert not (folder / STORE).exists()


def test_the_model_is_named_in_the_stored_call(qa: Command, small: Path, folder: Path) -> None:
    (folder / "a.txt").write_text(DIALOGUE, encoding="utf-8")
    assert qa("import", "a.txt", "--stage-model", "small").code == 0
    with open_store(STORE) as store:
        (call,) = store.calls()
    (made_by,) = [made for made in call.made_by if made.step == "stages"]
    assert (made_by.model, made_by.revision) == ("small", read_stage_model(small).revision)
    assert len(call.turn_stages) == len(call.stage_probabilities) == len(call.turn_acts) == 2
    assert call.signals is not None


def test_another_model_tags_the_same_transcript_anew(qa: Command, small: Path, folder: Path) -> None:
    (folder / "a.txt").write_text(DIALOGUE, encoding="utf-8")
    assert qa("import", "a.txt").out.startswith("done")
    assert qa("import", "a.txt").out.startswith("skipped")
    assert qa("import", "a.txt", "--stage-model", "small").out.startswith("done")
    with open_store(STORE) as store:
        (call,) = store.calls()
    assert [made.model for made in call.made_by if made.step == "stages"] == ["small"]
