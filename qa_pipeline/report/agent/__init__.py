"""The page of an agent over a period."""
