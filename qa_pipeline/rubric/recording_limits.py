"""What a recording must be like for its call to be scored, as a rubric file says it under ``recording:``."""

from __future__ import annotations

from pydantic import Field

from qa_pipeline.checks.base import CheckParams


class RecordingLimits(CheckParams):
    """Calls whose recording does not keep to these are not scored; docs/scoring.md says where the figures come from.

    Each limit has a value that switches it off. Transcripts without a recording are held to none of them.
    """

    min_duration_s: float = Field(10, ge=0, le=3600, description="shorter recordings are not scored; 0: any length")
    min_speech_s: float = Field(3, ge=0, le=3600, description="seconds in which anybody must speak; 0: any")
    # A limit above -20 dB would refuse ordinary calls: speech on a line is at -26 dBov (ITU-T P.56).
    min_level_db: float = Field(
        -47, ge=-120, le=-20, description="loudness that each party needs, dB relative to full scale; -120: any"
    )
    max_clipped_percent: float = Field(
        2, ge=0, le=100, description="share of cut-off samples that each party may have; 100: any"
    )
    allow_truncated: bool = Field(False, description="score recordings of which a part is missing")
    both_parties: bool = Field(True, description="score only where both parties are heard")
