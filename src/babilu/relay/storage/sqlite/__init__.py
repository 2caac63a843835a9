"""The default storage: one SQLite file, owned by one thread, which commits together what arrived meanwhile."""

from babilu.relay.storage.sqlite.adapter import SqliteStorage
from babilu.relay.storage.sqlite.schema import begin_epoch, examine_database

__all__ = ["SqliteStorage", "begin_epoch", "examine_database"]
