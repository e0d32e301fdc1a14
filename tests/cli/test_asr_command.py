"""``asr evaluate`` from reference and recordings to figures, with engines that say what they are told."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from qa_pipeline.cli.asr_report import speed
from qa_pipeline.cli.asr_run import Row
from qa_pipeline.config import Settings
from qa_pipeline.core.call import MadeBy, Segment, Transcript
from qa_pipeline.core.errors import StepFailure
from qa_pipeline.core.span import Span
from qa_pipeline.transcribe.engine import SpeechJob
from tests.cli.conftest import Command, wav

#: What is said in the recordings a.wav and b.wav, on the first channel.
SAID = {"a": "您好今天天气好", "b": "我姓林再见"}


@dataclass(frozen=True)
class ToldEngine:
    """Says for every recording what the name of its model tells: ``right``, ``wrong`` or ``broken``."""

    settings: Settings
    group_speech_s = 0.0
    made_by = MadeBy("transcribe", "0", "told")

    def transcribe(self, jobs: Sequence[SpeechJob]) -> list[Transcript | StepFailure]:
        return [self._answer(Path(job.recording.path).stem) for job in jobs]

    def _answer(self, call_id: str) -> Transcript | StepFailure:
        if self.settings.model == "broken" and call_id == "a":
            return StepFailure("transcribe", "engine_failed", "the speech engine failed")
        text = SAID[call_id]
        if self.settings.model == "wrong" or self.settings.beam_size == 1:
            text = text.replace("气", "汽").replace("林", "零")
        return Transcript("zh", None, (Segment(0, Span(0.1, 0.9), text),))


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qa_pipeline.assembly.make_engine", ToldEngine)


def write_calls(path: Path, texts: dict[str, str], **more: Any) -> Path:
    turn = {"start_s": 0.1, "end_s": 0.9, "channel": "left", "role": "agent"}
    calls = [
        {"id": call_id, "recording": f"{call_id}.wav", "turns": [{**turn, "text": text}], **more}
        for call_id, text in texts.items()
    ]
    path.write_text("".join(json.dumps(call, ensure_ascii=False) + "\n" for call in calls), encoding="utf-8")
    return path


@pytest.fixture
def calls(folder: Path, told: None) -> Path:
    """Two recordings and their reference."""
    wav(folder / "a.wav"), wav(folder / "b.wav", seed=2)
    return write_calls(folder / "calls.jsonl", SAID)


def test_one_system_gives_the_keys_that_scripts_read(qa: Command, calls: Path) -> None:
    answer = qa("asr", "evaluate", "calls.jsonl", "--model", "wrong", "--json")
    found = json.loads(answer.out)
    assert answer.code == 0
    assert (found["errors"], found["characters"], found["cer"]) == (2, 12, pytest.approx(2 / 12))
    assert [row["recording"] for row in found["files"]] == ["a.wav", "b.wav"]
    assert found["normaliser"] == "plain"
    assert found["made_by"]["model"] == "told"
    assert found["substituted"][0] == {
        "said": "气",
        "recognised": "汽",
        "count": 1,
        "alike": "homophone",
        "in": "好今天天气好",
    }
    assert "variants" not in found


def test_one_system_is_printed_by_recording_and_in_all(qa: Command, calls: Path) -> None:
    lines = qa("asr", "evaluate", "calls.jsonl", "--model", "wrong").out.splitlines()
    assert lines[0].startswith("normaliser plain: width, case")
    assert [line.split()[:3] for line in lines[2:5]] == [
        ["a.wav", "14.3", "1"],
        ["b.wav", "20.0", "1"],
        ["all", "16.7", "2"],
    ]
    assert any(line.startswith("95 % interval over 2 recordings: 14.3–20.0 %") for line in lines)
    assert any("气 → 汽" in line and "same sound" in line for line in lines)


def test_models_are_compared_with_the_first(qa: Command, calls: Path) -> None:
    found = json.loads(qa("asr", "evaluate", "calls.jsonl", "--model", "right", "--model", "wrong", "--json").out)
    assert [(each["name"], each["errors"]) for each in found["variants"]] == [("right", 0), ("wrong", 2)]
    assert found["name"] == "right"
    assert found["difference"] is None
    difference = found["variants"][1]["difference"]
    assert (difference["value"], difference["n"]) == (pytest.approx(2 / 12), 2)
    assert 0 < difference["low"] <= difference["high"]
    assert found["variants"][1]["speed"]["relative"] > 0


def test_named_variants_stand_in_one_table(qa: Command, calls: Path) -> None:
    options = "--variant", "usual", "--variant", "快: beam_size=1, word_prompt=false"
    lines = qa("asr", "evaluate", "calls.jsonl", *options).out.splitlines()
    rows = [line.split() for line in lines[-5:]]
    assert rows[0][:2] == ["usual", "0.0"]
    assert rows[1][:4] == ["快", "16.7", "14.3–20.0", "+16.7"]


def test_transcripts_made_elsewhere_need_no_recording(qa: Command, folder: Path) -> None:
    write_calls(folder / "calls.jsonl", SAID)
    write_calls(folder / "other.jsonl", {"b": "我姓零再见", "a": SAID["a"]})
    found = json.loads(qa("asr", "evaluate", "calls.jsonl", "--hypothesis", "other.jsonl", "--json").out)
    assert (found["name"], found["errors"], found["speed"]["real_time_factor"]) == ("other", 1, None)


def test_a_folder_of_subtitles_is_matched_by_file_name(qa: Command, calls: Path, folder: Path) -> None:
    (folder / "srt").mkdir()
    for call_id, text in SAID.items():
        cue = f"1\n00:00:00,100 --> 00:00:00,900\n{text}\n"
        (folder / "srt" / f"{call_id}.srt").write_text(cue, encoding="utf-8")
    answer = qa("asr", "evaluate", "calls.jsonl", "--model", "wrong", "--hypothesis", "srt", "--json")
    assert [(each["name"], each["errors"]) for each in json.loads(answer.out)["variants"]] == [("wrong", 2), ("srt", 0)]


def test_a_call_that_the_transcripts_lack_is_a_row_with_the_reason(qa: Command, folder: Path) -> None:
    write_calls(folder / "calls.jsonl", SAID)
    write_calls(folder / "other.jsonl", {"a": SAID["a"]})
    answer = qa("asr", "evaluate", "calls.jsonl", "--hypothesis", "other.jsonl")
    assert answer.code == 1
    assert "failed: the transcripts hold no call of this id" in answer.out


def test_a_broken_recording_does_not_stop_the_others(qa: Command, calls: Path, folder: Path) -> None:
    (folder / "a.wav").write_bytes(b"no sound")
    answer = qa("asr", "evaluate", "calls.jsonl", "--json")
    found = json.loads(answer.out)
    assert answer.code == 1
    assert [each["recording"] for each in found["failed"]] == ["a.wav"]
    assert [row["recording"] for row in found["files"]] == ["b.wav"]


def test_systems_are_compared_on_the_calls_that_both_have(qa: Command, calls: Path) -> None:
    answer = qa("asr", "evaluate", "calls.jsonl", "--model", "broken", "--model", "wrong", "--json")
    found = json.loads(answer.out)
    assert answer.code == 1
    assert found["failed"] == [{"recording": "a.wav", "reason": "the speech engine failed"}]
    difference = found["variants"][1]["difference"]
    assert (difference["n"], difference["value"], difference["low"]) == (1, pytest.approx(1 / 5), None)


def test_errors_on_listed_words_are_shown(qa: Command, folder: Path) -> None:
    write_calls(folder / "calls.jsonl", SAID)
    write_calls(folder / "other.jsonl", {"a": SAID["a"], "b": "我姓零再见"})
    (folder / "words.txt").write_text("天气\n姓林\n", encoding="utf-8")
    options = "--hypothesis", "other.jsonl", "--words", "words.txt"
    assert "listed words: 2 said, 1 missed (50.0 %), 0 put in" in qa("asr", "evaluate", "calls.jsonl", *options).out
    assert json.loads(qa("asr", "evaluate", "calls.jsonl", *options, "--json").out)["names"]["missed_share"] == 0.5


def test_another_normaliser_is_named_with_its_figures(qa: Command, folder: Path) -> None:
    write_calls(folder / "calls.jsonl", {"a": "一共一百三十六元"})
    write_calls(folder / "other.jsonl", {"a": "一共136元"})
    command = "asr", "evaluate", "calls.jsonl", "--hypothesis", "other.jsonl", "--json"
    assert json.loads(qa(*command).out)["errors"] > 0
    by_value = json.loads(qa(*command, "--normaliser", "numbers").out)
    assert (by_value["errors"], by_value["normaliser"]) == (0, "numbers")


def test_english_calls_are_counted_by_word(qa: Command, folder: Path) -> None:
    write_calls(folder / "calls.jsonl", {"a": "Good morning Ann"}, language="en")
    write_calls(folder / "other.jsonl", {"a": "good morning and"}, language="en")
    answer = qa("asr", "evaluate", "calls.jsonl", "--hypothesis", "other.jsonl")
    assert "WER %" in answer.out and "33.3" in answer.out


def test_numbers_of_people_are_masked_around_errors(qa: Command, folder: Path) -> None:
    write_calls(folder / "calls.jsonl", {"a": "电话13912345678林"})
    write_calls(folder / "other.jsonl", {"a": "电话13912345678零"})
    answer = qa("asr", "evaluate", "calls.jsonl", "--hypothesis", "other.jsonl", "--json")
    assert "678" not in answer.out
    assert json.loads(answer.out)["substituted"][0]["in"] == "••••林"


def timed_rows(*seconds: float, speech_s: float = 5.0) -> list[Row]:
    return [Row(str(i), "", audio_s=10, seconds=value, speech_s=speech_s) for i, value in enumerate(seconds)]


def test_speed_leaves_out_the_recording_during_which_a_model_is_loaded() -> None:
    slow, fast = timed_rows(9, 4), timed_rows(9, 1)
    assert speed(slow, slow)["real_time_factor"] == pytest.approx(0.4)
    assert speed(fast, slow)["relative"] == pytest.approx(4.0)


def test_speed_keeps_that_recording_where_the_others_hold_too_little_speech() -> None:
    silent = timed_rows(0, speech_s=0.0)
    assert speed(timed_rows(9), [])["real_time_factor"] == pytest.approx(0.9)
    assert speed([*silent, *timed_rows(9)], [])["real_time_factor"] == pytest.approx(0.45)
    assert speed([*silent, *timed_rows(9, 4)], [])["real_time_factor"] == pytest.approx(0.2)


def test_speed_of_what_was_not_run_is_not_known() -> None:
    assert speed([Row("a", "a")], timed_rows(9, 4)) == {
        "audio_s": 0.0,
        "seconds": 0.0,
        "real_time_factor": None,
        "relative": None,
    }


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--variant", "x: beam=1"], "--variant x: beam is no setting; did you mean beam_size?"),
        (["--variant", "x: zzz=1"], "--variant x: zzz is no setting; choose among engine, model"),
        (["--variant", "x: rubric=r"], "--variant x: rubric changes nothing about recognition"),
        (["--variant", "x: beam_size"], "--variant x: beam_size is no key=value"),
        (["--variant", "x: beam_size="], "--variant x: beam_size has no value"),
        (["--variant", "x: beam_size=many"], "--variant x: beam_size: "),
        (["--variant", "x: beam_size=99"], "--variant x: beam_size: "),
        (["--variant", "x: beam_size=1, beam_size=2"], "--variant x: beam_size is given twice"),
        (["--variant", "x: engine=siri"], "--variant x: engine: "),
        (["--variant", ": beam_size=1"], "begins with no name"),
        (["--variant", "beam_size=1"], "begins with no name"),
        (["--variant", "x", "--variant", "x: beam_size=1"], "x: two of what is to be compared have this name"),
        (["--model", "a", "--model", "a"], "a: two of what is to be compared have this name"),
        (["--model", "a", "--model", "b", "--engine", "funasr", "--engine", "qwen"], "name each pair as --variant"),
        (["--model", "a", "--model", "b", "--variant", "x"], "name each as a --variant"),
        (["--engine", "siri"], "command line: engine: "),
        (["--normaliser", "loose"], "--normaliser loose: there is none of this name"),
        (["--words", "none.txt"], "none.txt"),
        (["--hypothesis", "none.jsonl"], "none.jsonl: no such file"),
        (["--hypothesis", "others.jsonl"], "holds no call of calls.jsonl"),
        (["--language", "en"], "calls.jsonl:1: is in zh, but large-v3-turbo recognises en"),
        (["--top", "-1"], "--top"),
    ],
)
def test_mistakes_are_told_in_one_line(
    qa: Command, calls: Path, folder: Path, options: list[str], message: str
) -> None:
    write_calls(folder / "others.jsonl", {"c": "您好"})
    answer = qa("asr", "evaluate", "calls.jsonl", *options)
    assert answer.code == 2
    assert message in answer.err
    assert answer.err.count("\n") == 1
    assert answer.out == ""


def test_a_reference_in_two_languages_is_refused(qa: Command, folder: Path) -> None:
    write_calls(folder / "calls.jsonl", {"a": "您好"})
    english = write_calls(folder / "en.jsonl", {"b": "hello"}, language="en").read_text(encoding="utf-8")
    with (folder / "calls.jsonl").open("a", encoding="utf-8") as file:
        file.write(english)
    answer = qa("asr", "evaluate", "calls.jsonl", "--hypothesis", "calls.jsonl")
    assert answer.code == 2
    assert "calls.jsonl:2: is in en, line 1 in zh; measure them apart" in answer.err


@pytest.mark.parametrize(
    ("text", "message"), [("", "calls.jsonl: holds no calls"), ('{"id": "a", "turns": []}', "a is not found")]
)
def test_a_reference_without_calls_or_recordings_is_refused(
    qa: Command, folder: Path, told: None, text: str, message: str
) -> None:
    (folder / "calls.jsonl").write_text(text, encoding="utf-8")
    answer = qa("asr", "evaluate", "calls.jsonl")
    assert answer.code == 2
    assert message in answer.err


def test_a_reference_in_which_nothing_is_said_measures_what_is_invented(qa: Command, folder: Path) -> None:
    write_calls(folder / "calls.jsonl", {"a": ""})
    write_calls(folder / "other.jsonl", {"a": "请订阅"})
    found = json.loads(qa("asr", "evaluate", "calls.jsonl", "--hypothesis", "other.jsonl", "--json").out)
    assert (found["cer"], found["words_in_silence"]) == (None, 3)
