"""What the sound tells beside the words: exact stretches of speech, pitch, loudness, pauses, music and tones."""
