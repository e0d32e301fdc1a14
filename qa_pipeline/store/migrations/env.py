"""Alembic's environment: the connection is given by qa_pipeline/store/opening.py, which runs the migrations."""

from __future__ import annotations

from alembic import context

from qa_pipeline.store.tables import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, render_as_batch=True, transactional_ddl=True)
with context.begin_transaction():
    context.run_migrations()
