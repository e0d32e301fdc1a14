"""The rubric language: what a scoring form says, loaded with every mistake named by file and line."""
