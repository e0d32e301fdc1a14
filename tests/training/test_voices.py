"""The demo speaks with voices that training never heard, inside the trained range."""

from training.demo_asr.voices import PITCH_RANGE, SPEED_RANGE, TRAIN_VOICES, UNSEEN_VOICES
from training.demo_calls.dialogue import read_all

VOICES = [voice for dialogue in read_all() for voice in dialogue.voices.values()]


def test_no_voice_is_both_trained_and_unseen() -> None:
    assert not set(TRAIN_VOICES) & set(UNSEEN_VOICES)
    assert len(set(TRAIN_VOICES)) == len(TRAIN_VOICES) >= 45
    assert len(set(UNSEEN_VOICES)) == len(UNSEEN_VOICES) >= 12


def test_the_demo_speaks_with_unseen_voices_only() -> None:
    assert {voice.variant for voice in VOICES} <= set(UNSEEN_VOICES)


def test_speeds_and_pitches_are_inside_the_trained_range() -> None:
    assert all(SPEED_RANGE[0] <= voice.speed <= SPEED_RANGE[1] for voice in VOICES)
    assert all(PITCH_RANGE[0] <= voice.pitch <= PITCH_RANGE[1] for voice in VOICES)


def test_agent_and_customer_of_a_call_sound_different() -> None:
    for dialogue in read_all():
        if dialogue.lines:
            assert dialogue.voices["agent"].variant != dialogue.voices["customer"].variant


def test_an_agent_has_one_voice_in_all_calls() -> None:
    voices = {(d.agent.id, d.voices["agent"].variant) for d in read_all() if d.lines}
    assert len(voices) == len({agent for agent, _ in voices})
