"""What is kept: results of every step, scorecards and failures, in SQLite (or another SQLAlchemy database)."""
