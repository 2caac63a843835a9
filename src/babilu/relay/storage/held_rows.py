"""Rows about an account, as a database reads them for its holder: where they are, and what they take."""

from typing import Final, NamedTuple

from babilu.relay.storage.records import HeldValue

VALUE_BYTES: Final = 9
"""Most bytes that a number, or the head of a text or of bytes, takes on the wire."""


class HoldingSource(NamedTuple):
    """A table, and which of its rows are about an account.

    Attributes:
        name: The table.
        columns: What is read of it.
        which: Its rows, of one device at a time where it has ``:number`` in it.
        key: What they are ordered by, along an index.
    """

    name: str
    columns: tuple[str, ...]
    which: str
    key: str

    @property
    def of_devices(self) -> bool:
        """Whether its rows are about a device of the account."""
        return ":number" in self.which


def held_size(row: tuple[HeldValue, ...]) -> int:
    """Return most bytes that a row takes on the wire."""
    texts = sum(len(value.encode("utf-8")) for value in row if isinstance(value, str))
    return VALUE_BYTES * (len(row) + 1) + texts + sum(len(value) for value in row if isinstance(value, bytes))
