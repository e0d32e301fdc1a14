"""Keys name everything that a result depends on; calls are built from what was heard."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa_pipeline import steps
from qa_pipeline.core.call import (
    Call,
    CallMetadata,
    Conversation,
    Dialogue,
    Doubt,
    MadeBy,
    Role,
    Segment,
    Separation,
    Stage,
    Transcript,
    Turn,
)
from qa_pipeline.core.facts import Act, Annotations, Fact, Overlap, TurnVoice
from qa_pipeline.core.span import Span
from qa_pipeline.language.slots import slots_in
from qa_pipeline.resources import demo_dir
from qa_pipeline.stages.model import find_stage_model
from qa_pipeline.stages.signals import find_signals
from qa_pipeline.stages.tagging import tag
from qa_pipeline.steps import (
    build_call,
    build_imported_call,
    call_confidence,
    call_key,
    dialogue_key,
    import_key,
    transcript_key,
)
from qa_pipeline.transcribe.imported import ImportedCall, read_transcripts
from qa_pipeline.transcribe.labelled import read_labelled
from qa_pipeline.transcribe.voice_activity import VoiceActivityOptions
from tests.factories import A, C, recording, turn, turns

ENGINE = MadeBy("transcribe", "0.1.0", "m", "r", "{}")
VOICE = VoiceActivityOptions()


def test_a_transcript_key_names_sound_engine_and_options() -> None:
    others = [
        transcript_key("11", ENGINE, VOICE),
        *(transcript_key("00", dataclasses.replace(ENGINE, **{name: "x"}), VOICE) for name in ("model", "revision")),
        transcript_key("00", dataclasses.replace(ENGINE, options="x"), VOICE),
        transcript_key("00", ENGINE, VoiceActivityOptions(threshold=0.5)),
    ]
    keys = [transcript_key("00", ENGINE, VOICE), *others]
    assert len(set(keys)) == len(keys)
    assert keys[0] == transcript_key("00", dataclasses.replace(ENGINE, version="9"), VOICE)


@pytest.mark.parametrize("revision", ["INGEST_REVISION", "TRANSCRIBE_REVISION", "ANALYSE_REVISION"])
def test_new_rules_make_new_keys(monkeypatch: pytest.MonkeyPatch, revision: str) -> None:
    def keys() -> tuple[str, str]:
        return transcript_key("00", ENGINE, VOICE), call_key("t", CallMetadata(), "zh")

    before = keys()
    monkeypatch.setattr(steps, revision, 99)
    assert keys() != before


def test_a_call_key_names_transcript_metadata_and_language() -> None:
    keys = [
        call_key("t", CallMetadata(), "zh"),
        call_key("u", CallMetadata(), "zh"),
        call_key("t", CallMetadata(agent_id="A"), "zh"),
        call_key("t", CallMetadata(extra={"a": "b"}), "zh"),
        call_key("t", CallMetadata(), "en"),
    ]
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize(("loader", "asked"), [("find_stage_model", ("stages", "zh")), ("load_role_model", ("zh",))])
def test_a_call_key_names_both_models(monkeypatch: pytest.MonkeyPatch, loader: str, asked: tuple[str, ...]) -> None:
    before = call_key("t", CallMetadata(), "zh")
    changed = dataclasses.replace(getattr(steps, loader)(*asked), revision="other")
    monkeypatch.setattr(steps, loader, lambda *asked: changed)
    assert call_key("t", CallMetadata(), "zh") != before


def test_an_import_key_follows_every_word() -> None:
    def key(text: str) -> str:
        return import_key(ImportedCall("c", Conversation("zh", turns([(A, text)]))))

    assert key("您好") != key("您好。")
    assert key("您好") == key("您好")


def test_an_import_key_follows_everything_the_file_says() -> None:
    said = ImportedCall("c", Conversation("zh", turns([(A, "您好"), (C, "喂")])))
    acts = ((Act("greet"),), ())
    others = [
        dataclasses.replace(said, metadata=CallMetadata(team="T")),
        dataclasses.replace(said, ended_by=A),
        dataclasses.replace(said, ended_by=C),
        *(
            dataclasses.replace(said, annotations=annotations)
            for annotations in (
                Annotations(turn_acts=acts),
                Annotations(turn_voices=(TurnVoice(rate_cpm=300), TurnVoice())),
                Annotations(facts=()),
                Annotations(overlaps=()),
                Annotations(overlaps=(Overlap(Span(0, 1), True),)),
            )
        ),
    ]
    keys = [import_key(one) for one in (said, *others)]
    assert len(set(keys)) == len(keys)
    assert import_key(said) == import_key(dataclasses.replace(said, call_id="other"))


def test_an_imported_call_keeps_what_the_file_says() -> None:
    acts = ((Act("greet"),), ())
    voices = (TurnVoice(rate_cpm=300), TurnVoice())
    facts, overlaps = (Fact("price", "39", 0, 0, 2),), (Overlap(Span(0, 1), False),)
    annotations = Annotations(acts, voices, facts, overlaps)
    conversation = Conversation("zh", turns([(A, "您好"), (C, "喂")]))
    made = build_imported_call(ImportedCall("c", conversation, CallMetadata(team="T"), annotations, C))
    assert (made.call_id, made.metadata.team, made.ended_by) == ("c", "T", C)
    assert (made.turn_acts, made.turn_voices, made.facts, made.overlaps) == (acts, voices, facts, overlaps)


def test_a_labelled_call_is_built_like_an_imported_one(tmp_path: Path) -> None:
    turn_line = {"role": "agent", "text": "您好", "acts": ["greet"]}
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps({"id": "a", "turns": [turn_line], "ended_by": "customer"}), encoding="utf-8")
    (labelled,), (imported,) = read_labelled(path), read_transcripts(path)
    assert build_imported_call(labelled) == build_imported_call(imported)
    assert import_key(labelled) == import_key(imported)
    assert build_imported_call(labelled).turn_acts == ((Act("greet"),),)


def heard(*texts: str) -> tuple[Transcript, Dialogue]:
    """Two channels that speak one second each in turn, every other second."""
    spans = [Span(2 * i, 2 * i + 1) for i in range(len(texts))]
    said = tuple(Turn(i, Role.UNKNOWN, t, spans[i], i % 2, (), 0.8, i % 2) for i, t in enumerate(texts))
    segments = tuple(Segment(i % 2, spans[i], text, confidence=0.8) for i, text in enumerate(texts))
    speech = tuple(tuple(spans[channel::2]) for channel in (0, 1))
    dialogue = Dialogue("zh", said, (TurnVoice(rate_cpm=240),) * len(said), speech, Separation.CHANNELS)
    return Transcript("zh", None, segments, speech), dialogue


def test_a_call_holds_roles_stages_talk_and_who_made_it() -> None:
    made = build_call("c", recording(10), *heard("您好", "喂", "再见"), CallMetadata(agent_channel=1), ENGINE)
    assert [t.role for t in made.turns] == [C, A, C]
    assert len(made.turn_stages) == 3
    assert made.stages[0].stage in Stage
    assert made.talk is not None
    assert (made.talk.agent_speech_s, made.talk.customer_speech_s, made.talk.silence_s) == (1, 2, 7)
    assert (made.turn_voices, made.overlaps) == ((TurnVoice(rate_cpm=240),) * 3, ())
    assert [by.step for by in made.made_by] == ["transcribe", "stages"]
    assert made.confidence == 0.8


def test_a_silent_recording_is_a_call_without_turns() -> None:
    made = build_call("c", recording(10), *heard(), CallMetadata(), ENGINE)
    assert (made.turns, made.turn_stages, made.stages, made.confidence) == ((), (), (), None)


def test_voices_of_one_channel_get_their_roles_from_what_they_say() -> None:
    agent = "您好，我是汇江通信的客服，工号三零七二，给您来电是想跟您说一下宽带续约的优惠活动。"
    customer = "哦，我现在没空啊，多少钱一个月？太贵了吧，我再考虑考虑，回头跟我老婆商量一下。"
    transcript, two = heard(agent, customer)
    mixed = dataclasses.replace(
        two, separation=Separation.VOICES, turns=tuple(dataclasses.replace(t, channel=0) for t in two.turns)
    )
    made = build_call("c", recording(10, channels=1), transcript, mixed, CallMetadata(), ENGINE)
    assert [t.role for t in made.turns] == [A, C]
    assert [(d.channel, d.voice, d.role) for d in made.conversation.roles] == [(0, 0, A), (0, 1, C)]
    assert made.talk is not None and made.talk.estimated and made.overlaps is None


def test_one_voice_in_one_channel_has_no_role() -> None:
    transcript, two = heard("您好", "喂")
    alone = dataclasses.replace(two, separation=Separation.NONE)
    made = build_call("c", recording(10, channels=1), transcript, alone, CallMetadata(), ENGINE)
    assert {t.role for t in made.turns} == {Role.UNKNOWN}
    assert made.facts is None


def test_a_dialogue_key_names_transcript_role_model_and_separator(monkeypatch: pytest.MonkeyPatch) -> None:
    keys = [
        dialogue_key("t", "zh"), dialogue_key("u", "zh"), dialogue_key("t", "en"), dialogue_key("t", "zh", "pyannote x")
    ]  # fmt: skip
    assert len(set(keys)) == len(keys)
    monkeypatch.setattr(steps, "HEAR_REVISION", 99)
    assert dialogue_key("t", "zh") not in keys


def test_an_imported_call_claims_no_sound() -> None:
    made = build_imported_call(ImportedCall("c", Conversation("zh", turns([(A, "您好"), (C, "喂")]))))
    assert (made.recording, made.talk, made.made_by[0].step) == (None, None, "import")
    assert len(made.turn_stages) == 2


def test_an_imported_call_with_times_talks_in_its_turns() -> None:
    timed = turns(
        [(A, "我们这个套餐是", 0, 4), (C, "嗯", 4.1, 4.5), (A, "每月七十九", 4.6, 8), (C, "那我想想", 10, 12)]
    )
    made = build_imported_call(ImportedCall("c", Conversation("zh", timed)))
    assert made.talk is not None and made.talk.customer is not None
    assert (made.talk.agent_speech_s, made.talk.customer_speech_s) == pytest.approx((7.4, 2.4))
    assert (made.talk.estimated, made.talk.overlap_s, made.overlaps) == (True, None, None)
    assert (made.talk.customer.backchannels, made.talk.customer.responses_s) == (1, (2.0,))
    assert [turn.backchannel for turn in made.turns] == [False, True, False, False]


def test_an_imported_call_that_names_its_overlaps_was_heard_apart() -> None:
    timed = Conversation("zh", turns([(A, "我们这个套餐是", 0, 4), (C, "我不要这个", 3, 5)]))
    said = ImportedCall("c", timed, annotations=Annotations(overlaps=(Overlap(Span(3, 4), False),)))
    made = build_imported_call(said)
    assert made.talk is not None
    assert (made.talk.estimated, made.talk.overlap_s) == (False, 1.0)


def test_a_language_without_a_model_has_no_stages() -> None:
    made = build_imported_call(ImportedCall("c", Conversation("xx", turns([(A, "您好")]))))
    assert (made.turn_stages, made.stages) == ((), ())


@pytest.mark.parametrize(
    ("parts", "expected"),
    [([], None), ([("一", None)], None), ([("一", 0.5), ("二三四", 0.9)], 0.8), ([("一", 0.5), ("二", None)], 0.5)],
)
def test_confidence_of_a_call(parts: list[Any], expected: float | None) -> None:
    said = tuple(turn(A, text, index=i, confidence=value) for i, (text, value) in enumerate(parts))
    assert call_confidence(Conversation("zh", said)) == (pytest.approx(expected) if expected else None)


# --- words that may never have been said ------------------------------------------------------------------------

SOLD = (
    (A, "您好，我是汇江通信的客服小林，给您来电是想跟您说一下宽带的优惠。"),
    (C, "哦，你说吧。"),
    (A, "您现在用的是哪家的宽带呢？"),
    (C, "我现在用的是电信，每个月一百二十块。"),
    (A, "我们这个套餐每月只要七十九元，五百兆。"),
    (C, "太贵了，我不需要，别再打了。"),
    (A, "理解您的想法，不过现在办理可以省不少钱。"),
    (C, "那行吧，给我办一个。"),
    (A, "好的，谢谢您，再见。"),
)


def analysed(*lines: tuple[Role, str], doubted: tuple[int, ...] = (), ranges: tuple[tuple[int, int], ...] = ()) -> Call:
    """The call of some lines, these of them in doubt: all of them, or those characters."""
    doubt = {"doubts": (Doubt.UNSURE,), "doubted": ranges}
    said = tuple(dataclasses.replace(t, **doubt) if t.index in doubted else t for t in turns(lines))
    return build_imported_call(ImportedCall("c", Conversation("zh", said)))


def acts(made: Call) -> list[list[str]]:
    return [[act.name for act in of_turn] for of_turn in made.turn_acts]


def facts(made: Call) -> list[tuple[str, int]]:
    return [(fact.name, fact.turn) for fact in made.facts or ()]


def test_a_turn_never_said_shows_nothing_and_the_others_what_they_show_without_it() -> None:
    plain, found = analysed(*SOLD), analysed(*SOLD, doubted=(5,))
    assert plain.turn_stages[5] is Stage.OBJECTION and acts(plain)[5] == ["refuse"]
    assert plain.signals and plain.signals.refusals == (5,)
    without = analysed(*SOLD[:5], *SOLD[6:])
    assert acts(found) == [*acts(without)[:5], [], *acts(without)[5:]]
    assert found.turn_stages == (*without.turn_stages[:5], without.turn_stages[4], *without.turn_stages[5:])
    assert found.stage_probabilities[5] == found.stage_probabilities[4]
    assert found.stages[0].first_turn == 0 and found.stages[-1].last_turn == 8
    assert found.signals and found.signals.refusals == ()
    assert found.turns == tuple(
        dataclasses.replace(t, doubts=(Doubt.UNSURE,)) if t.index == 5 else t for t in plain.turns
    )


def test_first_turns_never_said_have_the_stage_of_the_first_sure_one() -> None:
    found = analysed(*SOLD, doubted=(0, 1))
    assert found.turn_stages[:2] == (found.turn_stages[2],) * 2 and acts(found)[:2] == [[], []]


def test_a_call_never_said_shows_nothing() -> None:
    found = analysed(*SOLD, doubted=tuple(range(9)))
    assert (found.turn_stages, found.turn_acts, found.stages, found.signals, found.facts) == ((), (), (), None, ())


def test_only_the_doubted_part_of_a_turn_shows_nothing() -> None:
    assert acts(analysed(*SOLD))[0] == ["greet", "identify_self", "state_purpose"]
    for part in (slice(0, 3), slice(3, None)):
        text = SOLD[0][1]
        rest = text.replace(text[part], "")
        found = analysed(*SOLD, doubted=(0,), ranges=(part.indices(len(text))[:2],))
        without = analysed((A, rest), *SOLD[1:])
        assert (acts(found), found.turn_stages) == (acts(without), without.turn_stages)
    assert acts(found)[0] == ["greet"]
    assert ("quoted_price", 4) in facts(analysed(*SOLD))
    assert ("quoted_price", 4) in facts(analysed(*SOLD, doubted=(4,), ranges=((15, 20),)))
    assert ("quoted_price", 4) not in facts(analysed(*SOLD, doubted=(4,), ranges=((10, 13),)))


def test_facts_do_not_rest_on_a_question_never_asked() -> None:
    lines = ((A, "您现在用的是哪家的宽带？"), (C, "电信。"))
    assert facts(analysed(*lines)) == [("provider", 1)]
    assert facts(analysed(*lines, doubted=(0,))) == []


@given(st.sets(st.integers(0, 8)), st.integers(0, 12), st.integers(0, 12))
@settings(max_examples=25, deadline=None)
def test_nothing_found_lies_in_doubted_words(which: set[int], start: int, end: int) -> None:
    ranges = ((start, end),) if start < end else ()
    found = analysed(*SOLD, doubted=tuple(which), ranges=ranges)
    for fact in found.facts or ():
        doubted = found.turns[fact.turn].doubted_ranges
        assert not any(fact.start < last and fact.end > first for first, last in doubted)
    for turn_, of_turn in zip(found.turns, found.turn_acts, strict=False):
        assert not of_turn or not turn_.doubts or turn_.doubted
        assert all("\ua78f" not in act.cue for act in of_turn)


def test_acts_that_people_heard_stay() -> None:
    said = tuple(dataclasses.replace(t, doubts=(Doubt.UNSURE,)) for t in turns([(C, "太贵了")]))
    annotated = ImportedCall("c", Conversation("zh", said), annotations=Annotations(((Act("object_price"),),)))
    made = build_imported_call(annotated)
    assert made.turn_acts == ((Act("object_price"),),)
    assert made.signals and [objection.turn for objection in made.signals.objections] == [0]


def test_without_doubts_everything_is_found_as_before() -> None:
    demo = read_labelled(demo_dir() / "reference.jsonl")[:4]
    for labelled in demo:
        conversation, language = labelled.conversation, labelled.conversation.language
        made = build_imported_call(dataclasses.replace(labelled, annotations=Annotations()))
        tagged = tag(made.conversation, find_stage_model("stages", language))
        assert (made.turn_acts, made.turn_stages) == (tagged.acts, tagged.stages)
        assert made.facts == slots_in(made.turns, language)
        assert made.signals == find_signals(made.turns, tagged.acts, tagged.reasons, tagged.compared)
        assert len(conversation.turns) == len(made.turns)
