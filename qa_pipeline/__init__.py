"""Quality assurance and coaching for recorded sales calls."""

__version__ = "0.1.0"
