"""The values that flow through the pipeline: frozen, self-checking, standard library only."""
