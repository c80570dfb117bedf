"""The catalogue over SQLAlchemy Core: projects, runs, attempts, sessions."""
