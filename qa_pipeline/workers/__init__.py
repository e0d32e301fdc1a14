"""Worker processes for a batch: on this machine or on a cluster, with the same promises. See ``base``."""
