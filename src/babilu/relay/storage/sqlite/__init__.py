"""The default storage: one SQLite file, owned by one thread, which commits together what arrived meanwhile."""

from babilu.relay.storage.sqlite.adapter import SqliteStorage
from babilu.relay.storage.sqlite.schema import examine_database

__all__ = ["SqliteStorage", "examine_database"]
