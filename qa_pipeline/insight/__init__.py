"""What many verdicts tell: whether a rubric keeps its own examples, agrees with labels, and what an edit changes."""
