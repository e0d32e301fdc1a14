"""Files in: what to read (manifest), sound at 16 kHz per channel (decode), facts about it (facts, ingest)."""
