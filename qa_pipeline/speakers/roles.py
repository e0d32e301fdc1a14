"""Which channel is the agent's: from metadata, else from what is said; unknown stays unknown.

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

from qa_pipeline.core.call import CallMetadata, Role, RoleDecision, Segment
from qa_pipeline.language.normalise import comparable
from qa_pipeline.resources import models_dir

#: Below this probability a channel's role stays unknown.
MIN_PROBABILITY = 0.9

#: Words recognised with less confidence are no evidence of who speaks.
MIN_CONFIDENCE = 0.6

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


def decide_roles(
    channels: int, segments: Sequence[Segment], metadata: CallMetadata, model: RoleModel | None
) -> tuple[RoleDecision, ...]:
    """One decision per channel of a recording whose channels hold the parties apart."""
    if metadata.agent_channel is not None and metadata.agent_channel < channels:
        return tuple(_by_metadata(channel, metadata.agent_channel, channels) for channel in range(channels))
    if model is None or channels > 2 or not _understood(segments):
        return tuple(RoleDecision(channel, Role.UNKNOWN, "none") for channel in range(channels))
    texts = ["".join(s.text for s in segments if s.channel == channel) for channel in range(channels)]
    # Words on one channel alone may be both parties mixed: nobody is named then.
    probability = agent_is_left(texts[0], texts[1], model) if all(texts) else None
    return tuple(_by_text(channel, probability) for channel in range(channels))


def _understood(segments: Sequence[Segment]) -> bool:
    """Whether the words are sure enough, on the mean over their characters, to be evidence."""
    known = [(s.confidence, len(s.text)) for s in segments if s.confidence is not None]
    characters = sum(n for _, n in known)
    return not characters or sum(c * n for c, n in known) / characters >= MIN_CONFIDENCE


def _by_metadata(channel: int, agent_channel: int, channels: int) -> RoleDecision:
    if channel == agent_channel:
        return RoleDecision(channel, Role.AGENT, "metadata", 1.0)
    # With three or more channels the others may be a transfer or a supervisor.
    role = Role.CUSTOMER if channels == 2 else Role.UNKNOWN
    return RoleDecision(channel, role, "metadata", 1.0 if channels == 2 else None)


def _by_text(channel: int, left_is_agent: float | None) -> RoleDecision:
    if left_is_agent is None:
        return RoleDecision(channel, Role.UNKNOWN, "text")
    agent = left_is_agent if channel == 0 else 1.0 - left_is_agent
    probability = round(max(agent, 1.0 - agent), 4)
    if probability < MIN_PROBABILITY:
        return RoleDecision(channel, Role.UNKNOWN, "text", probability)
    return RoleDecision(channel, Role.AGENT if agent > 0.5 else Role.CUSTOMER, "text", probability)


def agent_is_left(left: str, right: str, model: RoleModel) -> float | None:
    """Probability that the first text is the agent's; None when too little is said."""
    a, b = evidence(left, model), evidence(right, model)
    if a is None and b is None:
        return None
    if a is not None and b is not None:
        return _sigmoid(model.scale * (a - b))
    return _sigmoid(model.scale_alone * (a if a is not None else -(b or 0.0)))


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
