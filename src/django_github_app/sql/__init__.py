"""The statements written by hand for PostgreSQL and SQLite, and the only place where a status is written."""
