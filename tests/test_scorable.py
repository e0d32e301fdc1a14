"""Which calls cannot be scored: every limit hit and just not hit, and nothing else changed by it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline.core.call import Call, ChannelQuality, Role, RoleDecision, TalkFacts, Turn
from qa_pipeline.core.score import Reason, Verdict
from qa_pipeline.report.wording import wording
from qa_pipeline.rubric.loading import load_rubric, shipped_ids
from qa_pipeline.rubric.model import LoadedRubric
from qa_pipeline.scorable import CODES, why_unscorable
from qa_pipeline.scoring import is_current, score
from tests.factories import ANY_RECORDING, A, C, U, call, criterion, recording, rubric, timed

SAID = timed((A, "您好，我是小李。"), (C, "我不需要。"), (A, "好的，再见。"))


def quality(channel: int, level_db: float = -26.0, clipped: float = 0.0, dead: bool = False) -> ChannelQuality:
    return ChannelQuality(channel, level_db, -3.0, clipped, 0.5, dead)


def channels_of(turns: tuple[Turn, ...], channels: dict[Role, int]) -> tuple[Turn, ...]:
    return tuple(replace(turn, channel=channels[turn.role], voice=channels[turn.role]) for turn in turns)


def taped(*lines: Any, qualities: tuple[ChannelQuality, ...] | None = None, **fields: Any) -> Call:
    """A call of two channels, the agent's first, in a recording of 60 s; ``fields`` of the recording."""
    made = call(*(lines or SAID))
    turns = channels_of(made.turns, {A: 0, C: 1, U: 0})
    heard = replace(made.conversation, turns=turns, roles=(RoleDecision(0, A, "text"), RoleDecision(1, C, "text")))
    heard_as = (quality(0), quality(1)) if qualities is None else qualities
    duration_s = fields.pop("duration_s", 60.0)
    return replace(made, conversation=heard, recording=recording(duration_s, quality=heard_as, **fields))


def mono(*lines: Any, voices: dict[Role, int] | None, **fields: Any) -> Call:
    """A call in one channel; ``voices``: which voice says what, None where they were not told apart."""
    made = call(*lines)
    turns = tuple(replace(t, channel=0, voice=voices[t.role] if voices else None, role=U) for t in made.turns)
    found = sorted(set(voices.values())) if voices else [None]
    roles = tuple(RoleDecision(0, U, "none", voice=voice) for voice in found)
    heard = replace(made.conversation, turns=turns, roles=roles)
    return replace(made, conversation=heard, recording=recording(channels=1, quality=(quality(0),), **fields))


def why(asked: Call, **limits: Any) -> tuple[Reason, ...]:
    return why_unscorable(asked, rubric(recording=limits).rubric)


def codes(asked: Call, **limits: Any) -> list[str]:
    return [reason.code for reason in why(asked, **limits)]


def test_a_plain_recording_keeps_to_every_limit() -> None:
    assert why(taped()) == ()


LOUD, QUIET = quality(0), quality(1, -47.04)


@pytest.mark.parametrize(
    ("bad", "good", "reason"),
    [
        (
            taped(duration_s=9.96),
            taped(duration_s=10.0),
            Reason("recording_too_short", {"duration_s": 9.9, "limit_s": 10}),
        ),
        (
            taped(qualities=(LOUD, QUIET)),
            taped(qualities=(LOUD, quality(1, -47.0))),
            Reason("recording_too_quiet", {"level_db": -47.1, "limit_db": -47, "channel": 2}),
        ),
        (
            taped(qualities=(quality(0, clipped=0.0201), LOUD)),
            taped(qualities=(quality(0, clipped=0.02), LOUD)),
            Reason("recording_clipped", {"percent": 2.1, "limit_percent": 2, "channel": 1}),
        ),
        (taped(truncated=True), taped(), Reason("recording_truncated", {"duration_s": 60})),
        (
            taped(truncated=True, header_duration_s=90.2),
            taped(header_duration_s=90.2),
            Reason("recording_truncated", {"duration_s": 60, "header_s": 90}),
        ),
        (
            taped(*timed((A, "喂"), (C, "喂"), turn_s=1.49)),
            taped(*timed((A, "喂"), (C, "喂"), turn_s=1.5)),
            Reason("too_little_speech", {"speech_s": 2.9, "limit_s": 3}),
        ),
    ],
    ids=lambda value: value.code if isinstance(value, Reason) else "",
)
def test_a_limit_is_hit_and_just_not_hit(bad: Call, good: Call, reason: Reason) -> None:
    assert why(bad) == (reason,)
    assert why(good) == ()
    assert why(bad, **ANY_RECORDING) == ()


@pytest.mark.parametrize(
    ("limits", "found"),
    [
        ({"min_duration_s": 61}, ["recording_too_short"]),
        ({"min_speech_s": 7}, ["too_little_speech"]),
        ({"min_level_db": -25}, ["recording_too_quiet"]),
        ({"min_duration_s": 60, "min_speech_s": 6, "min_level_db": -26, "max_clipped_percent": 0}, []),
    ],
)
def test_a_rubric_sets_its_own_limits(limits: dict[str, Any], found: list[str]) -> None:
    assert codes(taped(), **limits) == found


def test_speech_is_measured_where_it_was_measured() -> None:
    """Turns say 6 s; what was heard says 2.5 s of 60 s."""
    heard = replace(taped(), talk=TalkFacts(1.5, 1.5, 0.5, 57.5, 60.0))
    assert why(heard) == (Reason("too_little_speech", {"speech_s": 2.5, "limit_s": 3}),)
    assert why(replace(heard, talk=TalkFacts(None, None, None, 57.0, 60.0))) == ()


def test_without_times_nobody_knows_how_long_was_spoken() -> None:
    untimed = tuple(replace(turn, span=None, words=()) for turn in taped(*timed((A, "喂"), (C, "喂"), turn_s=1)).turns)
    heard = taped()
    assert why(replace(heard, conversation=replace(heard.conversation, turns=untimed))) == ()


ALONE = timed((A, "您好"), (A, "有人在吗"), (A, "再见"))


@pytest.mark.parametrize(
    ("alone", "values"),
    [
        (taped(*ALONE, qualities=(quality(0), quality(1, -70.0, dead=True))), {"dead_channel": 2}),
        (taped(*ALONE, qualities=(quality(0), quality(1, -58.0))), {"silent_channel": 2}),
        (taped(*ALONE, qualities=()), {"silent_channel": 2}),
        (taped(*timed((C, "喂"), (C, "谁啊"))), {"silent_channel": 1}),
        (taped(*ALONE, channels=8), {"channels": 8}),
        (mono(*ALONE, voices={A: 0}), {"voices": 1}),
    ],
    ids=["dead", "silent", "no quality known", "agent missing", "eight channels", "one voice in mono"],
)
def test_one_party_alone_is_not_scored(alone: Call, values: dict[str, int]) -> None:
    assert why(alone) == (Reason("party_missing", values),)
    assert why(alone, both_parties=False) == ()


@pytest.mark.parametrize(
    "both",
    [
        taped(*timed((A, "您好"), (C, "嗯"))),
        taped(qualities=(quality(0), quality(1, dead=True))),
        mono(*SAID, voices={A: 0, C: 1}),
        mono(*SAID, voices=None),
        mono(*ALONE, voices=None),
    ],
    ids=["one word of the customer", "words on a dead channel", "two voices", "mono as it is", "mono monologue"],
)
def test_who_is_heard_or_may_be_heard_is_not_missing(both: Call) -> None:
    assert "party_missing" not in codes(both)


def test_a_wrong_number_is_told_from_a_voicemail() -> None:
    wrong = timed((C, "喂"), (A, "请问是王女士吗？"), (C, "打错了。"), (A, "不好意思。"))
    assert why(taped(*wrong, duration_s=12.0)) == ()
    assert codes(taped(*timed((A, "喂，您好"), (A, "喂？")), duration_s=12.0)) == ["party_missing"]


def test_both_parties_on_one_channel_are_two_voices() -> None:
    """A recorder that writes the whole call into the left channel and nothing into the right one."""
    heard = taped(qualities=(quality(0), quality(1, -80.0, dead=True)))
    turns = tuple(replace(turn, channel=0, role=U) for turn in heard.turns)
    assert {turn.voice for turn in turns} == {0, 1}
    assert why(replace(heard, conversation=replace(heard.conversation, turns=turns))) == ()


def test_a_channel_that_carries_nobodys_words_is_neither_quiet_nor_distorted() -> None:
    spare = (quality(0), quality(1), quality(2, -75.0, dead=True), quality(3, -55.0, 0.5))
    assert why(taped(qualities=spare, channels=4)) == ()


def test_identical_channels_are_named_as_one() -> None:
    twins = (quality(0, -60.0), quality(1, -60.0))
    (reason,) = why(replace(mono(*SAID, voices=None), recording=recording(quality=twins, identical_channels=True)))
    assert (reason.code, reason.values) == ("recording_too_quiet", {"level_db": -60.0, "limit_db": -47})


def test_of_two_bad_channels_the_worse_is_named() -> None:
    (quiet,) = why(taped(qualities=(quality(0, -48.0), quality(1, -52.0))))
    (clipped,) = why(taped(qualities=(quality(0, clipped=0.1), quality(1, clipped=0.05))))
    assert (quiet.values["channel"], quiet.values["level_db"]) == (2, -52.0)
    assert (clipped.values["channel"], clipped.values["percent"]) == (1, 10.0)


def test_silence_says_so_once_and_why_it_may_be() -> None:
    silent = replace(call(), recording=recording(6.0, quality=(quality(0, -58.8), quality(1, -120.0, dead=True))))
    assert codes(silent) == ["no_speech", "recording_too_short", "recording_too_quiet"]
    assert codes(silent, **ANY_RECORDING) == ["no_speech"]


def test_the_language_of_silence_is_a_guess() -> None:
    silent = replace(call(), conversation=replace(call().conversation, language="en"))
    assert [reason.code for reason in why_unscorable(silent, rubric().rubric)] == ["no_speech"]


def test_all_reasons_are_given_in_their_order_and_the_first_stands_on_every_criterion() -> None:
    bad = taped(
        *timed((A, "喂"), turn_s=1.0),
        duration_s=4.0,
        truncated=True,
        qualities=(quality(0, -49.0, 0.3), quality(1, dead=True)),
    )
    bad = replace(bad, confidence=0.41, conversation=replace(bad.conversation, language="en"))
    card = score(bad, rubric(criterion("a"), criterion("b", fatal="call"), pass_percent=60))
    assert [reason.code for reason in card.unscorable] == [code for code in CODES if code != "no_speech"]
    assert [(o.verdict, o.reason) for o in card.outcomes] == [(Verdict.NOT_SCORABLE, card.unscorable[0])] * 2
    assert (card.percent, card.passed, card.red_lines, card.scored) == (None, None, (), 0)


@pytest.mark.parametrize(("confidence", "shown"), [(0.5999, 59), (0.41, 41), (0.58, 58)])
def test_confidence_is_rounded_down(confidence: float, shown: int) -> None:
    unsure = replace(taped(), confidence=confidence)
    assert why(unsure) == (Reason("low_confidence", {"percent": shown, "min_percent": 60}),)


@given(st.floats(0, 20), st.floats(-120, 0), st.floats(0, 1), st.booleans(), st.booleans(), st.none() | st.floats(0, 1))
def test_imported_calls_are_held_to_no_limit_of_recordings(
    duration_s: float, level_db: float, clipped: float, truncated: bool, alone: bool, confidence: float | None
) -> None:
    lines = ALONE if alone else SAID
    poor = taped(*lines, duration_s=duration_s, truncated=truncated, qualities=(quality(0, level_db, clipped),))
    imported = replace(poor, recording=None, confidence=confidence)
    unsure = confidence is not None and confidence < 0.6
    assert codes(imported) == (["low_confidence"] if unsure else [])


@pytest.mark.parametrize("name", shipped_ids())
def test_shipped_rubrics_keep_the_defaults(name: str) -> None:
    """docs/scoring.md says so."""
    assert load_rubric(name).rubric.recording == rubric().rubric.recording


WORDS = st.sampled_from(["您好，我是云桥宽带的小郭", "不需要", "太贵了", "再见，谢谢", "闭嘴", "喂"])
LINES = st.lists(st.tuples(st.sampled_from([A, C]), WORDS), min_size=1, max_size=6)
FORMS = [rubric(criterion("greet"), criterion("polite", fatal="call", check={"phrases": {"none": ["闭嘴"]}}))]


def without_limits(loaded: LoadedRubric) -> LoadedRubric:
    limits = type(loaded.rubric.recording).model_validate(ANY_RECORDING)
    return replace(loaded, rubric=loaded.rubric.model_copy(update={"recording": limits}))


@given(
    LINES,
    st.floats(5, 30),
    st.floats(-55, -20),
    st.floats(0, 0.05),
    st.booleans(),
    st.none() | st.floats(0.5, 1),
)
def test_limits_change_no_verdict_of_calls_that_keep_to_them(
    lines: list[Any], duration_s: float, level_db: float, clipped: float, truncated: bool, confidence: float | None
) -> None:
    qualities = (quality(0), quality(1, level_db, clipped))
    asked = taped(*timed(*lines), duration_s=duration_s, truncated=truncated, qualities=qualities)
    asked = replace(asked, confidence=confidence)
    for loaded in FORMS:
        card, free = score(asked, loaded), score(asked, without_limits(loaded))
        if card.unscorable:
            assert card.scored == 0
            assert [reason for reason in free.unscorable if reason not in card.unscorable] == []
        else:
            assert card == free


@given(st.floats(0, 9.999), st.floats(-120, -47.0001), st.floats(0.0200001, 1), st.floats(0.01, 2.999))
def test_a_figure_that_misses_its_limit_never_reads_as_if_it_met_it(
    duration_s: float, level_db: float, clipped: float, speech_s: float
) -> None:
    talk = TalkFacts(None, None, None, 100.0 - speech_s, 100.0)
    poor = replace(taped(duration_s=duration_s, qualities=(quality(0, level_db, clipped), quality(1))), talk=talk)
    values = {reason.code: reason.values for reason in why(poor)}
    assert float(values["recording_too_short"]["duration_s"]) < 10
    assert float(values["recording_too_quiet"]["level_db"]) < -47
    assert float(values["recording_clipped"]["percent"]) > 2
    assert float(values["too_little_speech"]["speech_s"]) < 3


@pytest.mark.parametrize(
    ("asked", "zh", "en"),
    [
        (
            taped(duration_s=6.0),
            "录音只有 6 秒，至少要 10 秒",
            "The recording lasts only 6 s; at least 10 s are needed",
        ),
        (
            taped(truncated=True, header_duration_s=90.0),
            "录音不完整：文件应有 90 秒，只读出 60 秒",
            "The recording is incomplete: 60 s of 90 s could be read",
        ),
        (
            taped(truncated=True),
            "录音不完整：读出 60 秒，另有部分损坏",
            "The recording is incomplete: 60 s could be read, a part is damaged",
        ),
        (
            taped(*ALONE, qualities=(quality(0), quality(1, dead=True))),
            "声道 2 没有声音，只录到一方",
            "Channel 2 holds no sound: only one party was recorded",
        ),
        (
            taped(*ALONE),
            "声道 2 没有人说话，只录到一方",
            "Nobody speaks on channel 2: only one party was recorded",
        ),
        (
            mono(*ALONE, voices={A: 0}),
            "只听到一个人的声音，缺少另一方",
            "Only one voice was heard; the other party is missing",
        ),
        (
            taped(qualities=(LOUD, quality(1, -49.5))),
            "声道 2 声音太轻：音量 −49.5 dB，至少要 −47 dB",
            "Channel 2 is too quiet: −49.5 dB; at least −47 dB is needed",
        ),
        (
            taped(qualities=(quality(0, clipped=0.0774), LOUD)),
            "声道 1 过载失真：7.8% 的采样被削平，最多允许 2%",
            "Channel 1 is distorted: 7.8% of its samples are cut off; at most 2% may be",
        ),
        (
            taped(*timed((A, "喂"), (C, "喂"), turn_s=1.0)),
            "只听到 2 秒说话，至少要 3 秒",
            "Only 2 s of speech were heard; at least 3 s are needed",
        ),
        (
            replace(taped(), confidence=0.41),
            "识别把握只有 41%，至少要 60%",
            "Recognition was only 41% sure; at least 60% is needed",
        ),
    ],
)
def test_reasons_name_the_figure_and_the_limit(asked: Call, zh: str, en: str) -> None:
    (reason,) = why(asked)
    assert (wording("zh").reason(reason), wording("en").reason(reason)) == (zh, en)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_reason_has_a_short_word_and_advice(lang: str) -> None:
    messages = wording(lang).messages
    for code in CODES:
        assert messages[f"unscorable_short.{code}"] and messages[f"unscorable_advice.{code}"], code
        assert len(messages[f"unscorable_short.{code}"]) <= (5 if lang == "zh" else 18)


def test_scores_of_older_rules_are_made_anew() -> None:
    loaded = rubric()
    card = score(taped(), loaded)
    assert is_current(card, loaded.rubric, None)
    assert not is_current(replace(card, made_by=replace(card.made_by, options="")), loaded.rubric, None)
