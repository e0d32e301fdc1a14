"""Span algebra: known answers, and what must hold for any spans."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline.core.span import Span, cover_all, merge, shared_s, total_s


@st.composite
def span_values(draw: st.DrawFn) -> Span:
    """Spans on a grid of 1/8 s, where sums of floats are exact."""
    start = draw(st.integers(0, 400))
    return Span(start / 8, (start + draw(st.integers(0, 80))) / 8)


span_lists = st.lists(span_values(), max_size=12)


@pytest.mark.parametrize(
    ("start_s", "end_s"), [(-0.1, 1.0), (2.0, 1.0), (math.nan, 1.0), (0.0, math.nan), (0.0, math.inf), (-math.inf, 0.0)]
)
def test_impossible_times_are_refused(start_s: float, end_s: float) -> None:
    with pytest.raises(ValueError, match="a span needs"):
        Span(start_s, end_s)


def test_empty_span_is_allowed_and_lasts_nothing() -> None:
    assert Span(3.0, 3.0).duration_s == 0.0


def test_shift_below_zero_is_refused() -> None:
    assert Span(2, 3).shift(-2) == Span(0, 1)
    with pytest.raises(ValueError, match="0 <= start"):
        Span(2, 3).shift(-2.5)


@pytest.mark.parametrize(
    ("other", "seconds"),
    [(Span(3, 5), 1.0), (Span(4, 5), 0.0), (Span(9, 10), 0.0), (Span(0, 9), 4.0), (Span(1, 1.5), 0.5)],
)
def test_overlap_known_answers(other: Span, seconds: float) -> None:
    assert Span(0, 4).overlap_s(other) == seconds


def test_cover_reaches_over_the_gap() -> None:
    assert Span(5, 6).cover(Span(1, 2)) == Span(1, 6)
    assert cover_all([Span(3, 4), Span(0, 1), Span(2, 9)]) == Span(0, 9)
    assert cover_all([]) is None


def test_merge_joins_touching_overlapping_and_contained_spans() -> None:
    assert merge([Span(5, 6), Span(0, 2), Span(2, 3), Span(1, 1.5)]) == (Span(0, 3), Span(5, 6))


def test_merge_keeps_the_longer_end_of_a_contained_span() -> None:
    assert merge([Span(0, 10), Span(1, 2), Span(9, 9.5)]) == (Span(0, 10),)


def test_merge_joins_at_the_gap_exactly_and_not_beyond() -> None:
    assert merge([Span(0, 1), Span(1.5, 2)], gap_s=0.5) == (Span(0, 2),)
    assert merge([Span(0, 1), Span(1.625, 2)], gap_s=0.5) == (Span(0, 1), Span(1.625, 2))


def test_total_counts_overlapping_seconds_once() -> None:
    assert total_s([Span(0, 4), Span(2, 6), Span(10, 11)]) == 7.0
    assert total_s([]) == 0.0


def test_shared_known_answer() -> None:
    # a speaks 0-4 and 6-10, b speaks 3-7 (given in two overlapping pieces) and 9-12: 3-4, 6-7 and 9-10 are shared.
    assert shared_s([Span(6, 10), Span(0, 4)], [Span(3, 5), Span(4, 7), Span(9, 12)]) == 3.0
    assert shared_s([], [Span(0, 1)]) == 0.0


@given(span_lists, st.integers(0, 16))
def test_merge_is_idempotent_sorted_and_disjoint(spans: list[Span], gap: int) -> None:
    merged = merge(spans, gap / 8)
    assert merge(merged, gap / 8) == merged
    assert all(a.end_s + gap / 8 < b.start_s for a, b in pairwise(merged))


@given(span_lists, st.randoms())
def test_merge_does_not_depend_on_the_order_given(spans: list[Span], random: object) -> None:
    shuffled = list(spans)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert merge(shuffled) == merge(spans)


@given(span_lists)
def test_total_equals_the_count_of_covered_grid_cells(spans: list[Span]) -> None:
    cells = {cell for s in spans for cell in range(int(s.start_s * 8), int(s.end_s * 8))}
    assert total_s(spans) == len(cells) / 8


@given(span_lists, span_lists)
def test_shared_is_symmetric_and_equals_inclusion_exclusion(a: list[Span], b: list[Span]) -> None:
    assert shared_s(a, b) == shared_s(b, a) == total_s(a) + total_s(b) - total_s(a + b)
    assert 0.0 <= shared_s(a, b) <= min(total_s(a), total_s(b))


@given(span_lists)
def test_what_is_shared_with_itself_is_the_total(spans: list[Span]) -> None:
    assert shared_s(spans, spans) == total_s(spans)


@given(span_values(), st.integers(0, 1000))
def test_shift_keeps_the_duration_and_comes_back(span: Span, by: int) -> None:
    later = span.shift(by / 8)
    assert later.duration_s == span.duration_s
    assert later.shift(-by / 8) == span


@given(span_values(), span_values(), st.integers(0, 1000))
def test_shifting_both_keeps_their_overlap(a: Span, b: Span, by: int) -> None:
    assert a.shift(by / 8).overlap_s(b.shift(by / 8)) == a.overlap_s(b) == b.overlap_s(a)
