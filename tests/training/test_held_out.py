"""What the demo keeps back does not reach the training text."""

from pathlib import Path

import pytest

from training.demo_asr import held_out, make_data
from training.demo_calls.dialogue import FOLDER

CORPUS = Path("training/data/train.jsonl")
DEMO = held_out.read_demo(FOLDER)


def test_the_fence_finds_a_sentence_whatever_its_punctuation() -> None:
    fence = held_out.Fence(("您看方便吗",))
    assert not fence.allows("那我明天来，您看，方便吗？好。")
    assert fence.allows("您看行吗？")


def test_the_choice_depends_on_the_text_alone() -> None:
    assert held_out.chosen("好的，再见。", 0.3) == held_out.chosen("好的再见", 0.3)
    assert not held_out.chosen("好的", 0.0)
    assert held_out.chosen("好的", 1.0)


def test_the_choice_takes_about_the_share_asked_for() -> None:
    taken = sum(held_out.chosen("一" * n, 0.3) for n in range(1, 1001))
    assert 250 < taken < 350


def test_short_sentences_are_not_kept_back() -> None:
    demo = held_out.Demo(["好的。", "再见。"], [])
    assert demo.kept_back == []


def test_sentences_are_split_at_final_marks() -> None:
    assert held_out.sentences("好的。您看行吗？") == ["好的。", "您看行吗？"]


def test_the_share_counts_a_sentence_inside_a_longer_text() -> None:
    demo = held_out.Demo(["您看行吗？", "不需要，谢谢。"], [])
    assert held_out.share_in_training(demo, ["那就这样，您看行吗？好。"]) == 0.5


def test_names_and_numbers_of_every_call_with_speech_are_fenced() -> None:
    assert {"林佳怡", "一百三十六", "六零二八"} <= set(DEMO.private)


@pytest.fixture(scope="module")
def training_texts() -> list[str]:
    if not CORPUS.exists():
        pytest.skip("training/data/train.jsonl is not here")
    parts = [make_data.training_texts(part, CORPUS, DEMO) for part in ("corpus", "templates")]
    return [text for part in parts for _, text in part]


def test_no_sentence_kept_back_and_no_private_name_or_number_is_trained_on(training_texts: list[str]) -> None:
    everything = "\n".join({held_out.bare(t) for t in training_texts})
    forbidden = [*DEMO.kept_back, *DEMO.private]
    assert forbidden
    assert [f for f in forbidden if held_out.bare(f) in everything] == []


def test_at_least_a_third_of_the_demo_is_not_in_the_training_text(training_texts: list[str]) -> None:
    assert 1 - held_out.share_in_training(DEMO, training_texts) >= 1 / 3


def test_check_sentences_are_not_trained_on(training_texts: list[str]) -> None:
    everything = "\n".join({held_out.bare(t) for t in training_texts})
    checks = make_data.check_pieces(CORPUS)
    assert len(checks) > 50
    assert [c for c in checks if held_out.bare(c) in everything] == []


def test_jobs_are_the_same_in_every_run() -> None:
    if not CORPUS.exists():
        pytest.skip("training/data/train.jsonl is not here")
    assert make_data.jobs_of("checks", CORPUS, DEMO) == make_data.jobs_of("checks", CORPUS, DEMO)
