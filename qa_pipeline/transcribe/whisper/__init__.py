"""faster-whisper behind the engine protocol: speech of all channels packed into full windows, decoded in batches."""

from qa_pipeline.transcribe.whisper.engine import WhisperEngine as WhisperEngine
from qa_pipeline.transcribe.whisper.options import WhisperOptions as WhisperOptions
