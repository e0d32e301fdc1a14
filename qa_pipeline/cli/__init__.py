"""The command line: one file per command; heavy libraries load inside the commands."""
