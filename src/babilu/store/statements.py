"""Prepared statements: SQL runs only inside a transaction, each statement prepared once for its connection."""

from collections.abc import Iterable
from typing import Any, NoReturn

from sqlcipher3 import dbapi2

Value = str | int | bytes | None
"""What a column may hold; STRICT tables refuse the rest."""

Row = tuple[Any, ...]
"""A row as SQLite gives it; each aggregate turns it into a record at once."""


class Statements:
    """One connection's statements, usable between `begin` and `end` of its transaction.

    Args:
        connection: In autocommit mode, with a statement cache; the database begins and ends the transactions.
    """

    __slots__ = ("_connection", "_execute", "_execute_many")

    def __init__(self, connection: dbapi2.Connection) -> None:
        self._connection = connection
        self.end()

    def begin(self) -> None:
        """Take statements from now on: the transaction has begun."""
        # The connection's own methods, so that no call of ours stands between an aggregate and SQLite.
        self._execute = self._connection.execute
        self._execute_many = self._connection.executemany

    def end(self) -> None:
        """Take no more: the transaction is over."""
        self._execute = self._execute_many = _refuse

    @property
    def in_transaction(self) -> bool:
        """Whether SQLite still has the transaction; some errors end it."""
        return bool(self._connection.in_transaction)

    def one(self, sql: str, *values: Value) -> Row | None:
        row: Row | None = self._execute(sql, values).fetchone()
        return row

    def all(self, sql: str, *values: Value) -> list[Row]:
        rows: list[Row] = self._execute(sql, values).fetchall()
        return rows

    def number(self, sql: str, *values: Value) -> int:
        """Return the first column of the first row, 0 where it is NULL or there is no row."""
        row = self.one(sql, *values)
        return 0 if row is None or row[0] is None else int(row[0])

    def run(self, sql: str, *values: Value) -> int:
        """Change rows and return how many were changed."""
        return int(self._execute(sql, values).rowcount)

    def insert(self, sql: str, *values: Value) -> int:
        """Insert one row and return its rowid."""
        return int(self._execute(sql, values).lastrowid)

    def run_many(self, sql: str, rows: Iterable[tuple[Value, ...]]) -> None:
        """Run one statement for each tuple of values."""
        self._execute_many(sql, rows)


def _refuse(_sql: str, _values: object) -> NoReturn:
    raise RuntimeError("a unit of work was used after its transaction ended")
