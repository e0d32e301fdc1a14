"""What the sequence model is told about each turn, by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline.core.call import Role
from qa_pipeline.stages.context import FADING, NOTHING, REACH, context_features, log_odds, own_column, place
from tests.factories import A, C, U, turns

SAID = turns([(A, "您好"), (C, "喂"), (A, "我推荐您这款套餐，一个月三十九块"), (C, "太贵了")])

#: Two decisions about four turns, all different.
EVIDENCE = np.array([[0.9, 0.1], [0.8, 0.2], [0.7, 0.3], [0.6, 0.4]])
NO_CUES = np.zeros((4, 0))
DECISIONS = 2


def features(roles: bool = True) -> np.ndarray:
    return context_features(SAID, EVIDENCE, NO_CUES, roles=roles)


def block(number: int) -> np.ndarray:
    """One block of as many columns as there are decisions: five shifts, then the averages before and after."""
    return features()[:, number * DECISIONS : (number + 1) * DECISIONS]


def test_log_odds_are_finite_even_for_certainty() -> None:
    assert log_odds(np.array([0.5])) == pytest.approx([0.0])
    assert log_odds(np.array([0.0])) == pytest.approx([NOTHING])
    assert log_odds(np.array([0.0, 1.0])) == pytest.approx([np.log(0.01 / 1.01), np.log(1.01 / 0.01)])


@pytest.mark.parametrize("by", range(-REACH, REACH + 1))
def test_shifts_hold_the_neighbours_odds_and_nothing_beyond_the_ends(by: int) -> None:
    odds, shifted = log_odds(EVIDENCE), block(REACH + by)
    for index in range(len(SAID)):
        inside = 0 <= index + by < len(SAID)
        assert shifted[index] == pytest.approx(odds[index + by] if inside else [NOTHING, NOTHING])


def test_a_call_shorter_than_the_reach_has_nothing_on_either_side() -> None:
    alone = context_features(SAID[:1], EVIDENCE[:1], np.zeros((1, 0)), roles=True)
    assert alone[0, : 5 * DECISIONS] == pytest.approx([NOTHING] * 4 + list(log_odds(EVIDENCE[0])) + [NOTHING] * 4)
    assert not alone[0, 5 * DECISIONS : 7 * DECISIONS].any()


def test_averages_fade_with_distance_on_both_sides() -> None:
    odds, before, after = log_odds(EVIDENCE), block(5), block(6)
    share = 1 - FADING
    assert before[0] == pytest.approx([0, 0])
    assert before[1] == pytest.approx(share * odds[0])
    assert before[3] == pytest.approx(share * (odds[2] + FADING * odds[1] + FADING**2 * odds[0]))
    assert after[3] == pytest.approx([0, 0])
    assert after[2] == pytest.approx(share * odds[3])
    assert after[0] == pytest.approx(share * (odds[1] + FADING * odds[2] + FADING**2 * odds[3]))


@pytest.mark.parametrize("decision", range(DECISIONS))
def test_own_column_holds_the_decision_about_the_turn_itself(decision: int) -> None:
    own = features()[:, own_column(decision, DECISIONS)]
    assert own == pytest.approx(log_odds(EVIDENCE)[:, decision])


def test_cues_enter_as_they_are() -> None:
    cues = np.array([[1.0], [0.0], [0.0], [1.0]])
    found = context_features(SAID, EVIDENCE, cues, roles=True)
    assert found[:, 8 * DECISIONS].tolist() == [1, 0, 0, 1]
    assert np.delete(found, 8 * DECISIONS, axis=1) == pytest.approx(features())


def test_the_highest_of_all_turns_before_stays() -> None:
    odds, highest = log_odds(EVIDENCE), features()[:, 7 * DECISIONS : 8 * DECISIONS]
    assert highest[0] == pytest.approx([NOTHING] * DECISIONS)
    assert highest[3] == pytest.approx(odds[:3].max(axis=0))


def test_place_by_hand() -> None:
    rows = place(SAID, roles=True)
    # Turns from the start within 1, 2, 3, 5, 8; from the end; fifths of the call; agent, customer; share and length.
    assert rows[0, :10].tolist() == [1, 1, 1, 1, 1, 0, 0, 0, 1, 1]
    assert rows[3, :10].tolist() == [0, 0, 0, 1, 1, 1, 1, 1, 1, 1]
    assert rows[:, 10:15].argmax(axis=1).tolist() == [0, 1, 2, 3]
    assert rows[:, 15:17].tolist() == [[1, 0], [0, 1], [1, 0], [0, 1]]
    assert rows[2, 17:19] == pytest.approx([0.5, 0.25])
    assert rows[:, 20].tolist() == [1, 1, 0, 1]  # under five characters
    assert rows[0, -1] == pytest.approx(np.log(4) / 4)


def test_untold_roles_are_the_same_as_unknown_ones() -> None:
    unknown = turns([(U, turn.text) for turn in SAID])
    assert place(SAID, roles=False).tolist() == place(unknown, roles=True).tolist()
    assert place(SAID, roles=False)[:, 15:17].any() == np.False_
    assert (features(roles=True) != features(roles=False)).any()


@given(st.lists(st.tuples(st.sampled_from(list(Role)), st.text(max_size=20)), min_size=1, max_size=12))
def test_every_turn_has_a_row_of_finite_numbers(lines: list[tuple[Role, str]]) -> None:
    said = turns(lines)
    evidence = np.linspace(0, 1, len(said))[:, None]
    found = context_features(said, evidence, np.zeros((len(said), 3)), roles=True)
    assert found.shape == (len(said), 8 + 3 + place(said, roles=True).shape[1])
    assert np.isfinite(found).all()
    # Each turn stands in just one fifth of the call.
    assert place(said, roles=True)[:, 10:15].sum(axis=1).tolist() == [1] * len(said)
