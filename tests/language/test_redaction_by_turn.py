"""Numbers that are read out in groups, one per turn."""

from __future__ import annotations

from qa_pipeline.language.redaction import find_masks_by_turn


def shown(texts: list[str], speakers: str) -> list[str]:
    result = []
    for text, masks in zip(texts, find_masks_by_turn(texts, list(speakers)), strict=True):
        for mask in reversed(masks):
            text = text[: mask.start] + mask.replacement + text[mask.end :]
        result.append(text)
    return result


def test_groups_of_one_number_are_masked_in_every_turn() -> None:
    texts = ["您电话多少？", "一三八，", "嗯", "零零一三", "好", "八零零零"]
    assert shown(texts, "acacac") == ["您电话多少？", "****，", "嗯", "****", "好", "****"]


def test_a_group_alone_is_a_room_or_a_price() -> None:
    assert shown(["几号楼？", "六零三", "好的"], "aca") == ["几号楼？", "六零三", "好的"]


def test_groups_of_two_speakers_do_not_make_one_number() -> None:
    assert shown(["一二三四", "五六七八"], "ac") == ["一二三四", "五六七八"]


def test_groups_far_apart_do_not_make_one_number() -> None:
    texts = ["一二三四", "嗯", "好", "那这样", "再说吧", "五六七八"]
    assert shown(texts, "caacac") == texts


def test_turns_with_much_else_are_left_alone() -> None:
    texts = ["这个套餐的编号一二三您记得吧", "另外那个编号是四五六七也可以的"]
    assert shown(texts, "aa") == texts


def test_a_whole_number_in_one_turn_keeps_its_own_mask() -> None:
    assert shown(["13800138000", "一三八零零一三八零零零"], "ca") == ["138****8000", "138****8000"]
