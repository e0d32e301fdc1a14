"""Synthesised calls with known times through everything that listens, to the figures of their talk."""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from qa_pipeline.core.call import Call, CallMetadata, Dialogue, MadeBy, Role, Segment, Separation, Transcript
from qa_pipeline.core.facts import OverlapKind
from qa_pipeline.core.span import Span, merge, shared_s, total_s
from qa_pipeline.core.talk import SoundEvent, SoundKind
from qa_pipeline.listening import hear, without_events
from qa_pipeline.speakers.roles import load_role_model
from qa_pipeline.steps import build_call
from tests import voiced_signals as vs
from tests.factories import A, C
from tests.known_calls import Line, channels, lines, recording, transcript

TOLERANCE_S = 0.05
ENGINE = MadeBy("transcribe", "0.1.0", "known")

#: A short call: answer after 0.6 s, a sign, dead air of 6 s, an interruption that makes the other stop, a late answer.
SHORT = lines(
    (A, 0.5, 4.0, "您好我是云桥通信的小林给您介绍一下优惠"),
    (C, 4.6, 6.0, "哦你说吧什么优惠"),
    (A, 6.4, 12.0, "现在续约五百兆宽带每月只要七十九元合约期是一年"),
    (C, 8.5, 8.9, "嗯嗯"),
    (C, 18.0, 22.0, "我觉得有点贵我隔壁那家才六十块钱一个月而且"),
    (A, 20.8, 24.0, "不贵不贵我们这个是光纤的速度快"),
    (C, 26.5, 28.0, "那我再考虑一下吧"),
)


def heard(said: tuple[Line, ...], duration_s: float, noise_db: float = -60.0) -> tuple[Dialogue, Call]:
    source, words = recording(duration_s), transcript(said, duration_s)
    dialogue = hear(source, words, channels(said, duration_s, noise_db), load_role_model("zh"))
    return dialogue, build_call("known", source, words, dialogue, CallMetadata(agent_channel=0), ENGINE)


@pytest.fixture(scope="module")
def short() -> Call:
    return heard(SHORT, 30.0)[1]


def test_seconds_of_talk(short: Call) -> None:
    talk = short.talk
    assert talk is not None
    assert (talk.agent_speech_s, talk.customer_speech_s) == pytest.approx((12.3, 7.3), abs=TOLERANCE_S)
    assert (talk.overlap_s, talk.silence_s) == pytest.approx((1.6, 12.0), abs=TOLERANCE_S)
    assert not talk.estimated


def test_dead_air_and_who_spoke_before_it(short: Call) -> None:
    assert short.talk is not None
    long = [silence for silence in short.talk.silences if silence.span.duration_s > 3]
    (gap,) = long
    assert (gap.span.start_s, gap.span.end_s) == pytest.approx((12.0, 18.0), abs=TOLERANCE_S)
    assert (gap.after, gap.before, gap.filled) == (A, C, None)


def test_answers(short: Call) -> None:
    assert short.talk is not None and short.talk.agent is not None and short.talk.customer is not None
    assert short.talk.agent.responses_s == pytest.approx((0.4, -1.2), abs=TOLERANCE_S)
    assert short.talk.customer.responses_s == pytest.approx((0.6, 6.0, 2.5), abs=TOLERANCE_S)


def test_interruptions_and_signs_are_counted_exactly(short: Call) -> None:
    assert short.talk is not None and short.talk.agent is not None and short.talk.customer is not None
    assert (short.talk.agent.interruptions, short.talk.customer.interruptions) == (1, 0)
    kinds = [(o.kind, o.by_agent, o.yielded) for o in short.overlaps or ()]
    assert kinds == [(OverlapKind.BACKCHANNEL, False, None), (OverlapKind.INTERRUPTION, True, True)]
    assert [t.text for t in short.turns if t.backchannel] == ["嗯嗯"]
    assert short.talk.customer.backchannels == 1


def test_a_sign_breaks_no_turn(short: Call) -> None:
    assert [(t.role, t.backchannel) for t in short.turns] == [
        (A, False), (C, False), (A, False), (C, True), (C, False), (A, False), (C, False),
    ]  # fmt: skip
    assert "".join(t.text for t in short.turns if t.role is A) == "".join(x.text for x in SHORT if x.role is A)


def test_every_turn_has_its_sound(short: Call) -> None:
    for turn, voice in zip(short.turns, short.turn_voices, strict=True):
        if not turn.backchannel:
            assert voice.pitch_hz == pytest.approx(210 if turn.role is A else 120, rel=0.03)
            assert voice.pitch_range_st is not None and 2.5 < voice.pitch_range_st < 4.5


def a_call(seed: int) -> tuple[tuple[Line, ...], float, int]:
    """A call of some 40 turns with gaps, meetings, interruptions and signs; how many interruptions it holds."""
    chance = random.Random(seed)
    said: list[Line] = []
    cuts, at_s, role = 0, 0.5, A
    while len(said) < 45:
        end_s = round(at_s + chance.uniform(1.5, 6.0), 3)
        said.append(Line(role, Span(at_s, end_s)))
        kind = chance.choice(["gap", "gap", "meet", "sign", "cut", "wait"])
        if kind == "sign" and end_s - at_s > 3:
            middle_s = (at_s + end_s) / 2
            said.append(Line(role.other(), Span(middle_s, middle_s + 0.4), "嗯"))
        if kind == "cut" and end_s - at_s > 3:
            cuts += 1
            at_s = round(end_s - chance.uniform(0.8, 1.5), 3)
        else:
            waits = {"meet": 0.05, "wait": chance.uniform(2.0, 7.0)}
            at_s = round(end_s + waits.get(kind, chance.uniform(0.3, 1.2)), 3)
        role = role.other()
    said.append(Line(role, Span(at_s, at_s + 2.0)))
    return tuple(said), at_s + 3.0, cuts


@pytest.mark.parametrize(("seed", "noise_db"), [(1, -60.0), (2, -60.0), (3, -42.0), (4, -35.0)])
def test_a_long_call_with_known_times(seed: int, noise_db: float) -> None:
    said, duration_s, cuts = a_call(seed)
    dialogue, made = heard(said, duration_s, noise_db)
    spans = {role: merge((line.span for line in said if line.role is role), 0.25) for role in (A, C)}
    assert made.talk is not None and made.talk.agent is not None and made.talk.customer is not None
    found = dict(zip((A, C), dialogue.speech, strict=True))
    total_of = {A: made.talk.agent_speech_s, C: made.talk.customer_speech_s}
    for role in (A, C):
        assert total_of[role] == pytest.approx(total_s(spans[role]), abs=TOLERANCE_S)
        assert len(found[role]) == len(spans[role])
        for heard_span, true in zip(found[role], spans[role], strict=True):
            assert (heard_span.start_s, heard_span.end_s) == pytest.approx((true.start_s, true.end_s), abs=TOLERANCE_S)
    assert made.talk.overlap_s == pytest.approx(shared_s(spans[A], spans[C]), abs=TOLERANCE_S)
    assert made.talk.agent.interruptions is not None and made.talk.customer.interruptions is not None
    assert made.talk.agent.interruptions + made.talk.customer.interruptions == cuts
    _check_silences(made, said)


def _check_silences(made: Call, said: tuple[Line, ...]) -> None:
    """Every long silence is found, and nothing else; those near the least length may fall to either side."""
    assert made.talk is not None
    talking = merge(line.span for line in said)
    true = [Span(a.end_s, b.start_s) for a, b in pairwise(talking)]
    found = [silence.span for silence in made.talk.silences]
    for some, others, least_s in ((true, found, 1.1), (found, true, 0.0)):
        for gap in (gap for gap in some if gap.duration_s >= least_s):
            assert any(_near(gap, other) for other in others), gap


def _near(a: Span, b: Span) -> bool:
    return abs(a.start_s - b.start_s) <= TOLERANCE_S and abs(a.end_s - b.end_s) <= TOLERANCE_S


def test_swapping_the_channels_swaps_the_parties_and_nothing_else() -> None:
    source, words = recording(30.0), transcript(SHORT, 30.0)
    other = tuple(Line(line.role.other(), line.span, line.text) for line in SHORT)
    swapped_words = transcript(other, 30.0)
    sound = channels(SHORT, 30.0)
    plain = build_call("a", source, words, hear(source, words, sound, None), CallMetadata(agent_channel=0), ENGINE)
    swapped = build_call(
        "a",
        source,
        swapped_words,
        hear(source, swapped_words, sound[::-1], None),
        CallMetadata(agent_channel=1),
        ENGINE,
    )
    assert plain.talk == swapped.talk
    assert [(t.role, t.span, t.text) for t in plain.turns] == [(t.role, t.span, t.text) for t in swapped.turns]
    assert plain.turn_voices == swapped.turn_voices


def test_gain_of_a_channel_changes_no_figure() -> None:
    source, words = recording(30.0), transcript(SHORT, 30.0)
    left, right = channels(SHORT, 30.0)
    plain, louder = (hear(source, words, (sound, right), None) for sound in (left, vs.scaled(left, 12.0)))
    for a, b in zip(plain.turn_voices, louder.turn_voices, strict=True):
        assert a.level_db == pytest.approx(b.level_db, abs=0.1)
        assert (a.pitch_hz is None) == (b.pitch_hz is None)
        assert (a.pitch_hz or 0.0) == pytest.approx(b.pitch_hz or 0.0, rel=0.01)
    assert total_s(plain.speech[0]) == pytest.approx(total_s(louder.speech[0]), abs=TOLERANCE_S)


def test_an_echo_of_the_other_party_stretches_nobodys_speech() -> None:
    """The agent comes back on the customer's channel 0.2 s late and 16 dB down, right up to the customer's words."""
    left, right = channels(SHORT, 30.0)
    late = np.concatenate([np.zeros(3200, np.float32), left[:-3200]])
    words = replace(transcript(SHORT, 30.0), cross_talk_s=(0.0, 10.0))
    plain = hear(recording(30.0), words, [left, right], None)
    heard_twice = hear(recording(30.0), words, [left, right + 0.15 * late], None)
    for before, after in zip(plain.speech, heard_twice.speech, strict=True):
        assert [s.start_s for s in before] == pytest.approx([s.start_s for s in after], abs=2 * TOLERANCE_S)
        assert [s.end_s for s in before] == pytest.approx([s.end_s for s in after], abs=2 * TOLERANCE_S)


def test_speech_does_not_run_on_into_music() -> None:
    """Music begins as the customer ends at 6 s, as loud as the voice."""
    left, right = channels(SHORT, 30.0)
    loud = vs.timeline([(6.0, vs.scaled_to(vs.voiced(vs.steady(300.0, 8.0)), -20.0))], 30.0)
    words = replace(transcript(SHORT, 30.0), events=(SoundEvent(SoundKind.MUSIC, Span(6.0, 14.0), 1),))
    dialogue = hear(recording(30.0), words, [left, right + loud], None)
    assert dialogue.speech[1][0].end_s == pytest.approx(6.0, abs=TOLERANCE_S)


def test_music_and_tones_are_cut_out_of_speech() -> None:
    speech = [Span(0, 5), Span(6, 7), Span(10, 20)]
    assert without_events(speech, [Span(4, 6.2), Span(12, 13), Span(14, 30)]) == (
        Span(0, 4), Span(6.2, 7), Span(10, 12), Span(13, 14),
    )  # fmt: skip
    assert without_events(speech, [Span(0.2, 4.9)]) == (Span(6, 7), Span(10, 20))
    assert without_events(speech, []) == tuple(speech)


def mono(said: tuple[Line, ...], duration_s: float) -> tuple[Dialogue, Call]:
    left, right = channels(said, duration_s)
    both = transcript(said, duration_s)
    one = tuple(Segment(0, s.span, s.text, s.words, s.confidence) for s in both.segments)
    words = Transcript("zh", None, one, (merge(span for part in both.speech for span in part),))
    source = recording(duration_s, 1)
    dialogue = hear(source, words, [left + right], load_role_model("zh"))
    return dialogue, build_call("mono", source, words, dialogue, CallMetadata(), ENGINE)


def test_one_channel_gives_estimates() -> None:
    dialogue, made = mono(SHORT, 30.0)
    assert dialogue.separation is Separation.VOICES
    assert made.talk is not None and made.talk.estimated
    assert made.talk.agent_share == pytest.approx(12.3 / 19.6, abs=0.08)
    assert made.overlaps is None and made.talk.overlap_s is None
    assert made.talk.agent is not None and made.talk.agent.interruptions is None
    assert {turn.role for turn in made.turns} <= {A, C}


def test_one_voice_in_one_channel_stays_one_and_nameless() -> None:
    alone = tuple(line for line in SHORT if line.role is A)
    dialogue, made = mono(alone, 30.0)
    assert dialogue.separation is Separation.NONE
    assert {turn.role for turn in made.turns} == {Role.UNKNOWN}
    assert made.talk is not None and made.talk.agent_speech_s is None


def test_a_channel_on_which_nobody_speaks_leaves_one_party() -> None:
    alone = tuple(line for line in SHORT if line.role is A)
    dialogue, made = heard(alone, 30.0)
    assert dialogue.separation is Separation.CHANNELS
    assert {turn.role for turn in made.turns} == {A}
    assert made.talk is not None and made.talk.customer_speech_s == 0


def test_both_parties_on_one_channel_of_two_are_parted() -> None:
    left, right = channels(SHORT, 30.0)
    both = transcript(SHORT, 30.0)
    one = tuple(Segment(0, s.span, s.text, s.words, s.confidence) for s in both.segments)
    words = Transcript("zh", None, one, (merge(span for part in both.speech for span in part), ()))
    dialogue = hear(recording(30.0), words, [left + right, right * 0], load_role_model("zh"))
    assert dialogue.separation is Separation.VOICES
    assert len(dialogue.speech) == 2


def test_eight_channels_are_eight_voices() -> None:
    left, right = channels(SHORT, 30.0)
    both = transcript(SHORT, 30.0)
    moved = tuple(Segment(2 if s.channel == 0 else 5, s.span, s.text, s.words, 0.9) for s in both.segments)
    speech = tuple(both.speech[0] if i == 2 else both.speech[1] if i == 5 else () for i in range(8))
    words = Transcript("zh", None, moved, speech)
    sound = [left if i == 2 else right if i == 5 else left * 0 for i in range(8)]
    dialogue = hear(recording(30.0, 8), words, sound, load_role_model("zh"))
    made = build_call("eight", recording(30.0, 8), words, dialogue, CallMetadata(), ENGINE)
    assert {turn.channel: turn.role for turn in made.turns} == {2: A, 5: C}
    assert made.talk is not None and made.talk.agent_speech_s == pytest.approx(12.3, abs=TOLERANCE_S)


def test_silence_is_an_empty_dialogue() -> None:
    words = Transcript("zh", None, (), ((), ()))
    dialogue = hear(recording(10.0), words, [vs.noise(10, -70), vs.noise(10, -70, 1)], None)
    assert (dialogue.turns, dialogue.speech) == ((), ((), ()))
