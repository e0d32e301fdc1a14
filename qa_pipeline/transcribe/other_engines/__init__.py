"""Speech engines beside faster-whisper: FunASR, Qwen3-ASR and servers that speak the OpenAI protocol."""
