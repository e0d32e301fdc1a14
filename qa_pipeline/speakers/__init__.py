"""Who speaks: channels to roles, words to turns."""
