"""Damaged text sounds the same, has the same length, and is the same in every run."""

from __future__ import annotations

import random

from training.homophones import Homophones, sound

TEXTS = ("您好，请问是王女士吗", "宽带到期了，款待您", "是事市试")


def test_only_characters_with_a_homophone_change_and_they_sound_the_same() -> None:
    found = Homophones(TEXTS).damaged("是宽带，abc 12", 1.0, random.Random(0))
    assert len(found) == len("是宽带，abc 12")
    assert found[0] in "事市试" and found[1:3] == "款待"
    assert found[3:] == "，abc 12"
    assert all(sound(a) == sound(b) for a, b in zip("是宽带", found, strict=False))


def test_the_share_is_kept_and_the_seed_decides() -> None:
    homophones = Homophones(TEXTS)
    text = "是" * 1000
    damaged = homophones.damaged(text, 0.2, random.Random(1))
    assert 150 < sum(a != b for a, b in zip(text, damaged, strict=True)) < 250
    assert damaged == homophones.damaged(text, 0.2, random.Random(1))
    assert homophones.damaged(text, 0.0, random.Random(1)) == text
