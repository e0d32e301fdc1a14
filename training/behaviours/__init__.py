"""Trains the behaviour model: what turns show, and what that says of a call."""
