"""The catalogue's schema, one step a file, run by Alembic."""
