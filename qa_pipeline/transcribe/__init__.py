"""From sound to words: the engine protocol, faster-whisper behind it, and transcripts made elsewhere."""
