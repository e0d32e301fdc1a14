"""How well the parties are told apart, and their talk measured."""
