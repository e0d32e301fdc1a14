"""The one-to-one coaching sheet."""
