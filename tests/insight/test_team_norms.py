"""Medians of how agents talk, per team: by hand, against the medians of the values, and what is left out."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline.cli.batch import compare
from qa_pipeline.core.call import Call, CallMetadata, Conversation
from qa_pipeline.core.norms import Norm
from qa_pipeline.core.talk import PartyTalk, TalkFacts
from qa_pipeline.insight.team_norms import BINS, MIN_CALLS, Histogram, TeamNorms
from qa_pipeline.insight.team_norms import team_norms as norms_of_summaries
from qa_pipeline.pages import Pages
from qa_pipeline.report.sound.audio_copy import write_audio_copy
from qa_pipeline.report.sound.bleeps import bleep_spans
from qa_pipeline.store.database import Store, open_store
from qa_pipeline.summaries import summarise
from tests.factories import rubric
from tests.report.samples import make_talking

AGENT = PartyTalk(
    speech_s=60.0, turns=5, backchannels=0, units=250, units_s=60.0, pauses=0, pauses_s=0.0, fillers=0, questions=0,
    responses_s=(0.4, 1.0, 0.8), longest_monologue_s=20.0, interruptions=0, pitch_hz=120.0, pitch_range_st=6.0,
)  # fmt: skip


def call(number: int, team: str | None = "A", language: str = "zh", customer_s: float = 40.0, **agent: Any) -> Call:
    """A call whose agent speaks 60 of 100 s, 250 characters a minute, answers after 0.8 s."""
    party = replace(AGENT, **agent)
    talk = TalkFacts(party.speech_s, customer_s, 0.0, 0.0, 120.0, agent=party, customer=AGENT)
    return Call(f"c{number}", Conversation(language, ()), metadata=CallMetadata(team=team), talk=talk)


def team_norms(calls: Iterable[Call]) -> TeamNorms:
    return norms_of_summaries(summarise(one, None, rubric().rubric) for one in calls)


def norms_of(norms: TeamNorms, asked: Call) -> dict[str, tuple[float, int]]:
    found = norms.of(asked)
    return {name: (norm.median, norm.calls) for name, norm in found.norms.items()} if found else {}


def test_medians_of_a_team_by_hand() -> None:
    calls = [call(i, units=200 + 50 * i, longest_monologue_s=10.0 + i, customer_s=40.0 - 5 * i) for i in range(5)]
    found = norms_of(team_norms(calls), calls[0])
    assert found == {
        "speech_rate": (300.0, 5),
        "response_time": (0.8, 5),
        "talk_ratio": (67.0, 5),  # 60 of 90 s: 66.7, to the nearest percent
        "pitch_range": (6.0, 5),
        "monologue": (12.0, 5),
    }


def test_an_even_number_has_its_median_between_two() -> None:
    calls = [call(i, units=units) for i, units in enumerate((200, 200, 240, 260, 300, 300))]
    assert norms_of(team_norms(calls), calls[0])["speech_rate"] == (250.0, 6)


def test_too_few_calls_have_no_norm() -> None:
    calls = [call(i) for i in range(MIN_CALLS - 1)]
    assert team_norms(calls).of(calls[0]) is None
    assert team_norms([*calls, call(9)]).of(calls[0]) is not None


def test_a_figure_that_few_calls_have_is_left_out() -> None:
    calls = [call(i, pitch_range_st=None, responses_s=(0.5,) if i < 5 else ()) for i in range(8)]
    found = norms_of(team_norms(calls), calls[0])
    assert "pitch_range" not in found
    assert found["response_time"] == (0.5, 5) and found["speech_rate"][1] == 8


def test_teams_stand_apart_and_calls_without_one_are_compared_with_all() -> None:
    calls = [call(i, "A", units=200) for i in range(5)] + [call(i, "B", units=300) for i in range(6)]
    calls += [call(20, None, units=290), call(21, "C", units=290), call(22, "  ", units=290)]
    norms = team_norms(calls)
    assert [norms_of(norms, one)["speech_rate"] for one in (calls[0], calls[5])] == [(200.0, 5), (300.0, 6)]
    found = [norms.of(one) for one in calls[11:]]
    assert [norm and norm.team for norm in found] == ["", None, ""]
    assert norms_of(norms, calls[11])["speech_rate"] == (290.0, 14)


def test_languages_are_never_mixed() -> None:
    calls = [call(i) for i in range(5)] + [call(10 + i, language="en-US", units=150) for i in range(5)]
    norms = team_norms(calls)
    assert norms_of(norms, calls[0])["speech_rate"] == (250.0, 5)
    assert norms_of(norms, call(30, language="en"))["speech_rate"] == (150.0, 5)
    assert norms.of(call(31, language="yue")) is None


def test_calls_whose_talk_is_unknown_count_for_nothing() -> None:
    known = [call(i) for i in range(5)]
    mute = replace(known[0], talk=None)
    nobody = replace(known[0], talk=TalkFacts(None, None, None, 0.0, 10.0))
    silent = call(9, speech_s=0.0, units_s=0.0, longest_monologue_s=0.0, responses_s=(), customer_s=0.0)
    norms = team_norms([*known, mute, nobody, silent])
    assert {name: calls for name, (_, calls) in norms_of(norms, known[0]).items()} == {
        "speech_rate": 5, "response_time": 5, "talk_ratio": 5, "pitch_range": 5, "monologue": 5,
    }  # fmt: skip
    assert team_norms([]) == TeamNorms()


def test_the_order_of_calls_does_not_matter() -> None:
    calls = [call(i, units=150 + 7 * i, responses_s=(0.1 * i,)) for i in range(40)]
    shuffled = calls.copy()
    random.Random(4).shuffle(shuffled)
    assert team_norms(iter(calls)) == team_norms(iter(shuffled))


def test_memory_follows_the_range_of_values_and_not_the_number_of_calls() -> None:
    histogram = Histogram(5.0)
    for number in range(20_000):
        histogram.add(150.0 + number % 200)
    assert (len(histogram.counts), histogram.total) == (41, 20_000)


def test_no_values_no_median() -> None:
    with pytest.raises(ValueError, match="no values"):
        _ = Histogram(1.0).median


@pytest.mark.parametrize("width", sorted(set(BINS.values())))
@given(values=st.lists(st.floats(-50, 900), min_size=1, max_size=60))
def test_a_median_is_exact_to_half_a_bin(width: float, values: list[float]) -> None:
    histogram = Histogram(width)
    for value in values:
        histogram.add(value)
    assert abs(histogram.median - median(values)) <= width / 2 + 1e-5


@given(st.lists(st.sampled_from([120, 180, 240, 250, 255, 360]), min_size=5, max_size=30), st.integers(1, 4))
def test_the_same_calls_several_times_change_nothing_but_n(units: list[int], times: int) -> None:
    calls = [call(i, units=value) for i, value in enumerate(units)]
    once, often = team_norms(calls).of(calls[0]), team_norms(calls * times).of(calls[0])
    assert once and often
    assert {name: Norm(norm.median, times * norm.calls) for name, norm in once.norms.items()} == often.norms


# --- on the pages of a batch -----------------------------------------------------------------------------------------


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(str(tmp_path / "s.sqlite3")) as opened:
        yield opened


def keep(store: Store, *call_ids: str, team: str = "一组") -> None:
    """Calls of agents who speak 300 characters a minute."""
    for call_id in call_ids:
        made = make_talking(call_id).call
        store.put_result(call_id, "call", "k", replace(made, metadata=replace(made.metadata, team=team)))


def shown(pages: Pages, call_id: str) -> str:
    return pages.page(call_id).read_text("utf-8")


def test_pages_learn_only_what_changes_them(store: Store, tmp_path: Path) -> None:
    pages = Pages(tmp_path / "out")
    assert not pages.learn(store, rubric())
    keep(store, "a", "b", "c", "d")
    assert not pages.learn(store, rubric())
    keep(store, "e")
    assert pages.learn(store, rubric())
    assert not pages.learn(store, rubric())


def test_the_pages_of_a_batch_are_written_again_beside_the_team(store: Store, tmp_path: Path) -> None:
    pages = Pages(tmp_path / "out")
    pages.learn(store, rubric())
    keep(store, *"abcdef")
    keep(store, "x", team="二组")
    for call_id in "abx":
        found = store.call(call_id)
        assert found
        pages.write(found, store, rubric(), None)
        assert "组中位数（" not in shown(pages, call_id)
    assert pages.learn(store, rubric())
    compare("abx", pages, store, rubric(), quiet=True)
    for call_id in "ab":
        assert "一组中位数（6 通）" in shown(pages, call_id) and "300 字/分" in shown(pages, call_id)
    assert "组中位数（" not in shown(pages, "x"), "its team has one call"
    assert not pages.page("c").exists()


def test_pages_keep_the_sound_that_they_play(store: Store, tmp_path: Path) -> None:
    keep(store, *"abcde")
    pages = Pages(tmp_path / "out")
    made = store.call("a")
    assert made is not None and made.recording is not None
    sound = tmp_path / "out" / "audio" / "a.webm"
    write_audio_copy([np.zeros(16_000, np.float32)], sound, bleep_spans(made), made.recording.sha256)
    copied = sound.read_bytes()
    pages.learn(store, rubric())
    pages.write_again("a", store, rubric())
    assert 'src="../audio/a.webm"' in shown(pages, "a") and sound.read_bytes() == copied


def test_an_interrupted_comparison_leaves_whole_pages(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(store, *"abcde")
    pages = Pages(tmp_path / "out")
    write = pages.write

    def once(made: Call, *rest: Any) -> Path:
        if made.call_id == "b":
            raise KeyboardInterrupt
        return write(made, *rest)

    monkeypatch.setattr(pages, "write", once)
    with pytest.raises(KeyboardInterrupt):
        compare("abc", pages, store, rubric(), quiet=True)
    assert shown(pages, "a").rstrip().endswith("</html>") and not pages.page("c").exists()
