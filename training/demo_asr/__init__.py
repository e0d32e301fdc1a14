"""The demo speech model: templates, synthesis, training, conversion."""
