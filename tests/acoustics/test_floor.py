"""Answers, monologues, silences, overlaps and interruptions of calls whose times are known."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline.acoustics.floor import monologues, overlaps, responses, silences, spoken_s, switches
from qa_pipeline.core.call import Role, Turn
from qa_pipeline.core.facts import Overlap, OverlapKind
from qa_pipeline.core.span import Span, merge
from qa_pipeline.core.talk import Silence, SoundEvent, SoundKind
from tests.factories import A, C, U


def said(*lines: tuple[Role, float, float], signs: tuple[int, ...] = ()) -> list[Turn]:
    """Turns of the given times; ``signs``: which of them are backchannels."""
    return [
        Turn(i, role, "好", Span(start_s, end_s), backchannel=i in signs)
        for i, (role, start_s, end_s) in enumerate(lines)
    ]


def crossing(turns: list[Turn]) -> tuple[Overlap, ...]:
    """Overlaps where every turn is one stretch of speech."""
    return overlaps(turns, *(merge(t.span for t in turns if t.span and t.role is role) for role in (A, C)))


def test_an_answer_waits_from_the_last_words_of_the_other() -> None:
    assert responses(said((A, 0, 2), (C, 2.4, 4), (A, 3.7, 6))) == {1: 0.4, 2: -0.3}


def test_signs_and_remarks_thrown_in_answer_nothing() -> None:
    turns = said((A, 0, 10), (C, 3, 3.4), (C, 6, 8), (C, 10.5, 12), signs=(1,))
    assert responses(turns) == {3: 0.5}


def test_a_sign_does_not_count_as_the_last_words() -> None:
    assert responses(said((A, 0, 5), (C, 4.9, 5.2), (C, 6, 8), signs=(1,))) == {2: 1.0}


def test_unknown_voices_answer_nobody() -> None:
    assert responses(said((A, 0, 1), (U, 2, 3), (C, 4, 5))) == {}


def test_a_monologue_goes_over_signs_and_short_remarks() -> None:
    turns = said((A, 0, 20), (C, 8, 9.5), (A, 21, 40), (C, 40.5, 41), (A, 41.5, 50), (C, 51, 55), signs=(1,))
    runs = monologues(turns)
    assert [spoken_s(run) for run in runs] == [47.5, 4.0]
    assert [t.index for t in runs[0]] == [0, 2, 4]


@pytest.mark.parametrize(("pause_s", "longest"), [(3.0, 20.0), (3.1, 10.0)])
def test_a_long_pause_ends_a_monologue(pause_s: float, longest: float) -> None:
    assert max(map(spoken_s, monologues(said((A, 0, 10), (A, 10 + pause_s, 20 + pause_s))))) == longest


def test_the_floor_changes_hands_between_turns_that_take_it() -> None:
    assert switches(said((A, 0, 1), (C, 1, 2), (A, 2, 5), (C, 3, 3.5), (U, 5, 6), (C, 6, 7), signs=(3,))) == 3


def test_silences_say_who_spoke_last_and_who_broke_them() -> None:
    speech = {A: [Span(1, 3), Span(10, 12)], C: [Span(3.9, 5), Span(12.5, 13)], U: [Span(20, 21)]}
    assert silences(speech) == (Silence(Span(5, 10), C, A), Silence(Span(13, 20), C, U))


def test_nobody_owns_the_time_before_the_first_and_after_the_last_word() -> None:
    assert silences({A: [Span(30, 31)]}) == ()
    assert silences({}) == ()


@pytest.mark.parametrize(("covered_s", "filled"), [(3.0, SoundKind.MUSIC), (2.4, None)])
def test_hold_music_fills_a_silence(covered_s: float, filled: SoundKind | None) -> None:
    music = SoundEvent(SoundKind.MUSIC, Span(5.5, 5.5 + covered_s), 0)
    (found,) = silences({A: [Span(0, 5), Span(10, 11)]}, [music])
    assert found.filled is filled


def test_who_comes_in_while_the_other_speaks_on_interrupts() -> None:
    (found,) = crossing(said((C, 0, 6), (A, 4, 8)))
    assert found == Overlap(Span(4, 6), True, OverlapKind.INTERRUPTION, True)


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        ([(C, 0, 4.4), (A, 4, 8)], "the other was ending"),
        ([(C, 3.6, 6), (A, 4, 8)], "the other had hardly begun"),
    ],
)
def test_what_is_no_interruption(lines: list[tuple[Role, float, float]], why: str) -> None:
    assert [found.kind for found in crossing(said(*lines))] == [OverlapKind.TALK], why


def test_who_begins_as_the_other_begins_again_interrupts_nobody() -> None:
    """After a pause of the customer's both go on at once."""
    turns = said((C, 0, 9), (A, 5.1, 7))
    (found,) = overlaps(turns, [Span(5.1, 7)], [Span(0, 4), Span(5, 9)])
    assert found.kind is OverlapKind.TALK
    (later,) = overlaps(said((C, 0, 9), (A, 5.2, 7)), [Span(5.2, 7)], [Span(0, 4), Span(5, 9)])
    assert later.kind is OverlapKind.INTERRUPTION


def test_signs_never_interrupt() -> None:
    (found,) = crossing(said((C, 0, 6), (A, 3, 3.9), signs=(1,)))
    assert found == Overlap(Span(3, 3.9), True, OverlapKind.BACKCHANNEL)


def test_overlaps_shorter_than_a_tenth_of_a_second_are_how_turns_meet() -> None:
    assert crossing(said((C, 0, 4.09), (A, 4, 8))) == ()
    assert len(crossing(said((C, 0, 4.1), (A, 4, 8)))) == 1


@pytest.mark.parametrize(
    ("lines", "yielded"),
    [
        ([(C, 0, 5.9), (A, 4, 8), (C, 6.9, 9)], True),
        ([(C, 0, 5.9), (A, 4, 8), (C, 6.8, 9)], False),
        ([(C, 0, 6.5), (A, 4, 8)], False),
        ([(C, 0, 9), (A, 4, 8)], False),
    ],
)
def test_whether_the_other_stopped(lines: list[tuple[Role, float, float]], yielded: bool) -> None:
    found = crossing(said(*lines))[0]
    assert (found.kind, found.yielded) == (OverlapKind.INTERRUPTION, yielded)


def test_one_interruption_counts_once_however_the_stretches_lie() -> None:
    """The customer pauses twice while the agent talks over it."""
    turns = said((C, 0, 9), (A, 4, 12))
    found = overlaps(turns, [Span(4, 12)], [Span(0, 5), Span(5.4, 7), Span(7.3, 9)])
    assert [o.kind for o in found] == [OverlapKind.INTERRUPTION, OverlapKind.TALK, OverlapKind.TALK]


def test_both_at_the_same_moment_interrupts_nobody() -> None:
    assert crossing(said((C, 1, 4), (A, 1, 3))) == (Overlap(Span(1, 3)),)


starts = st.lists(st.tuples(st.sampled_from([A, C]), st.integers(0, 400), st.integers(1, 60)), max_size=12)


@given(starts, st.integers(0, 1000))
def test_shifting_all_times_moves_overlaps_and_nothing_else(raw: list[tuple[Role, int, int]], by: int) -> None:
    lines = sorted(((role, s / 8, (s + n) / 8) for role, s, n in raw), key=lambda line: line[1])
    turns, later = said(*lines), said(*((role, s + by, e + by) for role, s, e in lines))
    plain, moved = crossing(turns), crossing(later)
    assert [replace(o, span=o.span.shift(by)) for o in plain] == list(moved)
    assert responses(turns) == responses(later)


@given(starts)
def test_swapping_the_parties_swaps_who_interrupts_and_nothing_else(raw: list[tuple[Role, int, int]]) -> None:
    lines = sorted(((role, s / 8, (s + n) / 8) for role, s, n in raw), key=lambda line: line[1])
    swapped = [(role.other(), s, e) for role, s, e in lines]
    plain, other = crossing(said(*lines)), crossing(said(*swapped))
    assert [replace(o, by_agent=None if o.by_agent is None else not o.by_agent) for o in plain] == list(other)
