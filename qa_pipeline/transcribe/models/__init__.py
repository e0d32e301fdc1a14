"""Speech models: which one a name stands for, how it gets here, and how it is carried to another machine."""

from __future__ import annotations

from qa_pipeline.transcribe.models.find import find_model
from qa_pipeline.transcribe.models.folder import SpeechModel

__all__ = ["SpeechModel", "find_model"]
