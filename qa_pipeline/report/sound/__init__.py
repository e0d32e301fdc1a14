"""The sound that pages play: a small copy with masked numbers bleeped, and its outline."""
