"""Which voice is the agent's: from metadata and from what is said; unknown stays unknown.

The text model holds, per pair of characters, the log of how much more often agents say it than customers
(counted on labelled calls, see models/roles-zh). A channel's evidence is the mean over its pairs, so that a long
channel is not louder than a short one.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from qa_pipeline.core.call import CallMetadata, Role, RoleDecision, Separation, Turn
from qa_pipeline.language.normalise import comparable
from qa_pipeline.resources import models_dir

#: Below this probability a channel's role stays unknown.
MIN_PROBABILITY = 0.9

#: Words recognised with less confidence are no evidence of who speaks.
MIN_CONFIDENCE = 0.6

#: How sure metadata that name the agent's channel are (0.999): a recorder's default may be wrong for some calls, and
#: what is said on a whole call tells the parties apart with log odds of 8 to 16. Where both contradict each other the
#: channels are swapped or, when neither is much stronger, nobody is named.
METADATA_LOG_ODDS = math.log(0.999 / 0.001)

#: Log odds with which a text alone clearly speaks like one party (0.88).
CLEAR_LOG_ODDS = 2.0

#: Both parties say this much in a call that can speak against its metadata.
PAIRS_OF_A_CALL = 60

#: Pairs of characters shown as the reason of a decision.
SHOWN_PAIRS = 5

#: Fewer pairs of characters than this on a channel say nothing about who speaks.
MIN_PAIRS = 8


@dataclass(frozen=True, slots=True)
class RoleModel:
    """``weights``: pair of characters → log odds for the agent; ``scale`` turns evidence into log odds."""

    weights: Mapping[str, float]
    scale: float
    scale_alone: float
    revision: str = ""


@lru_cache(maxsize=4)
def load_role_model(language: str) -> RoleModel | None:
    """The model of a language; None where there is none, and roles then come from metadata alone."""
    path = models_dir() / f"roles-{language}" / "model.json"
    if not path.is_file():
        return None
    content = path.read_bytes()
    raw = json.loads(content)
    return RoleModel(raw["weights"], raw["scale"], raw["scale_alone"], hashlib.sha256(content).hexdigest()[:12])


@dataclass(frozen=True, slots=True)
class VoiceText:
    """What one voice said: ``voice`` is None where the channel holds one party. Too unsure words: no text."""

    channel: int
    voice: int | None
    text: str


def voice_texts(turns: Sequence[Turn], channels: int, separation: Separation) -> tuple[VoiceText, ...]:
    """The words of every channel, or of every voice of the one channel that holds them all."""
    understood = _understood(turns)
    said: dict[int, list[str]] = {}
    for turn in turns:
        said.setdefault(turn.voice or 0, []).append(turn.text if understood else "")
    if separation is Separation.CHANNELS:
        return tuple(VoiceText(channel, None, "".join(said.get(channel, ()))) for channel in range(channels))
    channel = turns[0].channel or 0 if turns else 0
    return tuple(VoiceText(channel, voice, "".join(said[voice])) for voice in sorted(said))


def decide_roles(
    voices: Sequence[VoiceText], metadata: CallMetadata, model: RoleModel | None
) -> tuple[RoleDecision, ...]:
    """One decision per voice: from metadata, what is said, or both; unknown below ``MIN_PROBABILITY``."""
    named = [i for i, voice in enumerate(voices) if voice.voice is None and voice.channel == metadata.agent_channel]
    said = _by_length(voices)
    if named and (len(voices) != 2 or model is None or len(said) < 2):
        return tuple(_by_metadata(voice, metadata.agent_channel, len(voices)) for voice in voices)
    if model is None or len(said) < 2:
        return tuple(RoleDecision(v.channel, Role.UNKNOWN, "none", voice=v.voice) for v in voices)
    if len(said) > 2 and voices[0].voice is None:
        return _agent_alone(voices, said, model)
    # Of several voices in one channel the two that say most are the parties; a third one stays unknown.
    first, second = sorted(said[:2])
    if voices[first].voice is not None and _same_party(voices[first].text, voices[second].text, model):
        return tuple(RoleDecision(v.channel, Role.UNKNOWN, "text", voice=v.voice) for v in voices)
    log_odds = first_is_agent(voices[first].text, voices[second].text, model)
    if log_odds is not None and named:
        log_odds *= _weight(voices[first].text, voices[second].text)
    return _of_two(voices, (first, second), log_odds, named[0] if named else None, model)


def _same_party(first: str, second: str, model: RoleModel) -> bool:
    """Two voices of one channel that both clearly speak like the same party are one person, or two of one party."""
    a, b = evidence(first, model), evidence(second, model)
    if a is None or b is None:
        return False
    return a * b > 0 and min(abs(a), abs(b)) * model.scale_alone > CLEAR_LOG_ODDS


def _weight(first: str, second: str) -> float:
    """A few words do not outweigh metadata: evidence is a mean, as large for ten characters as for a whole call."""
    return min(1.0, min(len(character_pairs(first)), len(character_pairs(second))) / PAIRS_OF_A_CALL)


def _by_length(voices: Sequence[VoiceText]) -> list[int]:
    """The voices that say something, those that say most first."""
    said = [i for i, voice in enumerate(voices) if voice.text]
    return sorted(said, key=lambda i: (-len(voices[i].text), i))


def _of_two(
    voices: Sequence[VoiceText], pair: tuple[int, int], by_text: float | None, named: int | None, model: RoleModel
) -> tuple[RoleDecision, ...]:
    """Decisions of the two parties from the log odds that the first of them is the agent."""
    prior = 0.0 if named is None else METADATA_LOG_ODDS * (1 if named == pair[0] else -1)
    total = prior + (by_text or 0.0)
    source = _source(prior, by_text)
    known = by_text is not None or named is not None
    agent_of = {pair[0]: _sigmoid(total), pair[1]: _sigmoid(-total)} if known else {}
    return tuple(_decision(v, agent_of.get(i), source, model) for i, v in enumerate(voices))


def _source(prior: float, by_text: float | None) -> str:
    if not prior:
        return "text"
    if by_text is None or abs(by_text) < 1.0:
        return "metadata"
    return "both" if prior * by_text > 0 else "conflict"


def _decision(voice: VoiceText, agent: float | None, source: str, model: RoleModel) -> RoleDecision:
    if agent is None:
        return RoleDecision(voice.channel, Role.UNKNOWN, source, voice=voice.voice)
    probability = round(max(agent, 1.0 - agent), 4)
    if probability < MIN_PROBABILITY:
        return RoleDecision(voice.channel, Role.UNKNOWN, source, probability, voice.voice)
    role = Role.AGENT if agent > 0.5 else Role.CUSTOMER
    return RoleDecision(voice.channel, role, source, probability, voice.voice, _telling(voice.text, role, model))


def _telling(text: str, role: Role, model: RoleModel) -> tuple[str, ...]:
    """The pairs of characters that spoke for a role most, each counted as often as it was said."""
    sign = 1.0 if role is Role.AGENT else -1.0
    weights: dict[str, float] = {}
    for pair in character_pairs(text):
        weights[pair] = weights.get(pair, 0.0) + sign * model.weights.get(pair, 0.0)
    best = sorted(weights, key=lambda pair: (-weights[pair], pair))[:SHOWN_PAIRS]
    return tuple(pair for pair in best if weights[pair] > 0)


def _agent_alone(voices: Sequence[VoiceText], said: Sequence[int], model: RoleModel) -> tuple[RoleDecision, ...]:
    """Of three and more channels only the agent is named: the others may be a transfer or a supervisor."""
    chances = {i: min(_against(voices, i, other, model) for other in said if other != i) for i in said}
    best = max(said, key=lambda i: chances[i])
    agent_of = {best: chances[best]} if chances[best] > 0.5 else {}
    return tuple(_decision(v, agent_of.get(i), "text", model) for i, v in enumerate(voices))


def _against(voices: Sequence[VoiceText], one: int, other: int, model: RoleModel) -> float:
    return agent_is_left(voices[one].text, voices[other].text, model) or 0.5


def _understood(turns: Sequence[Turn]) -> bool:
    """Whether the words are sure enough, on the mean over their characters, to be evidence."""
    known = [(t.confidence, len(t.text)) for t in turns if t.confidence is not None]
    characters = sum(n for _, n in known)
    return not characters or sum(c * n for c, n in known) / characters >= MIN_CONFIDENCE


def _by_metadata(voice: VoiceText, agent_channel: int | None, channels: int) -> RoleDecision:
    if voice.channel == agent_channel:
        return RoleDecision(voice.channel, Role.AGENT, "metadata", 1.0)
    # With three or more channels the others may be a transfer or a supervisor.
    role = Role.CUSTOMER if channels == 2 else Role.UNKNOWN
    return RoleDecision(voice.channel, role, "metadata", 1.0 if channels == 2 else None)


def agent_is_left(left: str, right: str, model: RoleModel) -> float | None:
    """Probability that the first text is the agent's; None when too little is said."""
    log_odds = first_is_agent(left, right, model)
    return None if log_odds is None else _sigmoid(log_odds)


def first_is_agent(first: str, second: str, model: RoleModel) -> float | None:
    """Log odds that the first text is the agent's and the second the customer's; None when too little is said."""
    a, b = evidence(first, model), evidence(second, model)
    if a is None and b is None:
        return None
    if a is not None and b is not None:
        return model.scale * (a - b)
    return model.scale_alone * (a if a is not None else -(b or 0.0))


def evidence(text: str, model: RoleModel) -> float | None:
    """Mean log odds for the agent over the text's pairs of characters; None for a text too short."""
    pairs = character_pairs(text)
    if len(pairs) < MIN_PAIRS:
        return None
    return sum(model.weights.get(pair, 0.0) for pair in pairs) / len(pairs)


def character_pairs(text: str) -> list[str]:
    """Neighbouring characters of the normal form."""
    normal = comparable(text)
    return [normal[i : i + 2] for i in range(len(normal) - 1)]


def _sigmoid(x: float) -> float:
    return 1.0 / (1.0 + math.exp(-max(-50.0, min(50.0, x))))
