"""How much each party speaks, kept as parts. What one channel cannot tell is None."""

from __future__ import annotations

from collections.abc import Sequence

from qa_pipeline.core.call import Conversation, Recording, Role, TalkFacts
from qa_pipeline.core.span import Span, merge, shared_s, total_s


def talk_facts(recording: Recording, conversation: Conversation, speech: Sequence[Sequence[Span]]) -> TalkFacts:
    """Seconds of speech per party, of both at once, and of nobody.

    ``speech`` holds the voice stretches per channel. agent + customer - overlap + silence = duration, where known.
    """
    everyone = merge(span for part in speech for span in part)
    silence_s = max(0.0, recording.duration_s - total_s(everyone))
    channel_of = {d.role: d.channel for d in conversation.roles if d.role is not Role.UNKNOWN}
    if recording.is_mono or recording.channels != 2 or len(channel_of) != 2 or len(speech) != 2:
        return TalkFacts(None, None, None, silence_s, recording.duration_s)
    agent, customer = speech[channel_of[Role.AGENT]], speech[channel_of[Role.CUSTOMER]]
    return TalkFacts(total_s(agent), total_s(customer), shared_s(agent, customer), silence_s, recording.duration_s)
