"""Tables of the database: a class for each aggregate, all on the one connection and inside its transaction."""

import sqlite3

from babilu.relay.storage.sqlite.account_rows import AccountTable
from babilu.relay.storage.sqlite.administration_rows import AdministrationTable
from babilu.relay.storage.sqlite.blob_rows import BlobTable
from babilu.relay.storage.sqlite.devices import DeviceTable
from babilu.relay.storage.sqlite.directory_rows import DirectoryTable
from babilu.relay.storage.sqlite.holdings import HoldingsTable
from babilu.relay.storage.sqlite.mail import MailTable


class Tables:
    """What a transaction can be made of.

    Attributes:
        accounts: Accounts, invitations and the owner.
        directory: Device lists and prekeys.
        mail: Mailboxes.
        blobs: Which sealed files there are.
        administration: Accounts and invitations as an operator sees them.
        holdings: Everything about one account.
    """

    __slots__ = ("accounts", "administration", "blobs", "directory", "holdings", "mail")

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.mail = MailTable(connection)
        devices = DeviceTable(connection, self.mail)
        self.directory = DirectoryTable(connection, devices)
        self.accounts = AccountTable(connection, devices, self.directory)
        self.blobs = BlobTable(connection)
        self.administration = AdministrationTable(connection, self.accounts, self.mail, self.blobs)
        self.holdings = HoldingsTable(connection)

    def begin(self) -> None:
        """Prepare for a transaction."""
        self.mail.make_room()

    def forget(self) -> None:
        """Drop what is known besides the database: a transaction was rolled back."""
        self.mail.forget()
