"""Run by Alembic: applies the steps on the connection that `migrate` hands over."""

import sqlalchemy as sa
from alembic import context

from yoloscope.store.catalog import tables

connection: sa.Connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=tables.metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
