"""Sentences of the labelled calls, cut to what one breath holds, and variants of them."""

import json
import random
import re
from pathlib import Path

from training.demo_asr.numerals import spoken_digits

CLAUSE_MAX = 42  # characters; longer sentences are cut at commas
PIECE_MAX = 32
CHUNK_MAX = 64  # characters of several sentences joined, about 13 s of speech
HANZI = re.compile(r"[\u4e00-\u9fff，。？]+")
FILLERS = ("嗯，", "呃，", "那个，", "就是，", "啊，", "哎，", "哦，", "那，", "诶，", "好，", "对，")
SURNAMES = (
    "王李张刘杨赵黄吴徐马朱胡郭何高罗郑梁谢宋唐许韩邓曹彭曾萧田董潘袁蔡蒋余于杜叶程魏苏吕丁任沈姚卢姜崔钟谭陆汪范"
)
TITLED = re.compile(r"[" + SURNAMES + r"](先生|女士|小姐|老师|阿姨|大哥|姐|哥|总|经理)")
DIGIT_RUN = re.compile(r"[一二三四五六七八九]百[一二三四五六七八九]十[一二三四五六七八九]")


def normalise(text: str) -> str:
    """One spelling of punctuation, digits as hanzi; asides in brackets go."""
    text = re.sub(r"（[^）]*）", "", text)
    text = re.sub(r"……|——|[、；：…]", "，", text)
    text = re.sub(r"[！]", "。", text)
    text = re.sub(r"[“”‘’《》\s]", "", text)
    text = re.sub(r"[0-9]+", lambda m: spoken_digits(m.group()), text)
    text = re.sub(r"([。？])[，。？]+", r"\1", re.sub(r"，+", "，", text))
    return text.replace("，。", "。").replace("，？", "？").strip("，")


def cut(sentence: str) -> list[str]:
    """A long sentence in pieces that end at commas; short ones stay whole."""
    if len(sentence) <= CLAUSE_MAX:
        return [sentence]
    pieces, current = [], ""
    for clause in re.split(r"(?<=，)", sentence):
        if current and len(current) + len(clause) > PIECE_MAX:
            pieces.append(current)
            current = ""
        current += clause
    return [*pieces, current] if current else pieces


def speakable(text: str, shortest: int = 2, longest: int = 48) -> bool:
    """Only hanzi and plain punctuation, and not too long."""
    return shortest <= len(text) <= longest and HANZI.fullmatch(text) is not None


def read_turns(path: Path) -> list[list[str]]:
    """All turns of the labelled calls, each as its list of speakable pieces, in the order of the file."""
    turns = []
    for line in path.read_text(encoding="utf-8").splitlines():
        for turn in json.loads(line)["turns"]:
            sentences = re.split(r"(?<=[。？])", normalise(turn["text"]))
            turns.append([p for s in sentences for p in cut(s) if speakable(p)])
    return turns


def single_pieces(turns: list[list[str]]) -> list[str]:
    """Every different piece once."""
    return sorted({piece for turn in turns for piece in turn})


def chunks(turns: list[list[str]]) -> list[str]:
    """Neighbouring pieces of a turn joined: what a voice activity detector hands over as one clip."""
    found: set[str] = set()
    for turn in turns:
        for first in range(len(turn)):
            joined = turn[first]
            for piece in turn[first + 1 :]:
                joined = end_sentence(joined) + piece
                if len(joined) > CHUNK_MAX:
                    break
                found.add(joined)
    return sorted(found)


def end_sentence(text: str) -> str:
    """`text` so that something can follow it."""
    return text if text[-1] in "，。？" else text + "，"


def vary(piece: str, rng: random.Random) -> str:
    """The same piece with other names and numbers, with or without a filler."""
    piece = TITLED.sub(lambda m: rng.choice(SURNAMES) + m.group(1), piece)
    piece = DIGIT_RUN.sub(lambda _: "{}百{}十{}".format(*(rng.choice("一二三四五六七八九") for _ in range(3))), piece)
    for filler in FILLERS:
        if piece.startswith(filler) and len(piece) > len(filler) + 3:
            return piece[len(filler) :]
    return rng.choice(FILLERS) + piece


def recombine(pieces: list[str], rng: random.Random) -> str:
    """Clauses of different calls in one breath: the words fit, the course of the talk does not help."""
    clauses = [clause for _ in range(rng.randint(2, 3)) for clause in [rng.choice(re.split(r"，", rng.choice(pieces)))]]
    return "，".join(c.strip("。？，") for c in clauses if c.strip("。？，")) + rng.choice("。。？")
