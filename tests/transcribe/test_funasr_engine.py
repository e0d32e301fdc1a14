"""FunASR behind the engine protocol, against recorded answers; no model is loaded.

Shapes: funasr 1.4.16, ``inference`` of models/seaco_paraformer, sense_voice, fun_asr_nano and ct_transformer. The
times of funasr_paraformer.json are those of an answer shown in xorbitsai/inference pull request 3591.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from qa_pipeline.core.call import Doubt
from qa_pipeline.core.errors import StepFailure, UserError
from qa_pipeline.language.word_list import WordList
from qa_pipeline.transcribe.guards import CEILING
from qa_pipeline.transcribe.other_engines.funasr import FunasrEngine, FunasrOptions, hot_words
from qa_pipeline.transcribe.other_engines.names import parse_model
from tests.transcribe.engine_jobs import RATE, heard, job, recorded, times

WORDS = WordList(("星桥", "iPhone 15", "畅享卡", "http", "a.txt"), "w1")


class FakeModel:
    """AutoModel: gives the answers of its name in turn, the last one again and again."""

    answers: dict[str, list[Any]]
    made: list[dict[str, Any]]
    asked: list[dict[str, Any]]
    kinds: dict[str, str]
    on = "cpu"

    def __init__(self, **options: Any) -> None:
        self.made.append(options)
        print("funasr version: 1.4.16.")
        self._answers = self.answers[options["model"]]
        self.kwargs = {"model": self.kinds.get(options["model"], options["model"]), "device": self.on}

    def generate(self, input: Sequence[Any], **options: Any) -> Any:
        self.asked.append({"input": input, **options})
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer(input) if callable(answer) else answer


@pytest.fixture
def models(monkeypatch: pytest.MonkeyPatch) -> type[FakeModel]:
    """funasr, torch and torchaudio as far as the engine uses them."""

    class Fresh(FakeModel):
        answers: dict[str, list[Any]] = {}  # noqa: RUF012 - fresh for every test
        made: list[dict[str, Any]] = []  # noqa: RUF012
        asked: list[dict[str, Any]] = []  # noqa: RUF012
        kinds: dict[str, str] = {"paraformer-zh": "SeacoParaformer"}  # noqa: RUF012

    funasr, torch = ModuleType("funasr"), ModuleType("torch")
    funasr.AutoModel = Fresh  # type: ignore[attr-defined]
    torch.from_numpy = lambda samples: samples  # type: ignore[attr-defined]
    torch.cuda = SimpleNamespace(is_available=lambda: False)  # type: ignore[attr-defined]
    for module in (funasr, torch, ModuleType("torchaudio")):
        monkeypatch.setitem(sys.modules, module.__name__, module)
    return Fresh


def engine(model: str = "paraformer-zh", **options: Any) -> FunasrEngine:
    return FunasrEngine(parse_model(model), FunasrOptions(**options))


def test_paraformer_gives_characters_with_times_in_the_recording(models: type[FakeModel]) -> None:
    models.answers["paraformer-zh"] = [recorded("funasr_paraformer")]
    (transcript,) = heard(engine(), job([(10.0, 15.0)]))
    (segment,) = transcript.segments
    assert segment.text == "欢迎大家来到魔搭社区进行体验"
    assert times(transcript)[:2] == [("欢", 11.08, 11.32), ("迎", 11.32, 11.56)]
    assert times(transcript)[-1] == ("验", 14.14, 14.375)
    assert segment.confidence is None and {word.probability for word in segment.words} == {None}
    assert transcript.language == "zh"


def test_marks_of_the_companion_go_to_the_word_before_them(models: type[FakeModel]) -> None:
    models.answers = {"paraformer-zh": [recorded("funasr_paraformer")], "ct-punc": [recorded("funasr_ct_punc")]}
    (transcript,) = heard(engine("paraformer-zh+ct-punc"), job([(10.0, 15.0)]))
    assert transcript.segments[0].text == "欢迎大家来到魔搭社区进行体验。"
    assert times(transcript)[-1] == ("验。", 14.14, 14.375)


def test_a_companion_that_changes_words_is_not_listened_to(models: type[FakeModel]) -> None:
    models.answers = {"paraformer-zh": [recorded("funasr_paraformer")], "ct-punc": [[{"text": "欢迎大家来到摩搭。"}]]}
    (transcript,) = heard(engine("paraformer-zh+ct-punc"), job([(10.0, 15.0)]))
    assert transcript.segments[0].text == "欢迎大家来到魔搭社区进行体验"


def test_sense_voice_tags_are_read_and_taken_out(models: type[FakeModel]) -> None:
    models.answers["sv"] = [recorded("funasr_sense_voice")]
    models.kinds["sv"] = "SenseVoiceSmall"
    (transcript,) = heard(engine("sv"), job([(2.0, 6.0)]))
    (segment,) = transcript.segments
    assert segment.text == "欢迎办理iPhone 套餐，每月59元。"
    assert [word.text for word in segment.words[4:8]] == ["iPhone ", "套", "餐，", "每"]
    assert times(transcript)[0] == ("欢", 2.09, 2.27)
    assert transcript.language == "zh" and segment.doubts == ()
    assert models.asked[0]["language"] == "auto" and models.asked[0]["use_itn"] is True


@pytest.mark.parametrize(
    ("text", "said", "doubts"),
    [
        ("<|nospeech|><|EMO_UNKNOWN|><|Event_UNK|><|woitn|>", "", ()),
        ("<|nospeech|><|NEUTRAL|><|BGM|><|withitn|>嗯。", "", ()),
        ("<|zh|><|NEUTRAL|><|BGM|><|withitn|>谢谢观看。", "谢谢观看。", (Doubt.NO_SPEECH,)),
        ("<|zh|><|HAPPY|><|Laughter|><|withitn|>好的。", "好的。", ()),
        ("<|yue|><|NEUTRAL|><|Speech|><|woitn|>唔该", "唔该", ()),
        ("<|zh|><|NEUTRAL|><|Speech|><|withitn|>。", "", ()),
    ],
)
def test_sounds_that_are_no_voice(models: type[FakeModel], text: str, said: str, doubts: tuple[Doubt, ...]) -> None:
    models.answers["sv"] = [[{"key": "k", "text": text}]]
    models.kinds["sv"] = "SenseVoiceSmall"
    (transcript,) = heard(engine("sv"), job([(2.0, 4.0)]))
    assert transcript.text == said
    assert [segment.doubts for segment in transcript.segments] == ([doubts] if said else [])
    assert [segment.confidence for segment in transcript.segments] == ([CEILING if doubts else None] if said else [])


def test_the_language_is_that_of_most_words(models: type[FakeModel]) -> None:
    answers = ["<|en|><|NEUTRAL|><|Speech|><|woitn|>ok", "<|yue|><|NEUTRAL|><|Speech|><|woitn|>唔该晒你啊"]
    models.answers["sv"] = [[{"text": text}] for text in answers]
    models.kinds["sv"] = "SenseVoiceSmall"
    (transcript,) = heard(engine("sv"), job([(2.0, 4.0), (5.0, 7.0)]))
    assert transcript.language == "yue"


def test_nano_has_no_word_times_and_reads_the_word_list(models: type[FakeModel]) -> None:
    models.answers["nano"] = [recorded("funasr_nano")]
    models.kinds["nano"] = "FunASRNano"
    (transcript,) = heard(engine("nano", language="zh", words=WORDS), job([(3.0, 8.0)]))
    (segment,) = transcript.segments
    assert segment.text == "欢迎办理星桥套餐，每月五十九元。" and segment.words == ()
    assert (segment.span.start_s, segment.span.end_s) == (3.0, 8.0)
    assert models.asked[0]["hotwords"][:3] == ["星桥", "iPhone 15", "畅享卡"]
    assert models.asked[0]["language"] == "中文"
    assert models.asked[0]["llm_kwargs"] == {"do_sample": False}


def test_paraformer_gets_hot_words_that_are_words_to_it(models: type[FakeModel]) -> None:
    assert hot_words(WORDS) == "星桥 畅享卡"
    models.answers["paraformer-zh"] = [recorded("funasr_paraformer")]
    heard(engine(words=WORDS), job([(10.0, 15.0)]))
    assert models.asked[0]["hotword"] == "星桥 畅享卡"


@pytest.mark.parametrize(
    ("kind", "words", "doubts"),
    [
        ("SeacoParaformer", WORDS, (Doubt.LISTED_WORDS,)),
        ("FunASRNano", WORDS, (Doubt.LISTED_WORDS,)),
        ("SenseVoiceSmall", WORDS, ()),  # it takes none
        ("Paraformer", WORDS, ()),
        ("SeacoParaformer", WordList(("畅 享卡", "星桥", "a.txt"), "w2"), ()),  # two words to it: not given
        ("SeacoParaformer", WordList(), ()),
    ],
)
def test_only_words_that_a_model_was_shown_can_be_its_prompt(
    models: type[FakeModel], kind: str, words: WordList, doubts: tuple[Doubt, ...]
) -> None:
    models.answers["m"] = [[{"text": "星桥 畅享卡"}]]
    models.kinds["m"] = kind
    (transcript,) = heard(engine("m", words=words), job([(1.0, 3.0)]))
    assert [segment.doubts for segment in transcript.segments] == [doubts]


def test_without_a_word_list_no_hot_words_are_given(models: type[FakeModel]) -> None:
    models.answers["paraformer-zh"] = [recorded("funasr_paraformer")]
    heard(engine(), job([(10.0, 15.0)]))
    assert "hotword" not in models.asked[0]


def test_each_stretch_is_a_clip_of_its_own_channel(models: type[FakeModel]) -> None:
    models.answers["paraformer-zh"] = [[{"text": "好 的", "timestamp": [[0, 200], [200, 400]]}]]
    (transcript,) = heard(engine(), job([(1.0, 2.0), (9.0, 10.0)], [(3.0, 4.5)]))
    assert [(s.channel, s.span.start_s) for s in transcript.segments] == [(0, 1.0), (1, 3.0), (0, 9.0)]
    assert [len(asked["input"]) for asked in models.asked] == [1, 1, 1]
    assert [len(asked["input"][0]) / RATE for asked in models.asked] == [1.0, 1.0, 1.5]
    assert round(float(models.asked[1]["input"][0][0]) * 40, 3) == 9.0


@pytest.mark.parametrize(
    ("answer", "text", "words"),
    [
        ([], "", 0),
        ([{"text": ""}], "", 0),
        ([{"text": "。 ，"}], "", 0),
        ([{"text": "好 的 呀", "timestamp": [[0, 200], [200, 400]]}], "好的呀", 0),
        ([{"text": "好 的", "timestamp": [["x", None], [200, 400]]}], "好的", 0),
        ([{"text": "好 的", "timestamp": None}], "好的", 0),
        ([{"text": "two words 好", "timestamp": [[0, 200], [200, 400], [400, 600]]}], "two words好", 3),
    ],
)
def test_odd_answers(models: type[FakeModel], answer: Any, text: str, words: int) -> None:
    models.answers["paraformer-zh"] = [answer]
    (transcript,) = heard(engine(), job([(1.0, 2.0)]))
    assert transcript.text == text
    assert len(times(transcript)) == words


def test_times_beyond_the_clip_end_with_it(models: type[FakeModel]) -> None:
    models.answers["paraformer-zh"] = [[{"text": "好 的 呀", "timestamp": [[-90, 200], [900, 1400], [2000, 3000]]}]]
    (transcript,) = heard(engine(), job([(1.0, 2.0)]))
    assert times(transcript) == [("好", 1.0, 1.2), ("的", 1.9, 2.0), ("呀", 2.0, 2.0)]


def test_batches_on_a_gpu_where_a_clip_has_no_answer_are_asked_again(models: type[FakeModel]) -> None:
    models.on = "cuda"
    single = [{"text": "好 的", "timestamp": [[0, 200], [200, 400]]}]
    models.answers["paraformer-zh"] = [single, single, [], single]
    (transcript,) = heard(engine(), job([(1.0, 2.0), (3.0, 4.0), (5.0, 6.0)]))
    assert [len(asked["input"]) for asked in models.asked] == [3, 1, 1, 1]
    assert [segment.span.start_s for segment in transcript.segments] == [1.0, 5.0]


def test_a_batch_too_large_for_the_memory_is_taken_apart(models: type[FakeModel]) -> None:
    models.on = "cuda"
    single = [{"text": "好 的", "timestamp": [[0, 200], [200, 400]]}]
    models.answers["paraformer-zh"] = [RuntimeError("CUDA out of memory"), single]
    (transcript,) = heard(engine(), job([(1.0, 2.0), (3.0, 4.0)]))
    assert [len(asked["input"]) for asked in models.asked] == [2, 1, 1]
    assert len(transcript.segments) == 2


def test_one_recording_fails_alone_and_its_words_stay_unsaid(models: type[FakeModel]) -> None:
    good = recorded("funasr_paraformer")
    models.answers["paraformer-zh"] = [good, AssertionError("您好我是小李"), good]
    failed = engine().transcribe([job([(1.0, 6.0)]), job([(1.0, 6.0)]), job([(1.0, 6.0)])])
    assert [isinstance(answer, StepFailure) for answer in failed] == [False, True, False]
    assert str(failed[1]) == "transcribe: FunASR failed: AssertionError"


def test_silence_loads_nothing(models: type[FakeModel]) -> None:
    (transcript,) = heard(engine(), job([], []))
    assert transcript.segments == () and transcript.language == "und" and transcript.speech == ((), ())
    assert models.made == []


def test_equal_input_gives_equal_output(models: type[FakeModel]) -> None:
    models.answers["paraformer-zh"] = [recorded("funasr_paraformer")]
    first, second = heard(engine(), job([(10.0, 15.0)]), job([(10.0, 15.0)]))
    assert first == second


def test_standard_output_stays_clean_and_nothing_is_asked_of_the_package_index(
    models: type[FakeModel], capsys: pytest.CaptureFixture[str]
) -> None:
    models.answers["paraformer-zh"] = [recorded("funasr_paraformer")]
    heard(engine("paraformer-zh@v2.0.4", cpu_threads=3), job([(10.0, 15.0)]))
    assert capsys.readouterr().out == ""
    (made,) = models.made
    assert made["disable_update"] is True and made["log_level"] == "ERROR" and made["ncpu"] == 3
    assert made["model_revision"] == "v2.0.4" and made["device"] == "cpu"
    assert "trust_remote_code" not in made


def test_made_by_names_what_changes_the_words() -> None:
    plain = engine().made_by
    assert plain.model == "funasr paraformer-zh" and plain.revision == ""
    assert engine("paraformer-zh@v2.0.4+ct-punc").made_by.revision == "v2.0.4+"
    others = [
        engine("paraformer-zh+ct-punc"),
        engine(language="zh"),
        engine(words=WORDS),
        engine(device="cpu"),
        engine("paraformer-zh@v2.0.4"),
    ]
    assert len({plain, *(other.made_by for other in others)}) == 6
    assert engine(cpu_threads=4).made_by == plain


def test_what_users_can_mend_is_told(models: type[FakeModel], monkeypatch: pytest.MonkeyPatch) -> None:
    speech = job([(1.0, 2.0)])
    models.answers = {}
    with pytest.raises(UserError, match="model paraformer-zh: FunASR cannot load it"):
        engine().transcribe([speech])
    models.answers["sv"] = [recorded("funasr_sense_voice")]
    models.kinds["sv"] = "SenseVoiceSmall"
    with pytest.raises(UserError, match="--language de: SenseVoice does not know it"):
        engine("sv", language="de").transcribe([speech])
    with pytest.raises(UserError, match="device cuda: PyTorch finds no GPU"):
        engine("sv", device="cuda").transcribe([speech])
    monkeypatch.setitem(sys.modules, "torchaudio", None)
    with pytest.raises(UserError, match=r"torchaudio is not installed; install qa-pipeline\[funasr\]"):
        engine("sv").transcribe([speech])
