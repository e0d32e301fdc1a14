"""Listed words said, missed, and written where nobody said them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline.core.call import Role, Segment, Transcript, Turn, Word
from qa_pipeline.core.span import Span
from qa_pipeline.language.word_list import EMPTY, word_list
from qa_pipeline.transcribe.evaluate.names import NameFigures, name_errors, total

LISTED = word_list(("林佳怡", "云桥通信", "云桥", "WiFi"))


def said(*turns: tuple[int | None, str, float, float]) -> list[Turn]:
    return [
        Turn(i, Role.AGENT, text, Span(start, end), channel=channel)
        for i, (channel, text, start, end) in enumerate(turns)
    ]


def heard(*segments: tuple[int, str, float, float], words: bool = True) -> Transcript:
    made = []
    for channel, text, start, end in segments:
        step = (end - start) / len(text)
        each = tuple(Word(c, Span(start + i * step, start + (i + 1) * step)) for i, c in enumerate(text))
        made.append(Segment(channel, Span(start, end), text, each if words else ()))
    return Transcript("zh", None, tuple(made))


SAID = said((0, "我是云桥通信的林佳怡。", 0.0, 4.0), (1, "林佳怡你好", 5.0, 7.0))


def test_all_found() -> None:
    found = heard((0, "我是云桥通信的林佳怡", 0.1, 4.0), (1, "林佳怡，你好", 5.0, 7.0))
    assert name_errors(SAID, found, LISTED) == NameFigures(3, 0, 0, 0)


def test_a_wrong_character_is_a_miss() -> None:
    found = heard((0, "我是云桥通信的林家怡", 0.1, 4.0), (1, "林佳怡你好", 5.0, 7.0))
    figures = name_errors(SAID, found, LISTED)
    assert figures == NameFigures(3, 1, 0, 0)
    assert figures.missed_share == pytest.approx(1 / 3)


def test_a_word_on_the_other_channel_or_at_another_place_is_missed_and_inserted() -> None:
    found = heard((0, "我是云桥通信的林佳怡林佳怡", 0.1, 4.0), (1, "你好啊", 5.0, 7.0))
    assert name_errors(SAID, found, LISTED) == NameFigures(3, 1, 1, 0)
    late = heard((0, "我是云桥通信的", 0.1, 2.0), (1, "你好林佳怡", 5.0, 7.0))
    # The second one is at its place or not, as the alignment has it: 林佳怡你好 and 你好林佳怡 share one part.
    assert name_errors(SAID, late, LISTED).missed == 1


def test_a_long_word_is_not_the_short_one_in_it() -> None:
    assert name_errors(said((0, "云桥通信，云桥", 0.0, 2.0)), heard((0, "云桥通信", 0.0, 2.0)), LISTED) == NameFigures(
        2, 1
    )
    assert name_errors(said((0, "云桥通信", 0.0, 2.0)), heard((0, "云桥通讯", 0.0, 2.0)), LISTED) == NameFigures(
        1, 1, 1, 0
    )


def test_words_where_nobody_speaks_are_counted_apart() -> None:
    found = heard((0, "我是云桥通信的林佳怡", 0.1, 4.0), (1, "林佳怡你好", 5.0, 7.0), (1, "林佳怡", 20.0, 21.0))
    assert name_errors(SAID, found, LISTED) == NameFigures(3, 0, 1, 1)
    near = heard((0, "我是云桥通信的林佳怡", 0.1, 4.0), (1, "林佳怡你好林佳怡", 5.0, 8.0))
    assert name_errors(SAID, near, LISTED) == NameFigures(3, 0, 1, 0)


@pytest.mark.parametrize("words", [True, False])
def test_everything_in_a_silent_recording_is_in_silence(words: bool) -> None:
    assert name_errors([], heard((0, "林佳怡，云桥", 1.0, 2.0), words=words), LISTED) == NameFigures(0, 0, 2, 2)
    assert name_errors([], heard(), LISTED).missed_share is None


def test_without_times_or_channels_less_is_known() -> None:
    untimed = [Turn(0, Role.AGENT, "我是林佳怡")]
    assert name_errors(untimed, heard((1, "是林佳怡云桥", 1.0, 2.0)), LISTED) == NameFigures(1, 0, 1, None)


def test_case_width_and_script_do_not_count() -> None:
    assert name_errors(said((0, "裝ＷＩＦＩ", 0.0, 1.0)), heard((0, "装wifi", 0.0, 1.0)), LISTED) == NameFigures(
        1, 0, 0, 0
    )


def test_no_list_no_names() -> None:
    assert name_errors(SAID, heard((0, "林佳怡", 0.0, 1.0)), EMPTY) == NameFigures()


def test_counts_are_added_and_what_is_unknown_stays_unknown() -> None:
    assert total([NameFigures(3, 1, 2, 1), NameFigures(1, 0, 1, 0)]) == NameFigures(4, 1, 3, 1)
    assert total([NameFigures(3, 1, 2, 1), NameFigures(1, 0, 1, None)]) == NameFigures(4, 1, 3, None)
    assert total([]) == NameFigures()


@given(st.lists(st.text("林佳怡云桥通信的我", min_size=1, max_size=12), min_size=1, max_size=5))
def test_what_is_heard_right_has_no_errors(texts: list[str]) -> None:
    lines = [(0, text, 2.0 * i, 2.0 * i + 1) for i, text in enumerate(texts)]
    figures = name_errors(said(*lines), heard(*lines), LISTED)
    assert (figures.missed, figures.inserted, figures.inserted_in_silence) == (0, 0, 0)
