"""Why recordings failed, with the numbers in their names masked; the view of failures without paths and addresses.

The views are made anew after every migration (qa_pipeline/store/opening.py).
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from qa_pipeline.language.redaction import mask_identifier

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Reasons begin with the recording's name, and recorders put phone numbers into names."""
    connection = op.get_bind()
    failures = sa.table("failures", sa.column("recording"), sa.column("reason"))
    for recording, reason in connection.execute(sa.select(failures.c.recording, failures.c.reason)).all():
        masked = mask_identifier(reason)
        if masked != reason:
            here = failures.c.recording == recording
            connection.execute(sa.update(failures).where(here).values(reason=masked))
