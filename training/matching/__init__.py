"""What matching by sound learns from the labelled calls."""
