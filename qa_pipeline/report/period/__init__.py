"""The weekly or monthly report."""
