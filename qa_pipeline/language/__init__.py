"""Text: normal forms with a way back to the original characters, cue matching, redaction."""
