"""The default storage: one SQLite file, owned by one thread, which commits together what arrived meanwhile."""

from babilu.relay.storage.sqlite.adapter import SqliteStorage

__all__ = ["SqliteStorage"]
