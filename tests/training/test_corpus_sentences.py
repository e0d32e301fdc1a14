"""Turns of the labelled calls become pieces that one breath holds."""

import json
import random
from pathlib import Path

import pytest

from training.demo_asr import corpus_sentences as corpus


@pytest.mark.parametrize(
    ("raw", "plain"),
    [
        ("嗯……在开车！", "嗯，在开车。"),
        ("锦和苑，1103。", "锦和苑，一一零三。"),
        ("这还行（喇叭声）哎等会儿。", "这还行哎等会儿。"),
        ("喂？……挂了。", "喂？挂了。"),
        ("回个“是”就算数", "回个是就算数"),
    ],
)
def test_text_is_normalised(raw: str, plain: str) -> None:
    assert corpus.normalise(raw) == plain


def test_a_long_sentence_is_cut_at_commas_and_loses_nothing() -> None:
    sentence = "，".join(["一二三四五六七八九"] * 7) + "。"
    pieces = corpus.cut(sentence)
    assert "".join(pieces) == sentence
    assert all(len(p) <= corpus.CLAUSE_MAX for p in pieces)
    assert all(p.endswith("，") for p in pieces[:-1])


def test_a_short_sentence_stays_whole() -> None:
    assert corpus.cut("好的，再见。") == ["好的，再见。"]


def test_chunks_join_neighbours_only_and_end_in_time() -> None:
    turns = [["好的。", "再见。"], ["一" * 40 + "。", "二" * 40 + "。"]]
    assert corpus.chunks(turns) == ["好的。再见。"]


def test_turns_are_read_in_pieces(tmp_path: Path) -> None:
    file = tmp_path / "calls.jsonl"
    turns = [{"text": "您好，是周先生吗？方便吧？"}, {"text": "OK 好的。"}]
    file.write_text(json.dumps({"turns": turns}, ensure_ascii=False), encoding="utf-8")
    assert corpus.read_turns(file) == [["您好，是周先生吗？", "方便吧？"], []]


def test_single_pieces_are_sorted_and_unique() -> None:
    assert corpus.single_pieces([["好。", "行。"], ["好。"]]) == ["好。", "行。"]


def test_a_variant_drops_the_filler_or_adds_one() -> None:
    assert corpus.vary("嗯，那你先发给我。", random.Random(0)) == "那你先发给我。"
    assert corpus.vary("那你先发给我。", random.Random(0)).endswith("那你先发给我。")


def test_a_variant_has_another_amount() -> None:
    varied = {corpus.vary("一个月一百三十六块。", random.Random(seed)) for seed in range(20)}
    assert len(varied) > 10


def test_recombined_clauses_come_from_the_pieces() -> None:
    made = corpus.recombine(["好的，再见。", "多少钱？"], random.Random(1))
    assert set(made.rstrip("。？").split("，")) <= {"好的", "再见", "多少钱"}
    assert made[-1] in "。？"
