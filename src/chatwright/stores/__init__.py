"""Where conversations are kept: SQLite by default, PostgreSQL and Redis by URL."""
