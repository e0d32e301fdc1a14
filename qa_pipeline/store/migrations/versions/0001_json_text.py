"""The store as it was before migrations: every value as JSON text.

Nothing is made here: stores of this form know it by their table ``schema_version``, new ones begin with the newest.
"""

from __future__ import annotations

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    raise RuntimeError("no store begins with this form")
