"""How well words are recognised: error rates, word times and confidence against reference transcripts."""

from __future__ import annotations

from qa_pipeline.transcribe.evaluate.figures import TranscriptFigures as TranscriptFigures
from qa_pipeline.transcribe.evaluate.figures import compare as compare
from qa_pipeline.transcribe.evaluate.normaliser import NORMALISERS as NORMALISERS
from qa_pipeline.transcribe.evaluate.normaliser import Normaliser as Normaliser
from qa_pipeline.transcribe.evaluate.normaliser import find_normaliser as find_normaliser
from qa_pipeline.transcribe.evaluate.summary import summary as summary
