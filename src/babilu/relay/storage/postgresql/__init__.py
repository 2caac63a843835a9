"""Storage on PostgreSQL, which nodes share: the database is the truth, and what a node keeps itself it can lose."""

from babilu.relay.storage.postgresql.adapter import PostgresOptions, PostgresStorage

__all__ = ["PostgresOptions", "PostgresStorage"]
