"""Leads: what a call tells about a possible customer, whether it was effective, and how promising it is."""
