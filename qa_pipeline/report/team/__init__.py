"""The page of a team over a period."""
